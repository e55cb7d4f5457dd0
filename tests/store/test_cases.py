"""How a case's row, events and notices are written: claimed once, changed by rev alone."""

from uuid import uuid4

import asyncpg
import pytest
from asyncpg.pool import PoolConnectionProxy

from domain.case import Case
from domain.events import chained, is_unbroken
from domain.projection import CaseRecord, project
from domain.submission import CaseId
from store.case_views import find_case
from store.cases import claim_case, record_case
from tests.unit import case_samples as samples
from tests.unit.case_samples import MONDAY, after, in_state
from tests.unit.opening_samples import HOUR

Conn = PoolConnectionProxy
RUN = "run-1"


def as_new(case: Case) -> Case:
    """Return the case under an id of its own."""
    submission = case.submission.model_copy(update={"case_id": CaseId(str(uuid4()))})
    return case.model_copy(update={"submission": submission})


def record_of(case: Case, since: Case | None = None) -> CaseRecord:
    """Return what the recorder sends when PostgreSQL has *since*, or nothing."""
    known = since or case.model_copy(update={"events": (), "rev": 0})
    return CaseRecord(
        case_id=case.submission.case_id,
        run_id=RUN,
        projection=project(case),
        events=case.events[len(known.events) :],
        notices=tuple(notice for notice in case.notices if notice.rev > known.rev),
    )


async def claimed(conn: Conn, case: Case) -> Case:
    case = as_new(case)
    assert await claim_case(conn, case.submission, RUN)
    return case


async def count(conn: Conn, table: str) -> int:
    counts = {
        "events": "SELECT count(*) FROM case_events",
        "notices": "SELECT count(*) FROM notices",
    }
    return int(await conn.fetchval(counts[table]))


async def test_first_workflow_claims_the_id_for_ever(conn: Conn) -> None:
    submission = as_new(samples.received()).submission

    assert await claim_case(conn, submission, "first")
    assert not await claim_case(conn, submission, "second")
    assert await claim_case(conn, submission, "first")


async def test_second_claim_changes_nothing_of_the_first(conn: Conn) -> None:
    case = await claimed(conn, samples.received())
    other = case.submission.model_copy(update={"answers": {"other": True}, "fingerprint": "g"})

    await claim_case(conn, other, "second")

    row = await find_case(conn, case.submission.case_id)
    assert row is not None
    assert row.submission == case.submission


@pytest.mark.parametrize(
    "state",
    ["queued", "assigned", "awaiting_patient", "resolved", "closed", "undeliverable", "rejected"],
)
async def test_recorded_case_is_read_back_as_it_was(conn: Conn, state: str) -> None:
    case = await claimed(conn, in_state(state))

    assert await record_case(conn, record_of(case)) == case.rev

    row = await find_case(conn, case.submission.case_id)
    assert row is not None
    assert row.submission == case.submission
    assert row.projection == project(case)
    assert row.events == case.events
    assert is_unbroken(row.events)


async def test_same_record_twice_is_one_record(conn: Conn) -> None:
    case = await claimed(conn, in_state("assigned"))

    revs = [await record_case(conn, record_of(case)) for _ in range(2)]

    assert revs == [case.rev, case.rev]
    assert await count(conn, "events") == len(case.events)
    assert await count(conn, "notices") == len(case.notices)


async def test_late_record_does_not_overwrite_a_newer_one(conn: Conn) -> None:
    taken = await claimed(conn, in_state("assigned"))
    asked = after(taken, samples.ask(), MONDAY + 2 * HOUR)
    await record_case(conn, record_of(asked))

    assert await record_case(conn, record_of(taken)) == asked.rev

    row = await find_case(conn, taken.submission.case_id)
    assert row is not None
    assert row.projection == project(asked)
    assert row.events == asked.events


async def test_next_record_adds_only_what_is_new(conn: Conn) -> None:
    taken = await claimed(conn, in_state("assigned"))
    asked = after(taken, samples.ask(), MONDAY + 2 * HOUR)
    await record_case(conn, record_of(taken))

    record = record_of(asked, since=taken)

    assert len(record.events) == 1
    assert await record_case(conn, record) == asked.rev
    row = await find_case(conn, taken.submission.case_id)
    assert row is not None
    assert row.events == asked.events


async def test_row_that_tells_of_other_events_is_left_as_it_is(conn: Conn) -> None:
    """A workflow restored from an old copy goes another way than its row went."""
    taken = await claimed(conn, in_state("assigned"))
    asked = after(taken, samples.ask(), MONDAY + 2 * HOUR)
    await record_case(conn, record_of(asked))
    other = after(taken, samples.reply(), MONDAY + 3 * HOUR)
    other = after(after(other, samples.withdraw(), MONDAY + 4 * HOUR), samples.reopen(), MONDAY)

    answered = await record_case(conn, record_of(other, since=taken))

    assert other.rev > asked.rev
    assert answered == asked.rev
    row = await find_case(conn, taken.submission.case_id)
    assert row is not None
    assert (row.projection, row.events) == (project(asked), asked.events)


async def test_case_without_a_row_is_missing(conn: Conn) -> None:
    case = as_new(in_state("queued"))

    assert await record_case(conn, record_of(case)) is None
    assert await count(conn, "events") == 0


async def test_notice_is_keyed_by_case_rev_rule_and_recipient(conn: Conn) -> None:
    case = await claimed(conn, in_state("awaiting_patient"))
    await record_case(conn, record_of(case))

    rows = await conn.fetch("SELECT key, state, urgent FROM notices ORDER BY rev")

    case_id = case.submission.case_id
    assert [tuple(row) for row in rows] == [
        (f"{case_id}:3:new_case:role_subscribers", "waiting", False),
        (f"{case_id}:5:question:citizen", "waiting", False),
    ]


async def test_broken_value_writes_nothing_at_all(conn: Conn) -> None:
    case = await claimed(conn, in_state("queued"))
    broken = record_of(case.model_copy(update={"assigned_to": "nobody"}))

    with pytest.raises(asyncpg.CheckViolationError):
        await record_case(conn, broken)

    assert await count(conn, "events") == 0
    assert await count(conn, "notices") == 0


async def test_text_in_any_language_survives(conn: Conn) -> None:
    text = 'Åäö "quoted" \\ \t\n 中文 🩺'
    case = await claimed(conn, in_state("queued"))
    event = case.events[-1].model_copy(update={"detail": {"text": text}})
    told = case.model_copy(
        update={"events": (*case.events[:-1], chained(event, case.events[-2].hash))}
    )

    await record_case(conn, record_of(told))

    row = await find_case(conn, case.submission.case_id)
    assert row is not None
    assert row.events[-1].detail == {"text": text}
    assert is_unbroken(row.events)
