"""Whatever is done to the events of a case behind its back is found [L2]."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from itertools import combinations
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from commands.auditing.verify import verify_rows
from domain.access import AccessAction
from domain.case import Case
from domain.chain import ChainFault, salt_of
from domain.events import Event, chained
from domain.projection import CaseRecord, project
from domain.submission import CaseId
from store.access_log import AccessEntry, insert_entries
from store.cases import claim_case, record_case
from store.chain import check_cases
from store.pool import Connection
from tests.unit import case_samples as samples
from tests.unit.case_samples import MONDAY, after, in_state
from tests.unit.opening_samples import HOUR

STATES = ("queued", "assigned", "awaiting_patient", "resolved", "closed", "undeliverable")
CASES_A_STATE = 5
RUN = "run-1"

# As a person with every right would: past the triggers and the references between tables.
_UNGUARDED = "SET LOCAL session_replication_role = replica"

EDITS = {
    "at": "at = at + interval '1 microsecond'",
    "kind": "kind = CASE kind WHEN 'noted' THEN 'replied' ELSE 'noted' END",
    "kind of no event": "kind = 'forged'",
    "actor": """actor = jsonb_set(actor, '{id}', '"forged"')""",
    "actor's commission": """actor = jsonb_set(actor, '{commission}', '"forged"')""",
    "actor with more to it": """actor = actor || '{"more": "x"}'""",
    "action_id": "action_id = coalesce(action_id, '') || 'x'",
    "detail": """detail = detail || '{"text": "forged"}'""",
    "detail that is no text": """detail = detail || '{"text": null}'""",
    "hash": "hash = encode(sha256(convert_to(hash, 'UTF8')), 'hex')",
    "salt": "salt = salt || 'x'",
    "digest": "digest = repeat('0', 64)",
    "erased by hand": (
        "digest = repeat('0', 64), salt = '', detail = '{}', action_id = NULL,"
        " actor = jsonb_build_object("
        "    'kind', actor -> 'kind', 'id', '', 'commission', NULL, 'unit', NULL)"
    ),
    "seq": "seq = seq + 1000",
    "case_id": "case_id = gen_random_uuid()",
}
_DELETE = "DELETE FROM case_events WHERE case_id = $1 AND seq = $2"
_CUT = "DELETE FROM case_events WHERE case_id = $1 AND seq >= $2"
_SWAP = """
UPDATE case_events
SET at = other.at, kind = other.kind, actor = other.actor, action_id = other.action_id,
    detail = other.detail, hash = other.hash, salt = other.salt
FROM case_events AS other
WHERE case_events.case_id = $1 AND other.case_id = $1
  AND (case_events.seq, other.seq) IN (($2, $3), ($3, $2))
