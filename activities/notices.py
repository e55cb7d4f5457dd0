"""The two steps of a round: notices become deliveries, and deliveries that are due leave."""

import asyncio
from collections.abc import Collection
from datetime import datetime, timedelta

import asyncpg
import structlog
from pydantic import AwareDatetime
from temporalio import activity

from activities.addressing import write_deliveries
from activities.channel_rounds import send_by
from activities.contacts import Way, find_ways
from activities.delivering import Postman
from activities.failures import database
from activities.outbox import Outbox
from activities.recipients import Recipients, find_recipients
from domain.delivery import DeliveryChannel, NoticeTexts
from domain.model import Model
from domain.notice_rules import still_concerns, template_for
from domain.notices import Recipient
from domain.region import Region
from store.notices import (
    ClaimedNotice,
    Subject,
    claim_notices,
    end_notice,
    find_subject,
    hold_notice,
)
from store.pool import Connection

log = structlog.get_logger()

_NOTICES_A_ROUND = 200
_STALE_AFTER = timedelta(seconds=60)


class NoticeRound(Model):
    """One step of a round at the instant `at`, by which everything is decided."""

    at: AwareDatetime


class NoticeCounts(Model):
    """What became of notices and of deliveries.

    Notices are `addressed`, or `left` since nobody could be told yet. Deliveries are `sent`,
    `retried` later, or `failed` for good. Either is `dropped` when it is no longer news.
    """

    addressed: int = 0
    left: int = 0
    sent: int = 0
    retried: int = 0
    failed: int = 0
    dropped: int = 0

    @property
    def is_idle(self) -> bool:
        return not any(self.model_dump().values())

    def plus(self, other: "NoticeCounts") -> "NoticeCounts":
        """Return the sum."""
        mine, theirs = self.model_dump(), other.model_dump()
        return NoticeCounts(**{name: mine[name] + theirs[name] for name in mine})


class NoticeActivities:
    """Sends the notices that cases have left in their table, by the channels there are."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        region: Region,
        outbox: Outbox,
        texts: NoticeTexts,
        channels: Collection[DeliveryChannel],
    ) -> None:
        self._pool = pool
        self._region = region
        self._channels = frozenset(channels)
        self._postman = Postman(pool, region, outbox, texts)

    @activity.defn
    async def address_notices(self, request: NoticeRound) -> NoticeCounts:
        """Turn up to 200 notices into deliveries, urgent and oldest first.

        Safe to repeat: a notice and its deliveries change in one transaction. One that nobody can
        be told of stays claimed, and is taken again when the claim has grown stale.
        """
        async with database(self._pool) as conn:
            claimed = await claim_notices(conn, _NOTICES_A_ROUND, _STALE_AFTER, request.at)
        counts = NoticeCounts()
        for notice in claimed:
            counts = counts.plus(await self._address(notice, request.at))
            activity.heartbeat()
        _log("notices_addressed", counts)
        return counts

    @activity.defn
    async def send_deliveries(self, request: NoticeRound) -> NoticeCounts:
        """Hand over what is due, all channels side by side, urgent ones first within each.

        Safe to repeat: what was handed over and not marked is due again when its lease has
        ended, under the same key. A channel that raises is told of when the others are done.
        """
        ended = await asyncio.gather(
            *(
                send_by(channel, self._pool, self._postman, request.at)
                for channel in DeliveryChannel
            ),
            return_exceptions=True,
        )
        counts = NoticeCounts()
        for fates in ended:
            if isinstance(fates, BaseException):
                raise fates
            counts = counts.plus(NoticeCounts.model_validate(dict(fates)))
        _log("deliveries_sent", counts)
        return counts

    async def _address(self, notice: ClaimedNotice, at: datetime) -> NoticeCounts:
        async with database(self._pool) as conn, conn.transaction():
            if not await hold_notice(conn, notice.key):
                return NoticeCounts()
            subject = await find_subject(conn, notice.case_id)
            if subject is None or not _is_news(notice, subject):
                await end_notice(conn, notice.key, "dropped", at)
                return NoticeCounts(dropped=1)
            ways = await self._find_ways(conn, notice, subject, at)
            if not ways:
                return NoticeCounts(left=1)
            template = template_for(notice.rule, notice.recipient, urgent=notice.urgent)
            day_from = self._day_from(notice.at)
            await write_deliveries(conn, notice, template, ways, at, day_from=day_from)
            await end_notice(conn, notice.key, "addressed", at, told=len(ways))
        return NoticeCounts(addressed=1)

    def _day_from(self, at: datetime) -> datetime:
        calendar = self._region.calendar_for(None, at)
        return calendar.start_of(calendar.local_day(at))

    async def _find_ways(
        self, conn: Connection, notice: ClaimedNotice, subject: Subject, at: datetime
    ) -> list[Way]:
        people: Collection[str] = (notice.case_id,)
        if notice.recipient is not Recipient.CITIZEN:
            today = self._region.calendar_for(None, at).local_day(at)
            roles = self._region.catalogue.system_roles
            found = await find_recipients(conn, notice.recipient, subject, roles, today)
            _report_gaps(found, subject)
            people = found.staff
        ways = await find_ways(conn, notice.recipient, people, self._channels)
        if not ways:
            log.error("nobody_to_tell", unit=subject.unit)
        return ways


def _is_news(notice: ClaimedNotice, subject: Subject) -> bool:
    return still_concerns(notice.rule, subject.state, answered=subject.answered)


def _report_gaps(found: Recipients, subject: Subject) -> None:
    """Alert on each role that nobody holds; a case without a unit lacks more than a holder."""
    if subject.unit is not None:
        for role in found.gaps:
            log.error("recipient_missing", role=role, unit=subject.unit)


def _log(event: str, counts: NoticeCounts) -> None:
    if not counts.is_idle:
        log.info(event, **counts.model_dump())
