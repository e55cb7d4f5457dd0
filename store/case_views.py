"""The tables of cases and events as readers get them: one case, or a citizen's."""

from datetime import datetime
from typing import Any

from domain.model import Model
from domain.projection import Projection, Snapshot
from domain.submission import Submission
from domain.vocabulary import CaseState
from store.pool import Connection

_FIND_CASE = """
SELECT to_jsonb(cases) AS found,
       coalesce(
           (
               SELECT jsonb_agg(to_jsonb(case_events) ORDER BY case_events.seq)
               FROM case_events
               WHERE case_events.case_id = cases.case_id
           ),
           '[]'
       ) AS events
FROM cases
WHERE case_id = $1 AND erased_at IS NULL
"""

_FIND_OUTLINE = """
SELECT to_jsonb(cases) AS found FROM cases WHERE case_id = $1 AND erased_at IS NULL
"""

_LIST_EVENTS = """
SELECT coalesce(jsonb_agg(to_jsonb(case_events) ORDER BY case_events.seq), '[]')
FROM case_events
WHERE case_id = $1
"""

_HAS_TRANSFERRED = """
SELECT EXISTS (
    SELECT FROM case_events
    WHERE case_id = $1 AND kind = 'transferred' AND actor ->> 'id' = $2 AND action_id = $3
)
"""

_FIND_REPLAY = """
SELECT fingerprint, patient, submitted_by FROM cases WHERE case_id = $1 AND erased_at IS NULL
"""

_IS_ERASED = "SELECT EXISTS (SELECT FROM cases WHERE case_id = $1 AND erased_at IS NOT NULL)"

_LIST_OWN = """
SELECT to_jsonb(cases) AS found
FROM cases
WHERE (patient = $1 OR submitted_by = $1)
  AND ($2::text IS NULL OR state = $2)
  AND ($3::timestamptz IS NULL OR (received_at, case_id) < ($3, $4::uuid))
ORDER BY received_at DESC, case_id DESC
LIMIT $5
"""


class Replay(Model):
    """What tells a replayed submission from a reused key."""

    fingerprint: str
    patient: str
    submitted_by: str


async def find_case(conn: Connection, case_id: str) -> Snapshot | None:
    """Return the whole case with its events, or None when there is no row or it was erased."""
    row = await conn.fetchrow(_FIND_CASE, case_id)
    return snapshot_in(row["found"], row["events"]) if row else None


async def find_outline(conn: Connection, case_id: str) -> Snapshot | None:
    """Return the case without its events, or None as `find_case` does.

    To judge by whether a reader may see it: the longest of cases costs no more than the shortest,
    so the time of a refusal says nothing of what it refuses.
    """
    row = await conn.fetchrow(_FIND_OUTLINE, case_id)
    return snapshot_in(row["found"], []) if row else None


async def with_events(conn: Connection, outline: Snapshot) -> Snapshot:
    """Return a case of `find_outline` with its events."""
    events = await conn.fetchval(_LIST_EVENTS, outline.submission.case_id)
    return Snapshot.model_validate({**dict(outline), "events": events})


async def has_transferred(conn: Connection, case_id: str, hsa_id: str, action_id: str) -> bool:
    """Whether this person moved the case by this message."""
    moved: bool = await conn.fetchval(_HAS_TRANSFERRED, case_id, hsa_id, action_id)
    return moved


async def is_erased(conn: Connection, case_id: str) -> bool:
    """Whether there was a case by this id whose content was erased; the id is not used again."""
    gone: bool = await conn.fetchval(_IS_ERASED, case_id)
    return gone


async def find_replay(conn: Connection, case_id: str) -> Replay | None:
    """Return what a retry of this submission is compared with, or None when there is no row."""
    row = await conn.fetchrow(_FIND_REPLAY, case_id)
    return Replay.model_validate(dict(row)) if row else None


async def list_own(
    conn: Connection,
    identity: str,
    state: CaseState | None,
    after: tuple[datetime, str] | None,
    limit: int,
) -> list[Snapshot]:
    """Return a citizen's own and sent cases, newest first, without events, from a cursor on."""
    received_at, case_id = after or (None, None)
    rows = await conn.fetch(_LIST_OWN, identity, state, received_at, case_id, limit)
    return [snapshot_in(row["found"], []) for row in rows]


def snapshot_in(found: dict[str, Any], events: list[dict[str, Any]]) -> Snapshot:
    """Return the case of a row as JSON, with *events* as they stand in theirs."""
    return Snapshot.model_validate(
        {
            "submission": Submission.model_validate(found),
            "projection": Projection.model_validate(found),
            "events": events,
        }
    )
