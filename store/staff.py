"""The tables of staff: commissions, and the roles held in them at a moment."""

from collections.abc import Collection
from datetime import date

from pydantic import Field

from domain.licences import Licence, Prescribing
from domain.model import Model
from store.pool import Connection

_FIND_COMMISSIONS = "SELECT hsa_id FROM commissions WHERE staff = upper($1) ORDER BY hsa_id"

_FIND_ACCESS = """
SELECT staff.hsa_id, staff.name, commissions.hsa_id AS commission, commissions.unit,
       commissions.provider, commissions.purpose, staff.licence, staff.prescribing,
       staff.protected,
       ARRAY(
           SELECT rights.role
           FROM rights
           WHERE rights.commission = commissions.hsa_id
             AND rights.valid_from <= $3
             AND (rights.valid_to IS NULL OR rights.valid_to >= $3)
           ORDER BY rights.role
       ) AS roles,
       ARRAY(
           SELECT close_to_staff.person::text
           FROM close_to_staff
           WHERE close_to_staff.staff = staff.hsa_id
       ) AS close_to
FROM commissions
JOIN staff ON staff.hsa_id = commissions.staff
WHERE commissions.staff = upper($1)
  AND commissions.hsa_id = upper($2)
  AND commissions.valid_from <= $3
  AND (commissions.valid_to IS NULL OR commissions.valid_to >= $3)
"""

_LIST_HOLDERS = """
SELECT rights.staff AS hsa_id, staff.name, staff.licence, staff.prescribing,
       bool_or(rights.subscribes) AS subscribes
FROM rights
JOIN staff ON staff.hsa_id = rights.staff
LEFT JOIN units ON units.hsa_id = upper($1)
WHERE rights.role = $2
  AND rights.valid_from <= $3
  AND (rights.valid_to IS NULL OR rights.valid_to >= $3)
  AND NOT EXISTS (
      SELECT
      FROM close_to_staff
      WHERE close_to_staff.staff = rights.staff AND close_to_staff.person = $4
  )
  AND CASE rights.scope
          WHEN 'unit' THEN rights.unit = units.hsa_id
          WHEN 'provider' THEN rights.provider = units.provider
          ELSE true
      END
GROUP BY rights.staff, staff.name, staff.licence, staff.prescribing
ORDER BY rights.staff
"""

_FIND_COVERAGE = """
SELECT units.hsa_id AS unit, wanted.role,
       count(DISTINCT rights.staff) AS holders,
       count(DISTINCT rights.staff) FILTER (WHERE rights.subscribes) AS subscribers
FROM units
CROSS JOIN unnest($2::text[]) AS wanted (role)
LEFT JOIN rights ON rights.unit = units.hsa_id
    AND rights.role = wanted.role
    AND rights.valid_from <= $3
    AND (rights.valid_to IS NULL OR rights.valid_to >= $3)
WHERE units.valid_from <= $3
  AND (units.valid_to IS NULL OR units.valid_to >= $3)
  AND ($1::text IS NULL OR units.hsa_id = upper($1))
GROUP BY units.hsa_id, wanted.role
ORDER BY units.hsa_id, wanted.role
"""


class StaffAccess(Model):
    """What a person may do in the commission chosen at login: only what is held now [S1].

    *close_to* are the identities of themselves as a citizen and of the children and guardians
    the registers name: those people's cases are not theirs to see.
    """

    hsa_id: str
    name: str
    commission: str
    unit: str | None
    provider: str
    purpose: str
    roles: tuple[str, ...]
    licence: Licence
    prescribing: Prescribing
    protected: bool
    close_to: tuple[str, ...] = Field(default=(), repr=False)


class Holder(Model):
    """Someone who holds a role; *subscribes* to its notices or not."""

    hsa_id: str
    name: str
    licence: Licence
    prescribing: Prescribing
    subscribes: bool


class RoleCoverage(Model):
    """How many hold a role at a unit, and how many of them want its notices; both may be 0."""

    unit: str
    role: str
    holders: int
    subscribers: int


async def find_commissions(conn: Connection, hsa_id: str) -> list[str]:
    """Return the HSA-ids of all commissions of a person, past and coming ones too, sorted."""
    return [row["hsa_id"] for row in await conn.fetch(_FIND_COMMISSIONS, hsa_id)]


async def find_access(
    conn: Connection, hsa_id: str, commission: str, on: date
) -> StaffAccess | None:
    """Return a person's rights in one commission on that day, never a union over commissions.

    None if the commission is unknown, another's, or not valid; roles may be empty.
    """
    row = await conn.fetchrow(_FIND_ACCESS, hsa_id, commission, on)
    return StaffAccess.model_validate(dict(row)) if row else None


async def list_holders(
    conn: Connection, unit: str, role: str, on: date, *, patient: str | None = None
) -> list[Holder]:
    """Return who holds *role* for *unit* on that day, each person once.

    The role's scope says whose commissions count: those at the unit, those of its care provider,
    or all in the region. With a *patient*: only those who may handle that person's case.
    """
    rows = await conn.fetch(_LIST_HOLDERS, unit, role, on, patient)
    return [Holder.model_validate(dict(row)) for row in rows]


async def find_coverage(
    conn: Connection, unit: str | None, roles: Collection[str], on: date
) -> list[RoleCoverage]:
    """Return each open unit's coverage of *roles*, or one unit's; a role nobody holds counts 0.

    Give the roles that services route to: an uncovered one would leave a case with nobody [S1].
    """
    rows = await conn.fetch(_FIND_COVERAGE, unit, sorted(set(roles)), on)
    return [RoleCoverage.model_validate(dict(row)) for row in rows]
