"""What is due, what holds it, and what an erasure leaves in the database."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest

from commands.disposal.due_cases import list_due
from domain.case import Case
from domain.events import Event, chained, is_unbroken
from domain.projection import CaseRecord, project
from domain.submission import CaseId
from runtime.region import load_region
from store.case_views import find_case, find_replay, is_erased, list_own
from store.cases import claim_case, record_case
from store.erasure import KEPT, Tombstone, erase_case, list_events
from store.pool import Connection
from store.retention import find_standings
from store.retention_holds import HoldChange, place_hold, release_hold
from tests.region import SHIPPED
from tests.unit.case_samples import PATIENT, in_state

RUN = str(uuid4())
NOW = datetime(2040, 6, 15, 12, tzinfo=UTC)
LONG_AGO = datetime(2027, 6, 15, 12, tzinfo=UTC)
LATELY = datetime(2039, 6, 15, 12, tzinfo=UTC)
BETWEEN = datetime(2036, 6, 15, 12, tzinfo=UTC)
REVIEWER = "SE5560000000-TEST184"
SALT, CANARY = "5a17" * 8, "canary-4711"

TABLES_OF_CASES = """
SELECT DISTINCT columns.table_name
FROM information_schema.columns
JOIN information_schema.tables USING (table_schema, table_name)
WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
  AND (column_name IN ('case_id', 'case_ids', 'person') OR table_name IN (
      SELECT conrelid::regclass::text FROM pg_constraint
      WHERE contype = 'f' AND confrelid IN ('notices'::regclass, 'cases'::regclass)
  ))
  AND table_name NOT IN (SELECT inhrelid::regclass::text FROM pg_inherits)
