"""The table of named handlers: who may handle the cases of protected patients at a unit [L10]."""

from collections.abc import Collection
from datetime import date

from store.pool import Connection
from store.staff import StaffAccess

# A unit that has named nobody who works there leaves such cases to its manager.
_LIST_HANDLERS = """
WITH named AS (
    SELECT DISTINCT staff
    FROM entrusted_staff
    WHERE unit = upper($1) AND valid_from <= $3 AND (valid_to IS NULL OR valid_to >= $3)
)
SELECT handlers.staff
FROM (
    SELECT staff FROM named
    UNION
    SELECT rights.staff
    FROM rights
    WHERE rights.unit = upper($1)
      AND rights.role = $2
      AND rights.valid_from <= $3
      AND (rights.valid_to IS NULL OR rights.valid_to >= $3)
      AND NOT EXISTS (SELECT FROM named)
) AS handlers
WHERE NOT EXISTS (
    SELECT
    FROM close_to_staff
    WHERE close_to_staff.staff = handlers.staff AND close_to_staff.person = $4
)
ORDER BY handlers.staff
"""

_LIST_NAMED = """
SELECT DISTINCT staff
FROM entrusted_staff
WHERE valid_from <= $1 AND (valid_to IS NULL OR valid_to >= $1)
"""


async def list_handlers(
    conn: Connection, unit: str, manager_role: str, on: date, *, patient: str | None = None
) -> tuple[str, ...]:
    """Return the HSA-ids of who handles protected patients' cases at *unit* on that day, sorted.

    Those whom the unit has named and who work there; its managers, who hold *manager_role*, while
    there are none. Empty when it has no manager either. With a *patient*: only those who may
    handle that person's case.
    """
    rows = await conn.fetch(_LIST_HANDLERS, unit, manager_role, on, patient)
    return tuple(row["staff"] for row in rows)


async def is_handler(conn: Connection, access: StaffAccess, manager_role: str, on: date) -> bool:
    """Whether this person handles protected patients' cases at the unit of their commission.

    Only in a commission for care.
    """
    if access.unit is None or access.purpose != "care":
        return False
    return access.hsa_id in await list_handlers(conn, access.unit, manager_role, on)


async def list_named(conn: Connection, on: date) -> Collection[str]:
    """Return the HSA-ids of everybody whom any unit has named."""
    return frozenset(row["staff"] for row in await conn.fetch(_LIST_NAMED, on))
