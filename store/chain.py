"""The tables of cases and events as `arende audit verify` reads them: all of them, one by one."""

from collections.abc import AsyncIterator
from typing import NamedTuple

import asyncpg

from domain.chain import ChainFault, ChainReader, Finding, Head, Proof
from store.pool import Connection

_CASES = """
SELECT cases.case_id, rev, events_count AS count, events_head AS hash,
       erasure_proofs.events AS proved, erasure_proofs.chain
FROM cases
LEFT JOIN erasure_proofs USING (case_id)
WHERE $1::uuid IS NULL OR cases.case_id = $1
ORDER BY cases.case_id
"""

_EVENTS = """
SELECT case_id, seq, at, kind, actor, action_id, detail, hash, salt, digest
FROM case_events
WHERE $1::uuid IS NULL OR case_id = $1
ORDER BY case_id, seq
"""

_FIND_KEPT = """
SELECT rev, ARRAY(
    SELECT hash FROM case_events WHERE case_events.case_id = cases.case_id ORDER BY seq
) AS hashes
FROM cases
WHERE case_id = $1
"""

# A case that staff have seen was there. The log outlives a case that somebody removed whole.
_LIST_SEEN_WITHOUT_CASE = """
SELECT DISTINCT seen.case_id::text AS case_id
FROM access_log, unnest(case_ids) AS seen (case_id)
WHERE seen.case_id IS NOT NULL
  AND ($1::uuid IS NULL OR access_log.case_ids @> ARRAY[$1::uuid] AND seen.case_id = $1)
  AND NOT EXISTS (SELECT FROM cases WHERE cases.case_id = seen.case_id)
"""

_PREFETCH = 2_000


class Checked(NamedTuple):
    """A case whose rows were read to the end: how they end, and the fault if there is one."""

    case_id: str
    head: Head
    finding: Finding | None


async def check_cases(conn: Connection, case_id: str | None = None) -> AsyncIterator[Checked]:
    """Yield every case with its fault, or one case, in order of id; memory stays bounded.

    The caller opens a read-only transaction at `repeatable_read`, so that cases and events are of
    one moment. Events of a case that is not there are yielded as a case of their own.
    """
    cases = _stream(conn, _CASES, case_id)
    events = _stream(conn, _EVENTS, case_id)
    case, event = await anext(cases, None), await anext(events, None)
    while case is not None or event is not None:
        here = min(row["case_id"] for row in (case, event) if row is not None)
        reader = ChainReader(str(here))
        while event is not None and event["case_id"] == here:
            reader.read(dict(event))
            event = await anext(events, None)
        if case is None or case["case_id"] != here:
            finding = Finding(case_id=str(here), fault=ChainFault.NO_CASE)
            yield Checked(str(here), reader.head, finding)
            continue
        told = Head(count=case["count"], hash=case["hash"])
        reader.end(told, _proof_in(case), is_recorded=case["rev"] > 0)
        yield Checked(str(here), reader.head, _finding(str(here), reader))
        case = await anext(cases, None)


class Kept(NamedTuple):
    """How far a case's row has come, and the hashes of its events in order."""

    rev: int
    hashes: tuple[str, ...]


async def find_kept(conn: Connection, case_id: str) -> Kept | None:
    """Return what is kept of a case, None when there is no row."""
    row = await conn.fetchrow(_FIND_KEPT, case_id)
    return Kept(row["rev"], tuple(row["hashes"])) if row else None


async def list_seen_without_case(conn: Connection, case_id: str | None = None) -> list[str]:
    """Return the cases that staff have seen, by the access log, and that have no row."""
    return [row["case_id"] for row in await conn.fetch(_LIST_SEEN_WITHOUT_CASE, case_id)]


async def _stream(
    conn: Connection, query: str, case_id: str | None
) -> AsyncIterator[asyncpg.Record]:
    async for row in conn.cursor(query, case_id, prefetch=_PREFETCH):
        yield row


def _proof_in(case: asyncpg.Record) -> Proof | None:
    if case["chain"] is None:
        return None
    return Proof(count=case["proved"], chain=case["chain"])


def _finding(case_id: str, reader: ChainReader) -> Finding | None:
    if reader.fault is None:
        return None
    return Finding(case_id=case_id, fault=reader.fault, seq=reader.at_seq)