"""


def salted(case: Case) -> Case:
    """Return the case with a salt in every event, and a text nobody else writes."""
    chain: list[Event] = []
    for event in case.events:
        told = {"salt": SALT, "detail": {**event.detail, "text": f"{CANARY}-{event.seq}"}}
        before = chain[-1].hash if chain else ""
        chain.append(chained(event.model_copy(update=told), before))
    return case.model_copy(update={"events": tuple(chain)})


async def recorded(
    conn: Connection,
    state: str = "closed",
    closed_at: datetime | None = None,
    service: str = "prescription_renewal",
) -> Case:
    """Write a case of its own in *state*; *closed_at* is moved in the row and its last event."""
    case = salted(in_state(state))
    submission = case.submission.model_copy(
        update={
            "case_id": CaseId(str(uuid4())),
            "service": service,
            "answers": {"text": f"{CANARY}-answers"},
        }
    )
    case = case.model_copy(update={"submission": submission})
    await claim_case(conn, submission, "run-of-it", {f"{CANARY}-key"})
    await record_case(
        conn,
        CaseRecord(
            case_id=submission.case_id,
            run_id="run-of-it",
            projection=project(case),
            events=case.events,
            notices=case.notices,
        ),
    )
    if closed_at is not None:
        await conn.execute(
            "UPDATE cases SET closed_at = $2 WHERE case_id = $1", submission.case_id, closed_at
        )
    return case


async def due(conn: Connection, now: datetime = NOW) -> dict[str, str]:
    plan = await list_due(conn, load_region(SHIPPED), now)
    return {case.case_id: case.retention_class for case in plan.cases}


async def test_a_case_is_due_when_the_years_of_its_class_are_over(conn: Connection) -> None:
    renewal = await recorded(conn, closed_at=LONG_AGO)
    await recorded(conn, closed_at=BETWEEN)
    booking = await recorded(conn, closed_at=BETWEEN, service="booking_change")
    await recorded(conn, closed_at=LATELY, service="booking_change")
    former = await recorded(conn, closed_at=LONG_AGO, service="former_service")
    await recorded(conn, closed_at=BETWEEN, service="former_service")

    assert await due(conn) == {
        renewal.submission.case_id: "record_support",
        booking.submission.case_id: "administrative",
        former.submission.case_id: "record_support",
    }


async def test_the_last_day_it_must_be_kept_is_not_over_yet(conn: Connection) -> None:
    case = await recorded(conn, closed_at=LONG_AGO)
    last_day = datetime(2037, 6, 15, 21, 59, tzinfo=UTC)

    assert await due(conn, last_day) == {}
    assert list(await due(conn, last_day + timedelta(minutes=1))) == [case.submission.case_id]


@pytest.mark.parametrize("state", ["queued", "assigned", "resolved", "undeliverable"])
async def test_an_open_or_reopenable_case_is_never_due(conn: Connection, state: str) -> None:
    await recorded(conn, state)

    assert await due(conn) == {}


async def test_a_rejected_case_counts_from_its_last_event(conn: Connection) -> None:
    case = await recorded(conn, "rejected")

    plan = await list_due(conn, load_region(SHIPPED), NOW)

    assert [each.closed_at for each in plan.cases] == [case.events[-1].at]


async def test_plan_writes_nothing(conn: Connection) -> None:
    await recorded(conn, closed_at=LONG_AGO)

    async with conn.transaction(readonly=True):
        plan = await list_due(conn, load_region(SHIPPED), NOW)

    assert plan.counts() == {"record_support": 1}


def change(case: Case, decision: str) -> HoldChange:
    return HoldChange(case_id=case.submission.case_id, decision=decision, at=NOW, by=REVIEWER)


async def test_a_held_case_is_not_due_until_it_is_released(conn: Connection) -> None:
    case = await recorded(conn, closed_at=LONG_AGO)

    assert await place_hold(conn, change(case, "2040-1"))
    assert not await place_hold(conn, change(case, "2040-2"))
    assert await due(conn) == {}
    assert (await find_standings(conn, [case.submission.case_id])).popitem()[1].is_held

    assert await release_hold(conn, change(case, "2040-3"))
    assert not await release_hold(conn, change(case, "2040-4"))
    assert list(await due(conn)) == [case.submission.case_id]
    assert await place_hold(conn, change(case, "2040-5"))


async def test_who_held_and_released_is_on_record(conn: Connection) -> None:
    case = await recorded(conn)
    await place_hold(conn, change(case, "2040-1"))
    await release_hold(conn, change(case, "2040-2"))

    [row] = await conn.fetch(
        "SELECT decision, placed_at, placed_by, release_decision, released_at, released_by "
        "FROM retention_holds"
    )

    assert tuple(row) == ("2040-1", NOW, REVIEWER, "2040-2", NOW, REVIEWER)


async def test_what_is_not_there_can_not_be_held(conn: Connection) -> None:
    case = await recorded(conn)
    await erased_by_run(conn, case)

    assert await place_hold(conn, change(case, "2040-1")) is None
    unknown = change(case, "2040-1").model_copy(update={"case_id": str(uuid4())})
    assert await place_hold(conn, unknown) is None


async def erased_by_run(conn: Connection, case: Case) -> tuple[Event, ...]:
    tombstone = Tombstone(
        case_id=case.submission.case_id,
        closed_at=LONG_AGO,
        erased_at=NOW,
        retention_class="record_support",
        run=RUN,
    )
    async with conn.transaction():
        return await erase_case(conn, tombstone)


async def dump(conn: Connection) -> str:
    """Return every row of every table as text, as a dump of the database holds them."""
    tables = await conn.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    rows = [
        row
        for (table,) in tables
        for row in await conn.fetch(f"SELECT '{table}' || to_jsonb(t)::text FROM \"{table}\" AS t")  # noqa: S608 - names of tables
    ]
    return "\n".join(str(row[0]) for row in rows)


async def test_erasing_leaves_nothing_of_anybody(conn: Connection) -> None:
    case = await recorded(conn)
    staff = {event.actor.id for event in case.events if event.actor.kind == "staff"}
    marks = {CANARY, PATIENT.id, case.submission.submitted_by, SALT, "run-of-it", *staff}
    before = await dump(conn)
    assert all(mark in before for mark in marks)

    await erased_by_run(conn, case)

    left = await dump(conn)
    assert {mark for mark in marks if mark in left} == set()


async def test_tombstone_says_what_it_was_and_when_it_went(conn: Connection) -> None:
    case = await recorded(conn)
    await erased_by_run(conn, case)

    [row] = await conn.fetch(
        "SELECT service, state, rev, retention_class, retention_run::text, erased_at, outcome, "
        "unit, received_at, answers, patient FROM cases"
    )

    assert tuple(row) == (
        *("prescription_renewal", "closed", case.rev + 1, "record_support", RUN, NOW),
        *("approved", project(case).unit, case.submission.received_at, {}, None),
    )


async def test_facts_of_a_protected_person_stay_out_of_follow_up(conn: Connection) -> None:
    """The register learnt of it after the case, and can not be asked when the patient is gone."""
    case = await recorded(conn)
    await conn.execute(
        "INSERT INTO citizens (identity, name, protected, synthetic) VALUES ($1, 'N', true, true)",
        PATIENT.id,
    )
    await erased_by_run(conn, case)

    assert await conn.fetchval("SELECT protected FROM cases")


async def test_chain_outlives_erasing(conn: Connection) -> None:
    case = await recorded(conn)
    left = await erased_by_run(conn, case)

    read = await list_events(conn, case.submission.case_id)

    assert read == left
    assert is_unbroken(read)
    assert [event.hash for event in read] == [event.hash for event in case.events]


async def test_erasing_twice_changes_nothing_more(conn: Connection) -> None:
    case = await recorded(conn)
    first = await erased_by_run(conn, case)
    after = await dump(conn)

    assert await erased_by_run(conn, case) == first
    assert await dump(conn) == after


async def test_nobody_finds_an_erased_case(conn: Connection) -> None:
    case = await recorded(conn)
    case_id = case.submission.case_id
    await erased_by_run(conn, case)

    assert await find_case(conn, case_id) is None
    assert await find_replay(conn, case_id) is None
    assert await list_own(conn, PATIENT.id, None, None, 10) == []
    assert await due(conn) == {}
    assert await is_erased(conn, case_id)
    assert not await is_erased(conn, str(uuid4()))


async def test_erased_id_is_never_a_case_again(conn: Connection) -> None:
    """Neither a new start nor a workflow that came back with an old copy of Temporal."""
    case = await recorded(conn)
    await erased_by_run(conn, case)
    after = await dump(conn)

    assert not await claim_case(conn, case.submission, "run-of-it")
    ahead = project(case).model_copy(update={"rev": case.rev + 5})
    record = CaseRecord(
        case_id=case.submission.case_id,
        run_id="run-of-it",
        projection=ahead,
        events=case.events,
        notices=(),
    )
    assert await record_case(conn, record) == case.rev + 1
    assert await dump(conn) == after


async def test_notices_that_wait_are_dropped(conn: Connection) -> None:
    case = await recorded(conn)
    assert await conn.fetchval("SELECT count(*) FROM notices WHERE state = 'waiting'") > 0

    await erased_by_run(conn, case)

    assert await conn.fetchval("SELECT count(*) FROM notices WHERE state <> 'dropped'") == 0


async def test_every_table_that_names_a_case_is_erased_or_kept_with_a_reason(
    conn: Connection,
) -> None:
    named = {row["table_name"] for row in await conn.fetch(TABLES_OF_CASES)}

    overwritten = {"cases", "case_events", "notices"}
    removed = {"deliveries", "delivery_notices", "staff_tasks", "stopped_channels"}
    assert named == overwritten | removed | KEPT.keys()


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param("hash = 'x'", id="another hash"),
        pytest.param("at = now()", id="another time"),
        pytest.param('detail = \'{"text": "forged"}\'', id="another word"),
        pytest.param("detail = '{}', salt = '', action_id = NULL", id="no digest"),
        pytest.param("digest = 'x'", id="words left"),
    ],
)
async def test_only_an_erasure_may_change_an_event(conn: Connection, edit: str) -> None:
    await recorded(conn)

    await conn.execute("SELECT set_config('arende.erasing', 'run', false)")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await conn.execute(f"UPDATE case_events SET {edit}")  # noqa: S608 - from above


@pytest.mark.parametrize("table", ["erasure_proofs", "retention_run_cases", "retention_approvals"])
async def test_what_was_decided_is_never_changed(conn: Connection, table: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await conn.execute(f"TRUNCATE {table}")
