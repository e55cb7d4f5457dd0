"""Channels are served side by side: one that hangs, is slow or breaks holds up no other."""

import asyncio

import asyncpg
import pytest
from typing_extensions import override

from activities import channel_rounds
from activities.notices import NoticeCounts
from activities.outbox import SendingFailedError
from domain.delivery import Delivery, DeliveryChannel
from domain.notices import Recipient
from tests.store.sending import (
    OWNER,
    MemoryOutbox,
    Sender,
    case_with,
    delivery_states,
    notice,
    owned_case,
)

MAILS, EVENTS = 23, 12


async def mails_wait(pool: asyncpg.Pool, count: int) -> None:
    for _ in range(count):
        await owned_case(pool, "marked_urgent", urgent=True)


async def events_wait(pool: asyncpg.Pool, count: int) -> None:
    for _ in range(count):
        await case_with(pool, notice("outcome", Recipient.CITIZEN), state="resolved")


class Hanging(MemoryOutbox):
    """An outbox of which one channel hangs until the others have taken *others* deliveries."""

    def __init__(self, channel: DeliveryChannel, others: int) -> None:
        super().__init__()
        self._channel = channel
        self._left = others
        self._are_others_served = asyncio.Event()

    @override
    async def send(self, delivery: Delivery) -> None:
        if delivery.channel is self._channel:
            await self._are_others_served.wait()
        await super().send(delivery)
        self._left -= delivery.channel is not self._channel
        if self._left == 0:
            self._are_others_served.set()


@pytest.mark.parametrize(
    ("hanging", "others"), [(DeliveryChannel.MAIL, EVENTS), (DeliveryChannel.APP, MAILS)]
)
async def test_channel_that_hangs_holds_up_no_other(
    region_pool: asyncpg.Pool, hanging: DeliveryChannel, others: int
) -> None:
    await mails_wait(region_pool, MAILS)
    await events_wait(region_pool, EVENTS)
    sender = Sender(region_pool, Hanging(hanging, others))

    assert await sender.round() == NoticeCounts(addressed=MAILS + EVENTS, sent=MAILS + EVENTS)


async def test_channel_that_takes_nothing_is_left_for_this_round(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender
) -> None:
    await mails_wait(region_pool, 12)
    outbox.answers[DeliveryChannel.MAIL] = SendingFailedError("mail_timeout")

    assert await sender.round() == NoticeCounts(addressed=12, retried=5)
    assert await region_pool.fetchval("SELECT count(*) FROM deliveries WHERE attempts = 0") == 7


async def test_channel_that_is_slow_begins_no_more_when_its_time_is_over(
    region_pool: asyncpg.Pool, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    await mails_wait(region_pool, 12)
    monkeypatch.setattr(channel_rounds, "_LONGEST", -channel_rounds._LONGEST)

    assert await sender.round() == NoticeCounts(addressed=12, sent=5)
    assert await sender.send() == NoticeCounts(sent=5)


async def test_channel_that_breaks_lets_the_others_end_their_round(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender
) -> None:
    await mails_wait(region_pool, 1)
    await events_wait(region_pool, EVENTS)
    outbox.dies_after = {OWNER}

    with pytest.raises(ConnectionAbortedError):
        await sender.round()

    assert await delivery_states(region_pool) == {("claimed", None): 1, ("sent", None): EVENTS}
