"""The table of tasks for staff: opened when something beside a case needs a person, done once."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from pydantic import AwareDatetime, Field

from domain.model import Model
from store.pool import Connection

_OPEN_TASK = """
INSERT INTO staff_tasks (id, kind, case_id, unit, person, opened_at)
VALUES (gen_random_uuid(), $1, $2, $3, $4, $5)
ON CONFLICT (kind, case_id, person) WHERE done_at IS NULL DO NOTHING
"""

# The unit of the person's own work; of several that of the news, else where they came last.
_FIND_UNIT_OF_STAFF = """
SELECT coalesce(
    (
        SELECT commissions.unit
        FROM commissions
        WHERE commissions.staff = $1 AND commissions.unit IS NOT NULL
        ORDER BY commissions.unit = news.unit DESC NULLS LAST, commissions.valid_from DESC
        LIMIT 1
    ),
    news.unit
)
FROM (
    SELECT (
        SELECT cases.unit
        FROM delivery_notices
        JOIN notices ON notices.key = delivery_notices.notice
        JOIN cases ON cases.case_id = notices.case_id
        WHERE delivery_notices.delivery = $2
        ORDER BY notices.at
        LIMIT 1
    ) AS unit
) AS news
"""

# A case's task is for whoever may act on the case as it lies now, that of a protected patient for
# those who handle such cases, and never for the patient's nearest. Another one is for those who
# lead the unit, and one without a unit for those who watch the region.
_LIST_TASKS = """
SELECT staff_tasks.id::text AS task_id, staff_tasks.kind, cases.case_id::text AS case_id,
       cases.patient, staff_tasks.person, staff_tasks.opened_at, staff_tasks.done_at
FROM staff_tasks
LEFT JOIN cases ON cases.case_id = staff_tasks.case_id
WHERE CASE
          WHEN staff_tasks.case_id IS NOT NULL
          THEN cases.unit = $1
              AND cases.patient <> ALL ($10::text[])
              AND CASE
                  WHEN EXISTS (
                      SELECT FROM protected_cases
                      WHERE protected_cases.case_id = cases.case_id
                  ) THEN cases.role = ANY ($9::text[])
                  ELSE cases.role = ANY ($2::text[])
              END
          WHEN staff_tasks.unit IS NOT NULL THEN staff_tasks.unit = $1 AND $3
          ELSE $4
      END
  AND CASE
          WHEN $5::uuid IS NULL THEN staff_tasks.done_at IS NULL
          ELSE staff_tasks.id = $5
      END
  AND (
      $6::timestamptz IS NULL
      OR (staff_tasks.opened_at, staff_tasks.id) > ($6, $7::uuid)
  )
ORDER BY staff_tasks.opened_at, staff_tasks.id
LIMIT $8
"""

_HAS_LOST_CONTACT = """
SELECT EXISTS (
    SELECT
    FROM staff_tasks
    WHERE case_id = $1 AND kind = 'contact_lost' AND done_at IS NULL
)
"""

_END_TASK = """
UPDATE staff_tasks
SET done_at = $2, done_by = $3
WHERE id = $1 AND done_at IS NULL
"""


_END_LOST_CONTACTS = """
WITH ended AS (
    UPDATE staff_tasks
    SET done_at = $2
    WHERE kind = 'contact_lost' AND done_at IS NULL
      AND (person = ANY ($1::text[]) OR case_id::text = ANY ($1::text[]))
    RETURNING id
)
SELECT count(*) FROM ended
"""


class TaskKind(StrEnum):
    """What is to be done. `contact_lost`: nothing reaches a person any more; find another way."""

    CONTACT_LOST = "contact_lost"


class StaffTask(Model):
    """One thing to do, about a case or about a member of staff (`person`, an HSA-id)."""

    task_id: str
    kind: TaskKind
    case_id: str | None
    patient: str | None
    person: str | None
    opened_at: AwareDatetime
    done_at: AwareDatetime | None


class TaskReader(Model):
    """Whose tasks: those of the unit's cases of `roles`, and more for those who lead or watch.

    Of protected patients' cases those of `protected_roles`, which are the reader's only if they
    handle such cases. Cases of `close_to`, the reader and their nearest, are left out.
    """

    unit: str | None
    roles: tuple[str, ...]
    leads_unit: bool
    watches_region: bool
    protected_roles: tuple[str, ...] = ()
    close_to: tuple[str, ...] = Field(default=(), repr=False)


async def open_task(
    conn: Connection,
    kind: TaskKind,
    at: datetime,
    *,
    case_id: str | None = None,
    unit: str | None = None,
    person: str | None = None,
) -> None:
    """Open a task about a case, or about a member of staff at a unit.

    Safe to repeat: one that is open already is left as it is.
    """
    await conn.execute(_OPEN_TASK, kind, case_id, unit, person, at)


async def find_unit_of_staff(conn: Connection, hsa_id: str, delivery: str) -> str | None:
    """Return the unit that answers for a member of staff whom *delivery* did not reach.

    None if neither they nor the news belong to one.
    """
    unit: str | None = await conn.fetchval(_FIND_UNIT_OF_STAFF, hsa_id, delivery)
    return unit


async def list_tasks(
    conn: Connection, reader: TaskReader, after: tuple[datetime, str] | None, limit: int
) -> list[StaffTask]:
    """Return the reader's open tasks, oldest first, from a cursor on."""
    return await _list(conn, reader, None, after, limit)


async def find_task(conn: Connection, reader: TaskReader, task_id: str) -> StaffTask | None:
    """Return a task of the reader's, done or not; None for another's as for none."""
    found = await _list(conn, reader, task_id, None, 1)
    return found[0] if found else None


async def _list(
    conn: Connection,
    reader: TaskReader,
    task_id: str | None,
    after: tuple[datetime, str] | None,
    limit: int,
) -> list[StaffTask]:
    opened_at, last = after or (None, None)
    rows = await conn.fetch(
        _LIST_TASKS,
        reader.unit,
        list(reader.roles),
        reader.leads_unit,
        reader.watches_region,
        task_id,
        opened_at,
        last,
        limit,
        list(reader.protected_roles),
        list(reader.close_to),
    )
    return [StaffTask.model_validate(dict(row)) for row in rows]


async def has_lost_contact(conn: Connection, case_id: str) -> bool:
    """Whether what is sent to the case's citizen comes back, and nobody has phoned yet."""
    is_lost: bool = await conn.fetchval(_HAS_LOST_CONTACT, case_id)
    return is_lost


async def end_task(conn: Connection, task_id: str, at: datetime, by: str) -> None:
    """Mark a task as done by a member of staff; safe to repeat, the first mark stays."""
    await conn.execute(_END_TASK, task_id, at, by)


async def end_lost_contacts(conn: Connection, people: Collection[str], at: datetime) -> int:
    """Mark the tasks about channels to *people* as done by nobody of the staff; return how many.

    *people* are HSA-ids, and case ids for their citizens.
    """
    count: int = await conn.fetchval(_END_LOST_CONTACTS, sorted(people), at)
    return count
