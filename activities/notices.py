"""Sending notices: a round claims what waits, asks whether it is still news, and hands it over."""

from datetime import datetime, timedelta

import asyncpg
import structlog
from pydantic import AwareDatetime
from temporalio import activity

from activities.failures import database
from activities.outbox import Outbox, SendingFailedError
from activities.recipients import Recipients, find_recipients
from domain.delivery import Delivery, DeliveryChannel, NoticeTexts, delivery_key
from domain.model import Model
from domain.notice_rules import still_concerns, template_for
from domain.notices import Recipient
from domain.region import Region
from store.notices import ClaimedNotice, Subject, claim_notices, end_notice, find_subject
from store.pool import Connection

log = structlog.get_logger()

_ROUND_SIZE = 200
_STALE_AFTER = timedelta(seconds=60)


class NoticeRound(Model):
    """One round; `at` says on which day's registers recipients are looked up."""

    at: AwareDatetime


class NoticeCounts(Model):
    """What became of notices: `sent`, `dropped` as no longer news, or `left` for a later round.

    `deliveries` counts people told by those sent.
    """

    sent: int = 0
    dropped: int = 0
    left: int = 0
    deliveries: int = 0

    @property
    def claimed(self) -> int:
        return self.sent + self.dropped + self.left

    def plus(self, other: "NoticeCounts") -> "NoticeCounts":
        """Return the sum."""
        return NoticeCounts(
            sent=self.sent + other.sent,
            dropped=self.dropped + other.dropped,
            left=self.left + other.left,
            deliveries=self.deliveries + other.deliveries,
        )


class NoticeActivities:
    """Sends the notices that cases have left in their table."""

    def __init__(
        self, pool: asyncpg.Pool, region: Region, outbox: Outbox, texts: NoticeTexts
    ) -> None:
        self._pool = pool
        self._region = region
        self._outbox = outbox
        self._texts = texts

    @activity.defn
    async def send_round(self, request: NoticeRound) -> NoticeCounts:
        """Send up to 200 notices, urgent and oldest first, and mark each as sent or dropped.

        Safe to repeat: a notice that was sent but not marked goes again under the same keys,
        which the outbox has seen. What could not be sent stays claimed and is taken by a later
        round when the claim has grown stale.
        """
        async with database(self._pool) as conn:
            claimed = await claim_notices(conn, _ROUND_SIZE, _STALE_AFTER)
        counts = NoticeCounts()
        for notice in claimed:
            counts = counts.plus(await self._send(notice, request))
            activity.heartbeat()
        if claimed:
            log.info("notices_sent", **counts.model_dump())
        return counts

    async def _send(self, notice: ClaimedNotice, request: NoticeRound) -> NoticeCounts:
        async with database(self._pool) as conn:
            subject = await find_subject(conn, notice.case_id)
            if subject is None or not _is_news(notice, subject):
                await end_notice(conn, notice.key, sent_to=0)
                return NoticeCounts(dropped=1)
            people = await self._find_people(conn, notice, subject, request.at)
        told = [to for to in people if await self._hand_over(notice, to)]
        if not told or len(told) < len(people):
            return NoticeCounts(left=1)
        async with database(self._pool) as conn:
            await end_notice(conn, notice.key, sent_to=len(told))
        return NoticeCounts(sent=1, deliveries=len(told))

    async def _find_people(
        self, conn: Connection, notice: ClaimedNotice, subject: Subject, at: datetime
    ) -> tuple[str, ...]:
        if notice.recipient is Recipient.CITIZEN:
            return (notice.case_id,)
        today = self._region.calendar_for(None, at).local_day(at)
        roles = self._region.catalogue.system_roles
        found = await find_recipients(conn, notice.recipient, subject, roles, today)
        _report_gaps(found, subject)
        return found.staff

    async def _hand_over(self, notice: ClaimedNotice, to: str) -> bool:
        is_citizen = notice.recipient is Recipient.CITIZEN
        template = template_for(notice.rule, notice.recipient, urgent=notice.urgent)
        delivery = Delivery(
            key=delivery_key(notice.key, to),
            channel=DeliveryChannel.APP if is_citizen else DeliveryChannel.STAFF,
            to=to,
            urgent=notice.urgent,
            text=self._texts[template],
        )
        try:
            await self._outbox.send(delivery)
        except SendingFailedError:
            log.warning("notice_not_sent", rule=notice.rule, recipient=notice.recipient)
            return False
        return True


def _is_news(notice: ClaimedNotice, subject: Subject) -> bool:
    return still_concerns(notice.rule, subject.state, answered=subject.answered)


def _report_gaps(found: Recipients, subject: Subject) -> None:
    """Alert on each role that nobody holds; a case without a unit lacks more than a holder."""
    if subject.unit is not None:
        for role in found.gaps:
            log.error("recipient_missing", role=role, unit=subject.unit)
    if not found.staff:
        log.error("nobody_to_tell", unit=subject.unit)
