"""Deliveries are gathered, tried again, ended once, and stopped where an address is dead."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest
from structlog.testing import capture_logs
from typing_extensions import override

from activities import delivering
from activities.notices import NoticeCounts
from activities.outbox import AddressDeadError, RefusedError, SendingFailedError
from domain.catalogue import BilingualText
from domain.delivery import Delivery, DeliveryChannel, Template
from domain.notices import Recipient
from tests.store.sending import (
    MOBILE,
    NOON,
    OWNER,
    STROMSBRO,
    TEXTS,
    MemoryOutbox,
    Sender,
    case_with,
    delivery_states,
    notice,
    owned_case,
)

WARNING = "resolution_warning_50"


def texts_of(outbox: MemoryOutbox) -> list[BilingualText]:
    return [one.text for one in outbox.handed]


async def test_first_of_a_burst_leaves_at_once_and_the_others_together(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender
) -> None:
    for _ in range(30):
        await owned_case(region_pool, "patient_answered")

    assert await sender.round() == NoticeCounts(addressed=30, sent=1)
    assert await sender.round(14.9) == NoticeCounts()
    assert await sender.round(15) == NoticeCounts(sent=1)
    assert await sender.round(60) == NoticeCounts()

    assert outbox.told == {OWNER}
    assert texts_of(outbox) == [TEXTS[Template.STAFF], TEXTS[Template.STAFF_MANY]]
    carried = await region_pool.fetch(
        "SELECT count(*) AS notices FROM delivery_notices GROUP BY delivery ORDER BY 1"
    )
    assert [row["notices"] for row in carried] == [1, 29]


async def test_urgent_one_never_waits(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender
) -> None:
    for _ in range(3):
        await owned_case(region_pool, WARNING)
    await sender.round()
    await owned_case(region_pool, "marked_urgent", urgent=True)
    await owned_case(region_pool, "marked_urgent", urgent=True)

    assert await sender.round(5) == NoticeCounts(addressed=2, sent=2)
    assert await sender.round(15) == NoticeCounts(sent=1)
    assert [one.urgent for one in outbox.handed] == [False, True, True, False]
    assert outbox.handed[1].text == TEXTS[Template.STAFF_URGENT]


async def test_urgent_one_leaves_before_what_else_is_due(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender
) -> None:
    for _ in range(5):
        await case_with(region_pool, notice("new_case", Recipient.ROLE_SUBSCRIBERS))
    urgent = notice("marked_urgent", Recipient.OWNER, urgent=True)
    await case_with(region_pool, urgent, state="assigned", assigned_to="SE5560000000-TEST105")

    await sender.round()

    assert outbox.handed[0].urgent


async def test_window_after_a_gathered_delivery_gathers_too_and_a_quiet_one_does_not(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender
) -> None:
    for minute in (0, 5, 20, 50):
        await owned_case(region_pool, WARNING)
        await sender.round(minute)
        await sender.round(minute + 10)

    times = await region_pool.fetch("SELECT sent_at FROM deliveries ORDER BY sent_at")

    assert [(row["sent_at"] - NOON) // timedelta(minutes=1) for row in times] == [0, 15, 30, 50]
    assert texts_of(outbox) == [TEXTS[Template.STAFF]] * 4


async def test_what_presses_most_words_the_gathered_one(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender
) -> None:
    manager = "SE5560000000-TEST122"
    for rule in ("visit_overtaken", "visit_overtaken", "resolution_breach", "visit_overtaken"):
        await case_with(region_pool, notice(rule, Recipient.UNIT_MANAGER), state="assigned")

    await sender.round()
    await sender.round(15)

    assert outbox.told == {manager}
    assert outbox.handed[1].text == TEXTS[Template.STAFF_LATE]


async def test_gathered_delivery_leaves_as_long_as_one_notice_is_news(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender
) -> None:
    cases = [await owned_case(region_pool, WARNING) for _ in range(3)]
    await sender.round()
    await region_pool.execute(
        "UPDATE cases SET state = 'resolved' WHERE case_id = ANY ($1::uuid[])", cases[:2]
    )

    assert await sender.round(15) == NoticeCounts(sent=1)


async def test_delivery_whose_every_reason_has_gone_is_dropped(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender
) -> None:
    for _ in range(3):
        await owned_case(region_pool, WARNING)
    await sender.round()
    await region_pool.execute("UPDATE cases SET state = 'resolved'")

    assert await sender.round(15) == NoticeCounts(dropped=1)
    assert len(outbox.handed) == 1


async def test_two_senders_gather_as_one(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender
) -> None:
    other = Sender(region_pool, outbox)
    for _ in range(40):
        await owned_case(region_pool, WARNING)

    async with asyncio.TaskGroup() as group:
        group.create_task(sender.address())
        group.create_task(other.address())

    carried = await region_pool.fetch(
        "SELECT count(*) AS notices FROM delivery_notices GROUP BY delivery ORDER BY 1"
    )
    assert [row["notices"] for row in carried] == [1, 39]


async def test_citizen_with_much_news_gets_it_together(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender
) -> None:
    news = [notice("reply", Recipient.CITIZEN, rev=rev) for rev in (2, 3, 4)]
    await case_with(region_pool, *news, state="assigned")

    await sender.round()
    await sender.round(15)

    assert texts_of(outbox) == [TEXTS[Template.CITIZEN], TEXTS[Template.CITIZEN_MANY]]


async def test_delivery_that_is_not_taken_is_tried_ever_more_seldom_for_a_day(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender
) -> None:
    await owned_case(region_pool, WARNING)
    outbox.answers[OWNER] = SendingFailedError("mail_deferred")

    tried = []
    for minute in range(25 * 60):
        counts = await sender.send(minute) if minute else await sender.round()
        tried += [minute] if counts.retried or counts.failed else []

    assert tried[:8] == [0, 1, 3, 7, 15, 31, 63, 123]
    assert tried[-1] <= 24 * 60 < tried[-1] + 60
    assert await delivery_states(region_pool) == {("failed", "mail_deferred"): 1}


async def test_delivery_that_was_not_taken_leaves_under_its_key_when_it_is(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender
) -> None:
    await owned_case(region_pool, WARNING)
    outbox.answers[OWNER] = SendingFailedError("mail_deferred")
    with capture_logs() as logs:
        assert await sender.round() == NoticeCounts(addressed=1, retried=1)
    outbox.answers.clear()

    assert await sender.round(1) == NoticeCounts(sent=1)
    assert await delivery_states(region_pool) == {("sent", None): 1}
    [line] = [line for line in logs if line["event"] == "delivery_not_taken"]
    assert (line["code"], line["attempt"], line["channel"]) == ("mail_deferred", 1, "mail")
    assert OWNER not in str(logs)


async def test_channel_that_hangs_is_left_after_a_while_and_the_others_are_served(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    await case_with(region_pool, notice("new_case", Recipient.ROLE_SUBSCRIBERS))
    monkeypatch.setattr(delivering, "_HAND_OVER_SECONDS", 0.01)

    class Hanging(MemoryOutbox):
        @override
        async def send(self, delivery: Delivery) -> None:
            if delivery.to == OWNER:
                await asyncio.Event().wait()
            await super().send(delivery)

    counts = await Sender(region_pool, Hanging()).round()

    assert counts == NoticeCounts(addressed=1, sent=2, retried=1)
    assert await delivery_states(region_pool) == {("sent", None): 2, ("waiting", "timeout"): 1}


async def test_news_after_a_failed_attempt_is_not_put_into_it(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender
) -> None:
    for _ in range(2):
        await owned_case(region_pool, WARNING)
    await sender.round()
    outbox.answers[OWNER] = SendingFailedError("timeout")
    await sender.round(15)
    await owned_case(region_pool, WARNING)
    await sender.address(15.5)
    outbox.answers.clear()

    await sender.round(16)

    assert texts_of(outbox) == [TEXTS[Template.STAFF], TEXTS[Template.STAFF]]


async def test_crash_after_hand_over_sends_again_under_the_same_key_and_words(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender
) -> None:
    await owned_case(region_pool, WARNING)
    outbox.dies_after = {OWNER}
    with pytest.raises(ConnectionAbortedError):
        await sender.round()
    outbox.dies_after.clear()
    await owned_case(region_pool, WARNING)

    assert await sender.round(1) == NoticeCounts(addressed=1)
    assert await sender.round(3) == NoticeCounts(sent=1)

    first, second = outbox.handed
    assert first == second
    assert (await sender.round(18)).sent == 1
    assert len({one.key for one in outbox.handed}) == 2


async def test_sender_that_was_slower_than_its_lease_does_not_undo_the_next_one(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender
) -> None:
    await owned_case(region_pool, WARNING)
    await sender.address()

    class Slow(MemoryOutbox):
        @override
        async def send(self, delivery: Delivery) -> None:
            await sender.send(4)
            raise SendingFailedError("timeout")

    assert (await Sender(region_pool, Slow()).send()).retried == 1
    assert await delivery_states(region_pool) == {("sent", None): 1}


async def test_refused_delivery_fails_and_the_channel_stays_open(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender
) -> None:
    await owned_case(region_pool, WARNING)
    outbox.answers[OWNER] = RefusedError("mail_refused")

    assert await sender.round() == NoticeCounts(addressed=1, failed=1)
    assert await delivery_states(region_pool) == {("failed", "mail_refused"): 1}
    assert not await region_pool.fetch("SELECT FROM stopped_channels")
    assert not await region_pool.fetch("SELECT FROM staff_tasks")


async def test_staff_whose_address_is_dead_get_no_more_and_their_manager_a_task(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender
) -> None:
    await owned_case(region_pool, WARNING)
    outbox.answers[OWNER] = AddressDeadError("mail_address_unknown")
    await sender.round()
    outbox.answers.clear()
    await owned_case(region_pool, WARNING)

    await sender.round(1)

    assert not outbox.handed
    assert await delivery_states(region_pool) == {
        ("failed", "mail_address_unknown"): 1,
        ("failed", "channel_stopped"): 1,
    }
    [task] = await region_pool.fetch("SELECT kind, case_id, unit, person, done_at FROM staff_tasks")
    assert tuple(task) == ("contact_lost", None, STROMSBRO, OWNER, None)


async def test_dead_phone_stops_text_messages_of_the_case_and_opens_its_task(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender
) -> None:
    told = notice("outcome", Recipient.CITIZEN)
    case_id = await case_with(region_pool, told, state="resolved", phone=MOBILE)
    outbox.answers[DeliveryChannel.SMS] = AddressDeadError("sms_number_invalid")

    await sender.round()

    assert [one.channel for one in outbox.handed] == [DeliveryChannel.APP]
    [task] = await region_pool.fetch("SELECT kind, case_id::text, unit, person FROM staff_tasks")
    assert tuple(task) == ("contact_lost", case_id, None, None)
    [stopped] = await region_pool.fetch("SELECT channel, person, reason FROM stopped_channels")
    assert tuple(stopped) == ("sms", case_id, "sms_number_invalid")


async def test_staff_who_left_before_it_was_sent_are_not_told(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender
) -> None:
    await owned_case(region_pool, WARNING)
    await sender.address()
    await region_pool.execute("DELETE FROM staff WHERE hsa_id = $1", OWNER)

    assert await sender.send() == NoticeCounts(dropped=1)
    assert not outbox.handed
