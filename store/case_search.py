"""The table of cases as a search reads it: one patient's cases at one unit."""

from domain.model import Model
from store.inboxes import InboxRow, inbox_row
from store.pool import Connection

_SEARCH_CASES = """
SELECT to_jsonb(cases) AS found, citizens.name AS patient_name,
       cases.protected OR coalesce(citizens.protected, false) AS protected
FROM cases
LEFT JOIN citizens ON citizens.identity = cases.patient
WHERE cases.patient = $1
  AND cases.unit = $2
  AND CASE
      WHEN cases.protected OR citizens.protected THEN cases.role = ANY ($5::text[])
      ELSE cases.role = ANY ($3::text[]) OR cases.preparer_role = ANY ($3::text[])
  END
ORDER BY cases.received_at DESC, cases.case_id
LIMIT $4
"""


class CaseSearch(Model):
    """Whose cases, at which unit and of which roles, and how many at most.

    A protected patient's are found by those of *protected_roles* alone.
    """

    patient: str
    unit: str
    roles: tuple[str, ...]
    protected_roles: tuple[str, ...] = ()
    limit: int


async def search_cases(conn: Connection, search: CaseSearch) -> list[InboxRow]:
    """Return the patient's cases at the unit in any state, newest first, without events."""
    rows = await conn.fetch(
        _SEARCH_CASES,
        search.patient,
        search.unit,
        list(search.roles),
        search.limit,
        list(search.protected_roles),
    )
    return [inbox_row(row) for row in rows]
