"""Hands over one delivery, and marks what became of it."""

import asyncio
from datetime import datetime
from enum import StrEnum

import asyncpg
import structlog

from activities.bounces import lose_contact
from activities.contacts import Way, error_of, find_contact
from activities.failures import database
from activities.last_look import is_wanted
from activities.outbox import AddressDeadError, Outbox, RefusedError, SendingFailedError
from domain.delivery import Delivery, DeliveryChannel, NoticeTexts, address_digest
from domain.delivery_errors import DeliveryError
from domain.delivery_times import tried_again_at
from domain.region import Region
from store.deliveries import ClaimedDelivery, DeliveryState, end_delivery, put_back
from store.pool import Connection

log = structlog.get_logger()

_HAND_OVER_SECONDS = 25


class Fate(StrEnum):
    """What became of a delivery."""

    SENT = "sent"
    RETRIED = "retried"
    FAILED = "failed"
    DROPPED = "dropped"


class Postman:
    """Carries claimed deliveries to the outbox."""

    def __init__(
        self, pool: asyncpg.Pool, region: Region, outbox: Outbox, texts: NoticeTexts
    ) -> None:
        self._pool = pool
        self._region = region
        self._outbox = outbox
        self._texts = texts

    async def deliver(self, claimed: ClaimedDelivery, at: datetime) -> Fate:
        """Hand over unless it is no longer news or nobody's; mark it, or let it wait at *at*.

        Safe to repeat: what was handed over and not marked goes again under the same key and in
        the same words.
        """
        async with database(self._pool) as conn, conn.transaction():
            delivery = await self._prepare(conn, claimed, at)
        if isinstance(delivery, Fate):
            return delivery
        try:
            async with asyncio.timeout(_HAND_OVER_SECONDS):
                await self._outbox.send(delivery)
        except SendingFailedError as error:
            return await self._put_back(claimed, error.code, at)
        except TimeoutError:
            return await self._put_back(claimed, DeliveryError.TIMEOUT, at)
        except (RefusedError, AddressDeadError) as error:
            return await self._fail(claimed, error, at, _digest_of(delivery))
        async with database(self._pool) as conn:
            await end_delivery(
                conn, claimed, DeliveryState.SENT, at, address_digest=_digest_of(delivery)
            )
        return Fate.SENT

    async def _prepare(
        self, conn: Connection, claimed: ClaimedDelivery, at: datetime
    ) -> Delivery | Fate:
        contact = await find_contact(conn, claimed.channel, claimed.person)
        if contact is None or not await is_wanted(conn, claimed, self._region, at):
            await end_delivery(conn, claimed, DeliveryState.DROPPED, at)
            return Fate.DROPPED
        error = error_of(claimed.channel, contact)
        if error is not None:
            await end_delivery(conn, claimed, DeliveryState.FAILED, at, error)
            log.error("person_unreachable", channel=claimed.channel, code=error)
            return Fate.FAILED
        return Delivery(
            key=claimed.key,
            channel=claimed.channel,
            to=claimed.person,
            address=contact.address,
            case_id=claimed.case_id if claimed.channel is DeliveryChannel.APP else None,
            urgent=claimed.urgent,
            at=claimed.at,
            text=self._texts[claimed.template],
        )

    async def _put_back(self, claimed: ClaimedDelivery, code: str, at: datetime) -> Fate:
        again = tried_again_at(claimed.attempts, claimed.first_tried_at, at)
        fate = Fate.FAILED if again is None else Fate.RETRIED
        async with database(self._pool) as conn:
            if again is None:
                await end_delivery(conn, claimed, DeliveryState.FAILED, at, code)
            else:
                await put_back(conn, claimed, code, again)
        _tell("delivery_not_taken", claimed, code, is_final=again is None)
        return fate

    async def _fail(
        self,
        claimed: ClaimedDelivery,
        error: RefusedError | AddressDeadError,
        at: datetime,
        address: bytes | None,
    ) -> Fate:
        async with database(self._pool) as conn, conn.transaction():
            await end_delivery(conn, claimed, DeliveryState.FAILED, at, error.code)
            if isinstance(error, AddressDeadError):
                lost = Way(channel=claimed.channel, person=claimed.person)
                await lose_contact(conn, claimed.key, lost, error.code, at, address=address)
                log.warning("contact_lost", channel=claimed.channel, code=error.code)
        _tell("delivery_refused", claimed, error.code, is_final=True)
        return Fate.FAILED


def _digest_of(delivery: Delivery) -> bytes | None:
    if delivery.channel is not DeliveryChannel.MAIL or delivery.address is None:
        return None
    return address_digest(delivery.address)


def _tell(event: str, claimed: ClaimedDelivery, code: str, *, is_final: bool) -> None:
    state = DeliveryState.FAILED if is_final else DeliveryState.WAITING
    log.warning(event, channel=claimed.channel, code=code, attempt=claimed.attempts, state=state)
