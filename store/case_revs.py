"""The table of cases as the reconciler reads it: which cases there are, and at which rev."""

from collections.abc import Collection

import asyncpg

from domain.model import Model
from domain.vocabulary import CaseState
from store.pool import Connection

_LIST_REVS = """
SELECT case_id::text AS case_id, state, rev
FROM cases
WHERE state NOT IN ('closed', 'rejected')
  AND ($1::uuid IS NULL OR case_id > $1)
ORDER BY case_id
LIMIT $2
"""

_LIST_UNDELIVERABLE = """
SELECT case_id::text AS case_id
FROM cases
WHERE state = 'undeliverable'
ORDER BY received_at, case_id
"""

_FIND_REV = "SELECT case_id::text AS case_id, state, rev FROM cases WHERE case_id = $1"

_FIND_UNRECORDED = """
SELECT wanted.case_id::text
FROM unnest($1::uuid[]) AS wanted (case_id)
WHERE NOT EXISTS (SELECT FROM cases WHERE cases.case_id = wanted.case_id)
"""


class CaseRev(Model):
    """How far the row of a case has come."""

    case_id: str
    state: CaseState
    rev: int


async def list_revs(conn: Connection, after: str | None, limit: int) -> list[CaseRev]:
    """Return up to *limit* cases whose workflow should run, by id, from the cursor *after* on."""
    rows = await conn.fetch(_LIST_REVS, after, limit)
    return [CaseRev.model_validate(dict(row)) for row in rows]


async def list_undeliverable(conn: Connection | asyncpg.Pool) -> list[str]:
    """Return the ids of all cases that have nowhere to go, those that have waited longest first."""
    return [row["case_id"] for row in await conn.fetch(_LIST_UNDELIVERABLE)]


async def find_rev(conn: Connection, case_id: str) -> CaseRev | None:
    """Return how far one case's row has come, None when there is no row."""
    row = await conn.fetchrow(_FIND_REV, case_id)
    return CaseRev.model_validate(dict(row)) if row else None


async def find_unrecorded(conn: Connection, case_ids: Collection[str]) -> list[str]:
    """Return those of *case_ids* that have no row."""
    return [row["case_id"] for row in await conn.fetch(_FIND_UNRECORDED, list(case_ids))]
