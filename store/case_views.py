"""The tables of cases and events as readers get them: one case, a citizen's cases, an inbox."""

from datetime import datetime
from typing import Any

import asyncpg
from pydantic import Field

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

# The rows are picked before they are written out: else each case of the unit would be, not a page.
_LIST_INBOX = """
WITH page AS MATERIALIZED (
    SELECT case_id
    FROM cases
    WHERE unit = $1
      AND CASE
          WHEN cases.protected OR EXISTS (
              SELECT FROM citizens WHERE identity = cases.patient AND citizens.protected
          ) THEN role = ANY ($11::text[])
          ELSE
              role = ANY ($2::text[])
              OR preparer_role = ANY ($2::text[])
              AND (state = 'queued' OR assigned_to = $10 OR prepared_by = $10)
      END
      AND state IN ('received', 'queued', 'assigned', 'awaiting_patient', 'undeliverable')
      AND ($3::text IS NULL OR state = $3)
      AND ($4::text IS NULL OR assigned_to = $4)
      AND ($5::boolean IS NULL OR overdue = $5)
      AND patient <> ALL ($9::text[])
      AND (
          $7::uuid IS NULL
          OR (coalesce(due_at, 'infinity'), case_id) > (coalesce($6::timestamptz, 'infinity'), $7)
      )
    ORDER BY coalesce(due_at, 'infinity'), case_id
    LIMIT $8
)
SELECT to_jsonb(cases) AS found, citizens.name AS patient_name,
       cases.protected OR coalesce(citizens.protected, false) AS protected
FROM page
JOIN cases USING (case_id)
LEFT JOIN citizens ON citizens.identity = cases.patient
ORDER BY coalesce(cases.due_at, 'infinity'), cases.case_id
"""

_COUNT_INBOX = """
SELECT count(*) AS open,
       count(*) FILTER (WHERE state = 'queued') AS queued,
       count(*) FILTER (WHERE state = 'assigned') AS assigned,
       count(*) FILTER (WHERE state = 'awaiting_patient') AS awaiting_patient,
       count(*) FILTER (WHERE state = 'undeliverable') AS undeliverable,
       count(*) FILTER (WHERE assigned_to = $3) AS mine,
       count(*) FILTER (WHERE overdue) AS overdue,
       count(*) FILTER (WHERE urgency = 'urgent') AS urgent
FROM cases
WHERE unit = $1
  AND CASE
      WHEN cases.protected OR EXISTS (
          SELECT FROM citizens WHERE identity = cases.patient AND citizens.protected
      ) THEN role = ANY ($5::text[])
      ELSE
          role = ANY ($2::text[])
          OR preparer_role = ANY ($2::text[])
          AND (state = 'queued' OR assigned_to = $3 OR prepared_by = $3)
  END
  AND state IN ('received', 'queued', 'assigned', 'awaiting_patient', 'undeliverable')
  AND patient <> ALL ($4::text[])
"""

_COUNT_UNDELIVERABLE = """
SELECT count(*) AS open,
       0 AS queued,
       0 AS assigned,
       0 AS awaiting_patient,
       count(*) AS undeliverable,
       0 AS mine,
       count(*) FILTER (WHERE overdue) AS overdue,
       count(*) FILTER (WHERE urgency = 'urgent') AS urgent
FROM cases
WHERE state = 'undeliverable'
"""


class Replay(Model):
    """What tells a replayed submission from a reused key."""

    fingerprint: str
    patient: str
    submitted_by: str


class InboxRow(Model):
    """One line of an inbox. The name is the register's, None when it knows no such person.

    *protected*: the patient has protected identity now, and the line must not say who it is.
    """

    snapshot: Snapshot
    patient_name: str | None
    protected: bool


class InboxQuery(Model):
    """Whose inbox and which part of it; `after_due` and `after_case` are the cursor.

    Cases of *close_to*, the reader and their nearest, are left out. Of those that one of the roles
    only prepares, it has the queued ones and what *reader* has or had. Of protected patients' cases
    those of *protected_roles*, which are the reader's only if they handle such cases.
    """

    unit: str
    roles: tuple[str, ...]
    reader: str
    protected_roles: tuple[str, ...] = ()
    state: CaseState | None = None
    assigned_to: str | None = None
    overdue: bool | None = None
    close_to: tuple[str, ...] = Field(default=(), repr=False)
    after_due: datetime | None = None
    after_case: str | None = None
    limit: int


async def find_case(conn: Connection, case_id: str) -> Snapshot | None:
    """Return the whole case with its events, or None when there is no row or it was erased."""
    row = await conn.fetchrow(_FIND_CASE, case_id)
    return _snapshot(row["found"], row["events"]) if row else None


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
    return [_snapshot(row["found"], []) for row in rows]


async def list_inbox(conn: Connection, query: InboxQuery) -> list[InboxRow]:
    """Return the open cases of a unit's roles, due first, without events, from a cursor on."""
    rows = await conn.fetch(
        _LIST_INBOX,
        query.unit,
        list(query.roles),
        query.state,
        query.assigned_to,
        query.overdue,
        query.after_due,
        query.after_case,
        query.limit,
        list(query.close_to),
        query.reader,
        list(query.protected_roles),
    )
    return [inbox_row(row) for row in rows]


async def count_inbox(
    conn: Connection,
    unit: str,
    roles: tuple[str, ...],
    hsa_id: str,
    close_to: tuple[str, ...] = (),
    *,
    protected_roles: tuple[str, ...] = (),
) -> dict[str, int]:
    """Return how many open cases the unit's roles have, by state and by what presses.

    As in the inbox, cases of *close_to* are left out, and protected ones but of *protected_roles*.
    """
    lists = list(roles), hsa_id, list(close_to), list(protected_roles)
    row = await conn.fetchrow(_COUNT_INBOX, unit, *lists)
    return dict(row) if row else {}


async def count_undeliverable(conn: Connection) -> dict[str, int]:
    """Return how many cases have nowhere to go in the whole region, as `count_inbox` does."""
    row = await conn.fetchrow(_COUNT_UNDELIVERABLE)
    return dict(row) if row else {}


def inbox_row(row: asyncpg.Record) -> InboxRow:
    """Return the line of a row with `found` (the case as JSON), `patient_name` and `protected`."""
    return InboxRow(
        snapshot=_snapshot(row["found"], []),
        patient_name=row["patient_name"],
        protected=row["protected"],
    )


def _snapshot(found: dict[str, Any], events: list[dict[str, Any]]) -> Snapshot:
    return Snapshot.model_validate(
        {
            "submission": Submission.model_validate(found),
            "projection": Projection.model_validate(found),
            "events": events,
        }
    )