"""
_EXCHANGE = """
UPDATE case_events SET case_id = '{between}' WHERE case_id = '{one}';
UPDATE case_events SET case_id = '{one}' WHERE case_id = '{other}';
UPDATE case_events SET case_id = '{other}' WHERE case_id = '{between}';
UPDATE cases SET events_count = other.events_count, events_head = other.events_head
FROM cases AS other
WHERE (cases.case_id, other.case_id) IN (('{one}', '{other}'), ('{other}', '{one}'));
"""
_RENAME = "UPDATE case_events SET case_id = $2 WHERE case_id = $1"
_REPEAT_LAST = """
INSERT INTO case_events (case_id, seq, at, kind, actor, action_id, detail, hash, salt)
SELECT case_id, seq + 1, at, kind, actor, action_id, detail, hash, salt
FROM case_events WHERE case_id = $1 ORDER BY seq DESC LIMIT 1
"""

Mutation = Callable[[], Awaitable[Any]]


@pytest.fixture
async def town(conn: Connection) -> dict[str, int]:
    """Thirty cases in every state, as their workflows record them; ids with numbers of events."""
    return {
        recorded.submission.case_id: len(recorded.events)
        for state in STATES
        for number in range(CASES_A_STATE)
        for recorded in [await record(conn, grown(in_state(state), number))]
    }


def grown(case: Case, further: int) -> Case:
    """Return the case with that many notes more, where its state takes one."""
    for number in range(further if case.is_open else 0):
        note = samples.urgent() if case.assigned_to else samples.take()
        case = after(case, note, MONDAY + (2 + number) * HOUR)
    case_id = CaseId(str(uuid4()))
    submission = case.submission.model_copy(update={"case_id": case_id})
    case = case.model_copy(update={"submission": submission})
    salts = {1: salt_of(case_id, "f" * 32), 3: "f" * 32}  # of this release and of those before
    return salted(case, salts[further]) if further in salts else case


def salted(case: Case, salt: str) -> Case:
    """Return the case as it is when it was started with *salt*."""
    events: list[Event] = []
    for event in case.events:
        before = events[-1].hash if events else ""
        events.append(chained(event.model_copy(update={"salt": salt}), before))
    return case.model_copy(update={"events": tuple(events)})


async def record(conn: Connection, case: Case) -> Case:
    submission = case.submission
    assert await claim_case(conn, submission, RUN)
    told = CaseRecord(
        case_id=submission.case_id,
        run_id=RUN,
        projection=project(case),
        events=case.events,
        notices=(),
    )
    assert await record_case(conn, told) == case.rev
    return case


@asynccontextmanager
async def tampered(conn: Connection, mutate: Mutation) -> AsyncIterator[None]:
    """Do what no trigger lets happen, and undo it afterwards."""
    transaction = conn.transaction(isolation="repeatable_read")
    await transaction.start()
    try:
        await conn.execute(_UNGUARDED)
        await mutate()
        yield
    finally:
        await transaction.rollback()


async def faults(conn: Connection, case_id: str | None = None) -> set[str]:
    return {
        checked.finding.fault
        async for checked in check_cases(conn, case_id)
        if checked.finding is not None
    }


def mutations_of(conn: Connection, case_id: str, events: int) -> list[tuple[str, Mutation]]:
    """Return every edit, removal, exchange and cut of one place in a case, each with its name."""
    found: list[tuple[str, Mutation]] = []
    for seq in range(1, events + 1):
        found += [(name, partial(_edit, conn, edit, case_id, seq)) for name, edit in EDITS.items()]
        found.append(("delete", partial(conn.execute, _DELETE, case_id, seq)))
        found.append(("cut", partial(conn.execute, _CUT, case_id, seq)))
    for one, other in combinations(range(1, events + 1), 2):
        found.append(("swap", partial(conn.execute, _SWAP, case_id, one, other)))
    return [*found, ("repeat", partial(conn.execute, _REPEAT_LAST, case_id))]


async def _edit(conn: Connection, edit: str, case_id: str, seq: int) -> None:
    statement = f"UPDATE case_events SET {edit} WHERE case_id = $1 AND seq = $2"  # noqa: S608 - ours
    assert await conn.execute(statement, case_id, seq) == "UPDATE 1"


async def test_what_was_recorded_is_whole(conn: Connection, town: dict[str, int]) -> None:
    found = await verify_rows(conn, None)

    assert (found.cases, found.events, found.findings) == (len(town), sum(town.values()), ())


@pytest.mark.timeout(300)
async def test_every_single_change_is_found(conn: Connection, town: dict[str, int]) -> None:
    missed: list[str] = []
    tried = 0
    for case_id, events in town.items():
        for name, mutate in mutations_of(conn, case_id, events):
            tried += 1
            async with tampered(conn, mutate):
                missed += [] if await faults(conn, case_id) else [name]

    assert missed == []
    assert tried > 2_000


async def test_events_of_two_cases_exchanged_are_found(
    conn: Connection, town: dict[str, int]
) -> None:
    aside = str(uuid4())
    for one, other in combinations(list(town)[::4], 2):

        async def exchange(one: str = one, other: str = other) -> None:
            for names in ((one, aside), (other, one), (aside, other)):
                await conn.execute(_RENAME, *names)

        async with tampered(conn, exchange):
            assert await faults(conn)


async def test_end_cut_off_with_the_row_that_tells_of_it_is_not_seen_in_rows_alone(
    conn: Connection, town: dict[str, int]
) -> None:
    """What the workflow is asked for: rows that agree with each other cannot say it."""
    case_id, events = next(iter(town.items()))

    async def cut_and_mend() -> None:
        await conn.execute(_CUT, case_id, events)
        await conn.execute(
            "UPDATE cases SET events_count = $2, events_head ="
            " (SELECT hash FROM case_events WHERE case_id = $1 AND seq = $2) WHERE case_id = $1",
            case_id,
            events - 1,
        )

    async with tampered(conn, cut_and_mend):
        assert await faults(conn) == set()


async def test_events_taken_from_a_case_with_the_row_that_tells_of_them_are_missed(
    conn: Connection, town: dict[str, int]
) -> None:
    case_id = next(iter(town))

    async def empty() -> None:
        await conn.execute("DELETE FROM case_events WHERE case_id = $1", case_id)
        await conn.execute(
            "UPDATE cases SET events_count = 0, events_head = '' WHERE case_id = $1", case_id
        )

    async with tampered(conn, empty):
        assert await faults(conn) == {ChainFault.HEAD}


async def test_two_cases_that_exchanged_all_that_happened_to_them_are_found(
    conn: Connection, town: dict[str, int]
) -> None:
    """No hash is made anew for it; what gives it away is whose salt the events were made with."""
    rows = await conn.fetch(
        "SELECT DISTINCT case_id FROM case_events WHERE salt LIKE case_id || ':%' LIMIT 2"
    )
    one, other = (str(row["case_id"]) for row in rows)

    exchange = _EXCHANGE.format(one=one, other=other, between=uuid4())

    async with tampered(conn, lambda: conn.execute(exchange)):
        assert await faults(conn) == {ChainFault.CHANGED}


async def test_case_removed_whole_is_missed_by_whoever_has_seen_it(
    conn: Connection, town: dict[str, int]
) -> None:
    case_id = next(iter(town))
    await insert_entries(conn, [_sight_of(case_id)])
    async with conn.transaction():
        await conn.execute(_UNGUARDED)
        await conn.execute("DELETE FROM case_events WHERE case_id = $1", case_id)
        await conn.execute("DELETE FROM cases WHERE case_id = $1", case_id)

    found = (await verify_rows(conn, None)).findings

    assert [(one.case_id, one.fault) for one in found] == [(case_id, ChainFault.NO_ROW)]
    assert (await verify_rows(conn, case_id)).findings == found
    assert (await verify_rows(conn, list(town)[1])).findings == ()


async def test_events_without_their_case_are_found(conn: Connection, town: dict[str, int]) -> None:
    case_id = list(town)[3]

    async with tampered(
        conn, lambda: conn.execute("DELETE FROM cases WHERE case_id = $1", case_id)
    ):
        assert await faults(conn) == {ChainFault.NO_CASE}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE case_events SET kind = kind",
        "DELETE FROM case_events",
        "TRUNCATE case_events",
        "TRUNCATE cases CASCADE",
        "UPDATE case_events SET detail = '{}', action_id = NULL",
    ],
)
async def test_events_can_only_be_added(
    conn: Connection, town: dict[str, int], statement: str
) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
        await conn.execute(statement)


def _sight_of(case_id: str) -> AccessEntry:
    return AccessEntry(
        staff="SE0000000001-D1",
        commission="SE0000000001-C1",
        unit=None,
        provider="SE0000000001-P",
        action=AccessAction.READ_CASE,
        seen=(("197005109819", case_id),),
    )
