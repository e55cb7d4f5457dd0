"""Notices are claimed once, reach whoever holds the role now, and leave only while news."""

import json
from datetime import datetime
from pathlib import Path

import asyncpg
import pytest
from structlog.testing import capture_logs

from activities.notices import NoticeCounts
from activities.outbox import RefusedError, SendingFailedError
from domain.delivery import Delivery, DeliveryChannel
from domain.notices import Notice, Recipient
from runtime.outbox import FileOutbox
from store.notices import claim_notices
from tests.store.sending import (
    MINUTE,
    MOBILE,
    NOON,
    OWNER,
    PATIENT,
    PHYSICIANS,
    TEXTS,
    MemoryOutbox,
    Sender,
    add_notice,
    case_with,
    delivery_states,
    notice,
    notice_states,
)

SANDVIKEN_NORRA = "SE5560000000-TEST003"
NO_COORDINATOR = "SE5560000001-TEST001"


async def test_urgent_and_oldest_are_claimed_first_and_by_one_only(
    conn: asyncpg.Connection,
) -> None:
    late = notice("reply", Recipient.CITIZEN, rev=1, at=NOON + MINUTE)
    early = notice("reply", Recipient.CITIZEN, rev=2)
    urgent = notice("reply", Recipient.CITIZEN, rev=3, at=NOON + 2 * MINUTE, urgent=True)
    case_id = await case_with(conn, late, early, urgent)

    first = await claim_notices(conn, 2, MINUTE, NOON)
    second = await claim_notices(conn, 2, MINUTE, NOON)

    assert [one.key for one in first] == [urgent.key_for(case_id), early.key_for(case_id)]
    assert [one.key for one in second] == [late.key_for(case_id)]


async def test_claim_of_a_dead_round_is_taken_again_when_it_is_stale(
    conn: asyncpg.Connection,
) -> None:
    await case_with(conn, notice("reply", Recipient.CITIZEN))
    await claim_notices(conn, 1, MINUTE, NOON)

    assert await claim_notices(conn, 1, MINUTE, NOON + 0.9 * MINUTE) == []
    assert len(await claim_notices(conn, 1, MINUTE, NOON + MINUTE)) == 1


async def test_new_case_reaches_the_three_who_subscribe_at_their_addresses(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender
) -> None:
    await case_with(region_pool, notice("new_case", Recipient.ROLE_SUBSCRIBERS))

    assert await sender.round() == NoticeCounts(addressed=1, sent=3)
    assert {(one.to, one.address) for one in outbox.handed} == {
        (f"SE5560000000-TEST{number}", f"test{number}@se5560000000.example")
        for number in (101, 102, 103)
    }
    assert {one.channel for one in outbox.handed} == {DeliveryChannel.MAIL}
    assert await notice_states(region_pool) == {"addressed": 1}
    assert await delivery_states(region_pool) == {("sent", None): 3}


async def test_fewer_than_three_subscribers_means_every_holder(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender
) -> None:
    await case_with(
        region_pool, notice("new_case", Recipient.ROLE_SUBSCRIBERS), unit=SANDVIKEN_NORRA
    )
    holders = await region_pool.fetch(
        "SELECT DISTINCT staff FROM rights WHERE unit = $1 AND role = $2",
        SANDVIKEN_NORRA,
        PHYSICIANS,
    )

    await sender.round()

    assert outbox.told == {row["staff"] for row in holders}


async def test_owner_is_told_alone_until_he_leaves_the_role(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender
) -> None:
    reminder = notice("resolution_warning_50", Recipient.OWNER)
    await case_with(region_pool, reminder, state="assigned", assigned_to=OWNER)
    await sender.round()
    assert outbox.told == {OWNER}

    outbox.handed.clear()
    await region_pool.execute("DELETE FROM staff WHERE hsa_id = $1", OWNER)
    await case_with(region_pool, reminder, state="assigned", assigned_to=OWNER)
    await sender.round()

    assert len(outbox.told) == 3
    assert OWNER not in outbox.told


HALF_AT, MOST_AT = NOON - 30 * MINUTE, NOON + 132 * MINUTE


def reminders(
    first: str, second: str, later: datetime = MOST_AT, *, urgent: bool = True
) -> tuple[Notice, Notice]:
    """Two notices: one to the role and, when it has been taken, one to its owner."""
    return (
        notice(first, Recipient.ROLE, rev=2, at=HALF_AT, urgent=urgent),
        notice(second, Recipient.OWNER, rev=4, at=later, urgent=urgent),
    )


@pytest.mark.parametrize("urgent", [True, False])
async def test_who_was_reminded_as_one_of_the_role_is_not_as_owner_that_day(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender, *, urgent: bool
) -> None:
    """An urgent renewal, taken by one of the three who were reminded an hour before."""
    half, most = reminders("resolution_warning_50", "resolution_warning_80", urgent=urgent)
    case_id = await case_with(region_pool, half, state="assigned", assigned_to=OWNER)
    await sender.round(-30)
    await add_notice(region_pool, case_id, most)

    assert await sender.round(132) == NoticeCounts(addressed=1)
    assert await sender.round(160) == NoticeCounts()
    assert [one.to for one in outbox.handed].count(OWNER) == 1


