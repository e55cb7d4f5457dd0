"""Whom of the staff a notice leaves out: those close to the patient, and those not named."""

import asyncpg
import pytest

from activities.notices import NoticeCounts
from domain.notices import Recipient
from tests.store.sending import (
    OWNER,
    PATIENT,
    PHYSICIANS,
    STROMSBRO,
    MemoryOutbox,
    Sender,
    case_with,
    delivery_states,
    notice,
)

WARNING = "resolution_warning_50"
COORDINATOR, UNIT_MANAGER = "SE5560000000-TEST121", "SE5560000000-TEST122"
HANDLERS = {"SE5560000000-TEST104", "SE5560000000-TEST107"}
"""Whom the unit has named; the first is a physician as the owner is, the second a nurse."""

RELATIVE = "198605099939"
IS = "UPDATE staff SET identity = $2 WHERE hsa_id = $1"
IS_GUARDIAN = "INSERT INTO guardians (child, guardian) VALUES ($1, $2)"

PROTECTED = pytest.mark.parametrize(
    "protect",
    [
        pytest.param("UPDATE cases SET protected = true", id="as the case says"),
        pytest.param("UPDATE citizens SET protected = true", id="as the register says"),
    ],
)


async def physicians(pool: asyncpg.Pool) -> set[str]:
    rows = await pool.fetch(
        "SELECT DISTINCT staff FROM rights WHERE unit = $1 AND role = $2", STROMSBRO, PHYSICIANS
    )
    return {row["staff"] for row in rows}


@pytest.mark.parametrize(
    ("identity", "family"),
    [
        pytest.param(PATIENT, [], id="the patient"),
        pytest.param(RELATIVE, [(PATIENT, RELATIVE)], id="the patient's guardian"),
        pytest.param(RELATIVE, [(RELATIVE, PATIENT)], id="the patient's child"),
    ],
)
async def test_staff_close_to_the_patient_are_left_out(
    region_pool: asyncpg.Pool,
    outbox: MemoryOutbox,
    sender: Sender,
    identity: str,
    family: list[tuple[str, str]],
) -> None:
    """Without them too few subscribe, so that all the others who hold the role are told."""
    await region_pool.execute(IS, OWNER, identity)
    await region_pool.executemany(IS_GUARDIAN, family)
    await case_with(region_pool, notice("new_case", Recipient.ROLE_SUBSCRIBERS))

    await sender.round()

    assert outbox.told == await physicians(region_pool) - {OWNER}


async def test_next_in_charge_stands_in_for_whoever_is_close(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender
) -> None:
    await region_pool.execute(IS, COORDINATOR, PATIENT)
    await case_with(region_pool, notice("first_response_breach", Recipient.COORDINATOR))

    await sender.round()

    assert outbox.told == {UNIT_MANAGER}


async def test_named_handler_who_is_close_is_left_out(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender
) -> None:
    [close, other] = sorted(HANDLERS)
    await region_pool.execute(IS, close, PATIENT)
    await case_with(region_pool, notice("new_case", Recipient.ROLE_SUBSCRIBERS))
    await region_pool.execute("UPDATE cases SET protected = true")

    await sender.round()

    assert outbox.told == {other}


async def test_who_has_become_close_when_it_leaves_is_not_told(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender
) -> None:
    await case_with(region_pool, notice("new_case", Recipient.ROLE_SUBSCRIBERS))
    await sender.address()
    await region_pool.execute(IS, OWNER, PATIENT)

    assert await sender.send() == NoticeCounts(sent=2, dropped=1)
    assert OWNER not in outbox.told


@PROTECTED
async def test_unnamed_staff_are_not_told_when_protection_begins_before_it_leaves(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender, protect: str
) -> None:
    await case_with(region_pool, notice("new_case", Recipient.ROLE))
    await sender.address()
    await region_pool.execute(protect)

    await sender.send()

    everybody = await physicians(region_pool)
    assert outbox.told == everybody & HANDLERS
    assert await delivery_states(region_pool) == {
        ("sent", None): 1,
        ("dropped", None): len(everybody - HANDLERS),
    }


@PROTECTED
async def test_replay_and_retry_are_for_those_who_may_hear_of_it_now(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender, protect: str
) -> None:
    await case_with(region_pool, notice("new_case", Recipient.ROLE))
    await sender.round()
    everybody = len(outbox.handed)
    outbox.handed.clear()
    await region_pool.execute("UPDATE deliveries SET state = 'waiting', ended_at = NULL")
    await region_pool.execute(protect)

    assert await sender.send(30) == NoticeCounts(sent=1, dropped=everybody - 1)
    assert outbox.told <= HANDLERS


async def test_every_handler_hears_what_was_for_the_owner_before(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender
) -> None:
    [first, second] = sorted(HANDLERS)
    told = notice(WARNING, Recipient.OWNER)
    await case_with(region_pool, told, state="assigned", assigned_to=first)
    await region_pool.execute("UPDATE cases SET protected = true")
    await sender.address()
    await region_pool.execute("UPDATE cases SET assigned_to = $1", second)

    await sender.send()

    assert outbox.told == {first}


async def test_gathered_delivery_leaves_as_long_as_one_notice_is_for_its_person(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender
) -> None:
    told = notice(WARNING, Recipient.OWNER)
    cases = [
        await case_with(region_pool, told, state="assigned", assigned_to=OWNER) for _ in range(3)
    ]
    await sender.round()
    await region_pool.execute(
        "UPDATE cases SET protected = true WHERE case_id = ANY ($1::uuid[])", cases[:2]
    )
    await sender.send(15)
    assert len(outbox.handed) == 2

    await case_with(region_pool, told, state="assigned", assigned_to=OWNER)
    await sender.address(16)
    await region_pool.execute("UPDATE cases SET protected = true")
    assert await sender.send(60) == NoticeCounts(dropped=1)


@pytest.mark.parametrize("recipient", [Recipient.OPERATIONS, Recipient.COORDINATOR])
async def test_protected_case_without_a_unit_still_reaches_those_who_move_it(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender, recipient: Recipient
) -> None:
    told = notice("undeliverable", recipient)
    await case_with(region_pool, told, state="undeliverable", unit=None, role=None)
    await region_pool.execute("UPDATE cases SET protected = true")

    counts = await sender.round()

    assert counts.sent == len(outbox.handed) > 0
