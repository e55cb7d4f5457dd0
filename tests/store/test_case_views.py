"""What readers find of cases: one case, a citizen's own, an inbox and its counts."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from asyncpg.pool import PoolConnectionProxy

from domain.admission import Undeliverable
from domain.case import Case
from domain.messages import Transfer
from domain.projection import CaseRecord, Snapshot, project
from domain.submission import CaseId
from domain.vocabulary import CaseState
from store.case_views import Replay, find_case, find_replay, list_own
from store.cases import claim_case, record_case
from store.inboxes import InboxQuery, count_inbox, list_inbox
from tests.unit import case_samples as samples
from tests.unit.case_samples import MONDAY, admitted, after, in_state, when_it_is
from tests.unit.opening_samples import HOUR

Conn = PoolConnectionProxy
DAY = timedelta(days=1)
OPEN = ("queued", "assigned", "awaiting_patient", "undeliverable")


async def stored(conn: Conn, case: Case, **submitted: object) -> str:
    """Store the case under an id of its own; return the id."""
    case_id = CaseId(str(uuid4()))
    submission = case.submission.model_copy(update={"case_id": case_id, **submitted})
    await claim_case(conn, submission, "run-1")
    record = CaseRecord(
        case_id=case_id,
        run_id="run-1",
        projection=project(case),
        events=case.events,
        notices=(),
    )
    await record_case(conn, record)
    return case_id


def inbox(**asked: object) -> InboxQuery:
    known = {
        "unit": samples.UNIT,
        "roles": (samples.ROLE,),
        "reader": samples.ASSIGNEE.id,
        "limit": 20,
    }
    return InboxQuery.model_validate(known | asked)


async def listed(conn: Conn, query: InboxQuery) -> list[str]:
    return [str(row.snapshot.submission.case_id) for row in await list_inbox(conn, query)]


def ids(snapshots: list[Snapshot]) -> list[str]:
    return [str(snapshot.submission.case_id) for snapshot in snapshots]


async def test_unknown_case_is_not_found(conn: Conn) -> None:
    assert await find_case(conn, str(uuid4())) is None
    assert await find_replay(conn, str(uuid4())) is None


async def test_claimed_case_is_found_before_anything_is_recorded(conn: Conn) -> None:
    submission = samples.submission()
    await claim_case(conn, submission, "run-1")

    row = await find_case(conn, submission.case_id)

    assert row is not None
    assert (row.projection.state, row.projection.rev, row.events) == (CaseState.RECEIVED, 0, ())


async def test_replay_is_told_from_its_fingerprint_and_owners(conn: Conn) -> None:
    case_id = await stored(conn, in_state("queued"), fingerprint="f-1")

    assert await find_replay(conn, case_id) == Replay(
        fingerprint="f-1", patient=samples.PATIENT.id, submitted_by=samples.GUARDIAN.id
    )


async def test_citizen_finds_own_and_sent_cases_newest_first(conn: Conn) -> None:
    ours = [
        await stored(conn, in_state("closed"), received_at=MONDAY - day * DAY) for day in range(3)
    ]
    await stored(conn, in_state("queued"), patient="196001019998", submitted_by="196001019998")

    for person in (samples.PATIENT, samples.GUARDIAN):
        assert ids(await list_own(conn, person.id, None, None, 10)) == ours
    assert ids(await list_own(conn, samples.PATIENT.id, CaseState.QUEUED, None, 10)) == []


async def test_list_of_own_cases_goes_on_where_it_ended(conn: Conn) -> None:
    """Two of the same instant are told apart by their id, and none is lost or seen twice."""
    ours = {await stored(conn, in_state("queued"), received_at=MONDAY) for _ in range(5)}
    found: list[str] = []
    after_case: tuple[datetime, str] | None = None
    for _ in range(3):
        page = await list_own(conn, samples.PATIENT.id, None, after_case, 2)
        found += ids(page)
        after_case = (page[-1].submission.received_at, page[-1].submission.case_id)

    assert len(found) == 5
    assert set(found) == ours


async def test_inbox_shows_open_cases_of_the_unit_and_role_due_first(conn: Conn) -> None:
    late = await stored(conn, when_it_is(admitted(), MONDAY + 20 * DAY))
    paused = await stored(conn, in_state("awaiting_patient"))
    soon = await stored(conn, admitted(samples.admission(MONDAY + DAY), MONDAY + DAY))
    for state in ("resolved", "closed", "rejected"):
        await stored(conn, in_state(state))
    await stored(conn, after(admitted(), moved(samples.OTHER_UNIT), MONDAY))
    await stored(conn, after(admitted(), moved(samples.UNIT, "PV/other/role"), MONDAY))

    assert await listed(conn, inbox()) == [late, soon, paused]
    assert await listed(conn, inbox(unit=samples.FOREIGN_UNIT)) == []
    assert await listed(conn, inbox(roles=())) == []


async def test_inbox_of_preparers_has_what_is_queued_and_what_they_have_or_prepared(
    conn: Conn,
) -> None:
    taken = after(admitted(), samples.take(samples.PREPARER), MONDAY)
    handed = after(taken, samples.hand_over(), MONDAY)
    theirs = {
        await stored(conn, admitted()),
        await stored(conn, taken),
        await stored(conn, handed),
        await stored(conn, after(handed, samples.take(), MONDAY)),
    }
    taken_by_others = await stored(conn, in_state("assigned"))
    await stored(conn, after(admitted(), moved(samples.OTHER_UNIT), MONDAY))
    preparing = inbox(roles=(samples.PREPARER_ROLE,), reader=samples.PREPARER.id)

    assert set(await listed(conn, preparing)) == theirs
    assert set(await listed(conn, inbox())) == {*theirs, taken_by_others}
    counts = await count_inbox(conn, samples.UNIT, preparing.roles, samples.PREPARER.id)
    assert (counts["open"], counts["mine"]) == (4, 1)


def moved(unit: str, role: str = samples.ROLE) -> Transfer:
    return Transfer(
        action_id="x",
        actor=samples.COORDINATOR,
        reason="r",
        destination=samples.destination(samples.route(unit, role=role)),
    )


@pytest.mark.parametrize("state", OPEN)
async def test_inbox_can_be_narrowed_to_a_state(conn: Conn, state: str) -> None:
    stored_ids = {each: await stored(conn, in_state(each)) for each in OPEN}

    assert await listed(conn, inbox(state=state)) == [stored_ids[state]]


async def test_inbox_can_be_narrowed_to_ones_own_and_to_what_is_late(conn: Conn) -> None:
    mine = await stored(conn, in_state("assigned"))
    late = await stored(conn, when_it_is(admitted(), MONDAY + 20 * DAY))
    await stored(conn, in_state("queued"))

    assert await listed(conn, inbox(assigned_to=samples.ASSIGNEE.id)) == [mine]
    assert await listed(conn, inbox(overdue=True)) == [late]
    assert late not in await listed(conn, inbox(overdue=False))


async def test_inbox_goes_on_where_it_ended_also_among_cases_without_a_due_time(
    conn: Conn,
) -> None:
    everything = {await stored(conn, in_state("awaiting_patient")) for _ in range(3)}
    everything |= {await stored(conn, in_state("queued")) for _ in range(2)}
    found: list[str] = []
    query = inbox(limit=2)
    for _ in range(3):
        page = await list_inbox(conn, query)
        found += [str(row.snapshot.submission.case_id) for row in page]
        last = page[-1].snapshot
        cursor = {"after_due": last.projection.due_at, "after_case": last.submission.case_id}
        query = query.model_copy(update=cursor)

    assert len(found) == 5
    assert set(found) == everything


async def test_inbox_names_the_patient_as_the_register_does(conn: Conn) -> None:
    await stored(conn, in_state("queued"))
    unknown = (await list_inbox(conn, inbox()))[0].patient_name
    await conn.execute(
        "INSERT INTO citizens (identity, name, protected, synthetic) VALUES ($1, $2, false, true)",
        samples.PATIENT.id,
        "Henrik Gullstrand",
    )

    known = (await list_inbox(conn, inbox()))[0].patient_name

    assert (unknown, known) == (None, "Henrik Gullstrand")


async def test_counts_say_what_presses(conn: Conn) -> None:
    for state in OPEN:
        await stored(conn, in_state(state))
    await stored(conn, in_state("closed"))
    await stored(conn, when_it_is(admitted(), MONDAY + 20 * DAY))
    await stored(conn, after(admitted(), samples.urgent(), MONDAY + HOUR))
    known = samples.admission(undeliverable=Undeliverable.NO_LISTING)
    await stored(conn, admitted(known))

    counts = await count_inbox(conn, samples.UNIT, (samples.ROLE,), samples.ASSIGNEE.id)

    assert counts == {
        "open": 6,
        "queued": 3,
        "assigned": 1,
        "awaiting_patient": 1,
        "undeliverable": 1,
        "mine": 2,
        "overdue": 1,
        "urgent": 1,
    }