@pytest.mark.parametrize(
    ("second", "minute"),
    [
        pytest.param("resolution_warning_80", 24 * 60, id="the next day"),
        pytest.param("first_response_warning_80", 132, id="another rule"),
        pytest.param("patient_answered", 132, id="what a person did"),
    ],
)
async def test_who_was_reminded_is_told_of(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender, second: str, minute: int
) -> None:
    half, other = reminders("resolution_warning_50", second, NOON + minute * MINUTE)
    case_id = await case_with(region_pool, half, state="assigned", assigned_to=OWNER)
    await sender.round(-30)
    await add_notice(region_pool, case_id, other)

    assert await sender.round(minute) == NoticeCounts(addressed=1, sent=1)
    assert outbox.handed[-1].to == OWNER


async def test_owner_who_was_not_reminded_with_the_role_is(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender
) -> None:
    """As when the address was dead, or the reminder was for another role."""
    half, most = reminders("resolution_warning_50", "resolution_warning_80")
    outbox.answers[OWNER] = RefusedError("smtp_554")
    case_id = await case_with(region_pool, half, state="assigned", assigned_to=OWNER)
    await sender.round(-30)
    outbox.answers.clear()
    await add_notice(region_pool, case_id, most)

    assert (await sender.round(132)).sent == 1
    assert outbox.handed[-1].to == OWNER


async def test_another_case_of_the_same_owner_is_told_of(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender
) -> None:
    half, most = reminders("resolution_warning_50", "resolution_warning_80")
    await case_with(region_pool, half, state="assigned", assigned_to=OWNER)
    await sender.round(-30)
    await case_with(region_pool, most, state="assigned", assigned_to=OWNER)

    assert (await sender.round(132)).sent == 1
    assert [one.to for one in outbox.handed].count(OWNER) == 2


async def test_unheld_coordinator_is_replaced_told_once_and_the_gap_alerts(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender
) -> None:
    await case_with(
        region_pool,
        notice("first_response_breach", Recipient.COORDINATOR),
        notice("first_response_breach", Recipient.UNIT_MANAGER),
        unit=NO_COORDINATOR,
    )

    with capture_logs() as logs:
        counts = await sender.round()
    later = await sender.round(20)

    assert [line for line in logs if line["event"] == "recipient_missing"] == [
        {
            "event": "recipient_missing",
            "log_level": "error",
            "role": "PV/koordinator/fordelning",
            "unit": NO_COORDINATOR,
        }
    ]
    assert counts == NoticeCounts(addressed=2, sent=1)
    assert later == NoticeCounts()
    assert len(outbox.handed) == 1
    assert await region_pool.fetchval("SELECT count(*) FROM delivery_notices") == 2


async def test_role_without_a_holder_falls_to_the_coordinator(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender
) -> None:
    await region_pool.execute("DELETE FROM staff_roles WHERE role = $1", PHYSICIANS)
    await case_with(region_pool, notice("new_case", Recipient.ROLE_SUBSCRIBERS))

    with capture_logs() as logs:
        await sender.round()

    assert outbox.told == {"SE5560000000-TEST121"}
    assert [line["role"] for line in logs if line["event"] == "recipient_missing"] == [PHYSICIANS]


async def test_case_without_a_unit_reaches_the_owner_of_the_role_catalogue(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender
) -> None:
    await case_with(
        region_pool,
        notice("undeliverable", Recipient.COORDINATOR),
        state="undeliverable",
        unit=None,
        role=None,
    )
    owners = await region_pool.fetch(
        "SELECT DISTINCT staff FROM rights WHERE role = 'REG/chef/rollkatalog'"
    )

    with capture_logs() as logs:
        await sender.round()

    assert outbox.told == {row["staff"] for row in owners}
    assert not [line for line in logs if line["event"] == "recipient_missing"]


async def test_notice_that_nobody_can_get_is_kept_alerts_and_is_tried_again(
    region_pool: asyncpg.Pool, sender: Sender, outbox: MemoryOutbox
) -> None:
    roles = await region_pool.fetch("DELETE FROM staff_roles RETURNING *")
    await case_with(region_pool, notice("new_case", Recipient.ROLE_SUBSCRIBERS))

    with capture_logs() as logs:
        counts = await sender.round()

    assert counts == NoticeCounts(left=1)
    assert await notice_states(region_pool) == {"claimed": 1}
    assert "nobody_to_tell" in {line["event"] for line in logs}

    await region_pool.executemany(
        "INSERT INTO staff_roles VALUES ($1, $2, $3, $4, $5)", [tuple(row) for row in roles]
    )
    assert await sender.round(1) == NoticeCounts(addressed=1, sent=3)


