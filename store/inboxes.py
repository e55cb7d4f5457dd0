"""Inboxes: what waits for the roles somebody holds at a unit, and how much of it there is."""

from datetime import datetime

import asyncpg
from pydantic import Field

from domain.model import Model
from domain.projection import Snapshot
from domain.vocabulary import CaseState
from store.case_views import snapshot_in
from store.pool import Connection

# $1 the unit, $2 its roles, $3 the reader, $4 those close to them, $5 the roles that may see the
# cases of protected patients.
_THEIRS = """
unit = $1
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

# The rows are picked before they are written out: else each case of the unit would be, not a page.
LIST_INBOX = f"""
WITH page AS MATERIALIZED (
    SELECT case_id
    FROM cases
    WHERE {_THEIRS}
      AND ($6::text IS NULL OR state = $6)
      AND ($7::text IS NULL OR assigned_to = $7)
      AND ($8::boolean IS NULL OR overdue = $8)
      AND (
          $10::uuid IS NULL
          OR (coalesce(due_at, 'infinity'), case_id)
             > (coalesce($9::timestamptz, 'infinity'), $10)
      )
    ORDER BY coalesce(due_at, 'infinity'), case_id
    LIMIT $11
)
SELECT to_jsonb(cases) AS found, citizens.name AS patient_name,
       cases.protected OR coalesce(citizens.protected, false) AS protected
FROM page
JOIN cases USING (case_id)
LEFT JOIN citizens ON citizens.identity = cases.patient
ORDER BY coalesce(cases.due_at, 'infinity'), cases.case_id
"""  # noqa: S608 - of constants

COUNT_INBOX = f"""
SELECT count(*) AS open,
       count(*) FILTER (WHERE state = 'queued') AS queued,
       count(*) FILTER (WHERE state = 'assigned') AS assigned,
       count(*) FILTER (WHERE state = 'awaiting_patient') AS awaiting_patient,
       count(*) FILTER (WHERE state = 'undeliverable') AS undeliverable,
       count(*) FILTER (WHERE assigned_to = $3) AS mine,
       count(*) FILTER (WHERE overdue) AS overdue,
       count(*) FILTER (WHERE urgency = 'urgent') AS urgent
FROM cases
WHERE {_THEIRS}
"""  # noqa: S608 - of constants

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


async def list_inbox(conn: Connection, query: InboxQuery) -> list[InboxRow]:
    """Return the open cases of a unit's roles, due first, without events, from a cursor on."""
    rows = await conn.fetch(
        LIST_INBOX,
        query.unit,
        list(query.roles),
        query.reader,
        list(query.close_to),
        list(query.protected_roles),
        query.state,
        query.assigned_to,
        query.overdue,
        query.after_due,
        query.after_case,
        query.limit,
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
    row = await conn.fetchrow(COUNT_INBOX, unit, *lists)
    return dict(row) if row else {}


async def count_undeliverable(conn: Connection) -> dict[str, int]:
    """Return how many cases have nowhere to go in the whole region, as `count_inbox` does."""
    row = await conn.fetchrow(_COUNT_UNDELIVERABLE)
    return dict(row) if row else {}


def inbox_row(row: asyncpg.Record) -> InboxRow:
    """Return the line of a row with `found` (the case as JSON), `patient_name` and `protected`."""
    return InboxRow(
        snapshot=snapshot_in(row["found"], []),
        patient_name=row["patient_name"],
        protected=row["protected"],
    )
