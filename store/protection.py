"""The tables of cases and citizens together: which cases and the register differ on protection."""

from pydantic import Field

from domain.model import Model
from domain.vocabulary import CaseState
from store.pool import Connection

# What is over has no workflow that could hear of it: only the beginning of a protection concerns
# it, since it stays as protected as it once was.
_LIST_DIFFERING = """
SELECT cases.case_id::text AS case_id, cases.patient, cases.state, cases.unit, citizens.protected
FROM cases
JOIN citizens ON citizens.identity = cases.patient
WHERE cases.protected <> citizens.protected
  AND (citizens.protected OR cases.state NOT IN ('closed', 'rejected'))
  AND ($1::uuid IS NULL OR cases.case_id > $1)
ORDER BY cases.case_id
LIMIT $2
"""

_PROTECT_ENDED = """
UPDATE cases
SET protected = true
WHERE case_id = $1 AND state IN ('closed', 'rejected') AND NOT protected
"""

_IS_PROTECTED = "SELECT EXISTS (SELECT FROM protected_cases WHERE case_id = $1)"


class Difference(Model):
    """A case that says otherwise than the register, which says *protected*."""

    case_id: str
    patient: str = Field(repr=False)
    state: CaseState
    unit: str | None
    protected: bool


async def list_differing(conn: Connection, after: str | None, limit: int) -> list[Difference]:
    """Return cases, in the order of their ids from *after* on, that the register contradicts.

    A patient whom the register no longer knows keeps what the case says.
    """
    rows = await conn.fetch(_LIST_DIFFERING, after, limit)
    return [Difference.model_validate(dict(row)) for row in rows]


async def protect_ended(conn: Connection, case_id: str) -> None:
    """Mark a case that is over as protected; its row is then the only truth. Safe to repeat."""
    await conn.execute(_PROTECT_ENDED, case_id)


async def is_protected_now(conn: Connection, case_id: str) -> bool:
    """Whether the case's patient is protected, by the case or by the register [L10].

    A delivery to such a person goes to the app alone. In SQL the same is a join with the view
    `protected_cases`.
    """
    found: bool = await conn.fetchval(_IS_PROTECTED, case_id)
    return found