async def test_staff_without_an_address_fail_with_a_code_and_alert(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender
) -> None:
    await region_pool.execute("UPDATE staff SET email = NULL WHERE hsa_id = $1", OWNER)
    await case_with(region_pool, notice("new_case", Recipient.ROLE_SUBSCRIBERS))

    with capture_logs() as logs:
        await sender.round()

    assert OWNER not in outbox.told
    assert await delivery_states(region_pool) == {("sent", None): 2, ("failed", "no_address"): 1}
    assert [line["code"] for line in logs if line["event"] == "person_unreachable"] == [
        "no_address"
    ]


async def test_notice_that_is_no_longer_news_is_dropped(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender
) -> None:
    await case_with(region_pool, notice("new_case", Recipient.ROLE_SUBSCRIBERS), state="assigned")
    await case_with(
        region_pool, notice("first_response_breach", Recipient.COORDINATOR), answered=True
    )

    assert await sender.round() == NoticeCounts(dropped=2)
    assert not outbox.handed
    assert await notice_states(region_pool) == {"dropped": 2}


async def test_citizen_is_told_by_the_app_and_by_text_message(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender
) -> None:
    told = notice("outcome", Recipient.CITIZEN)
    case_id = await case_with(region_pool, told, state="resolved", phone=MOBILE)

    await sender.round()

    assert {(one.channel, one.to, one.address, one.case_id) for one in outbox.handed} == {
        (DeliveryChannel.APP, case_id, None, case_id),
        (DeliveryChannel.SMS, case_id, MOBILE, None),
    }
    assert len({one.key for one in outbox.handed}) == 2
    for one in outbox.handed:
        assert set(one.key) <= set("0123456789abcdef")
        assert PATIENT not in one.model_dump_json()
        assert MOBILE not in repr(one)


@pytest.mark.parametrize(
    "protected",
    [
        pytest.param("UPDATE cases SET protected = true", id="as the case knew it"),
        pytest.param("UPDATE citizens SET protected = true", id="as the register has it now"),
        pytest.param(
            "UPDATE cases SET submitted_by = '198605099939';"
            "UPDATE citizens SET protected = true WHERE identity = '198605099939'",
            id="the guardian who gave the number",
        ),
    ],
)
async def test_protected_citizen_gets_no_text_message(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender, protected: str
) -> None:
    told = notice("outcome", Recipient.CITIZEN)
    await case_with(region_pool, told, state="resolved", phone=MOBILE)
    await sender.address()
    await region_pool.execute(protected)
    await case_with(region_pool, told, state="resolved", phone=MOBILE)
    await region_pool.execute(protected)

    await sender.round()

    assert {one.channel for one in outbox.handed} == {DeliveryChannel.APP}
    assert await delivery_states(region_pool) == {("sent", None): 2, ("dropped", None): 1}


@pytest.mark.parametrize("phone", ["+4626123456", "0701740605", None])
async def test_number_that_takes_no_text_message_gets_none(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender, phone: str | None
) -> None:
    told = notice("outcome", Recipient.CITIZEN)
    await case_with(region_pool, told, state="resolved", phone=phone)

    await sender.round()

    assert [one.channel for one in outbox.handed] == [DeliveryChannel.APP]


async def test_channel_that_is_not_there_is_not_used(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox
) -> None:
    told = notice("outcome", Recipient.CITIZEN)
    await case_with(region_pool, told, state="resolved", phone=MOBILE)
    await case_with(region_pool, notice("new_case", Recipient.ROLE_SUBSCRIBERS))

    counts = await Sender(region_pool, outbox, [DeliveryChannel.APP]).round()

    assert counts == NoticeCounts(addressed=1, sent=1, left=1)
    assert [one.channel for one in outbox.handed] == [DeliveryChannel.APP]


def a_delivery(channel: DeliveryChannel, address: str | None = None) -> Delivery:
    text = next(iter(TEXTS.values()))
    return Delivery(
        key="ab12", channel=channel, to="case", address=address, urgent=False, at=NOON, text=text
    )


async def test_file_outbox_keeps_the_first_delivery_of_a_key_and_no_address(
    tmp_path: Path,
) -> None:
    delivery = a_delivery(DeliveryChannel.SMS, MOBILE)
    outbox = FileOutbox(tmp_path / "outbox")

    await outbox.send(delivery)
    await outbox.send(delivery.model_copy(update={"urgent": True}))

    (file,) = (tmp_path / "outbox").iterdir()
    written = json.loads(file.read_text("utf-8"))
    assert written == delivery.model_dump(mode="json", exclude={"address"})
    assert MOBILE not in file.read_text("utf-8")


async def test_file_outbox_that_cannot_write_says_so(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("in the way", encoding="utf-8")

    with pytest.raises(SendingFailedError, match="not_written"):
        await FileOutbox(tmp_path / "outbox").send(a_delivery(DeliveryChannel.APP))
