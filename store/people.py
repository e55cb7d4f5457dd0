"""Who local tokens can be made for: ordinary people, and those some rule treats otherwise."""

from collections.abc import Collection
from datetime import UTC, date, datetime, time
from typing import Literal, TypeAlias

from asyncpg import Record
from pydantic import Field

from domain.licences import Prescribing
from domain.model import Model
from domain.submission import age_on
from store.pool import Connection
from store.protected_handlers import list_named
from store.staff import find_coverage

_LIST_CITIZENS = """
SELECT citizens.identity, citizens.name, citizens.protected, listings.unit AS listed_unit,
       units.valid_from > $1 OR units.valid_to < $1 AS closed,
       EXISTS (SELECT FROM guardians WHERE guardian = citizens.identity) AS is_guardian
FROM citizens
LEFT JOIN listings ON listings.identity = citizens.identity
    AND listings.valid_from <= $1
    AND (listings.valid_to IS NULL OR listings.valid_to >= $1)
LEFT JOIN units ON units.hsa_id = listings.unit
WHERE citizens.synthetic
ORDER BY listings.unit, citizens.identity
"""

_LIST_STAFF = """
SELECT staff.hsa_id, commissions.hsa_id AS commission, commissions.unit, staff.name,
       staff.prescribing, staff.protected, staff.identity IS NOT NULL AS is_citizen,
       count(*) OVER (PARTITION BY staff.hsa_id) > 1 AS has_several,
       ARRAY(
           SELECT rights.role
           FROM rights
           WHERE rights.commission = commissions.hsa_id
             AND rights.valid_from <= $1
             AND (rights.valid_to IS NULL OR rights.valid_to >= $1)
           ORDER BY rights.role
       ) AS roles
FROM commissions
JOIN staff ON staff.hsa_id = commissions.staff
WHERE commissions.valid_from <= $1
  AND (commissions.valid_to IS NULL OR commissions.valid_to >= $1)
ORDER BY commissions.unit NULLS LAST, commissions.hsa_id
"""

_STAFFED_FROM = 2
_PROXY_ENDS_AT = 13
_OF_AGE = 18
_ORDINARY_AGES = range(25, 61)


class CitizenPerson(Model):
    """A made-up citizen; *why* says what is special, and is left out when nothing is."""

    kind: Literal["citizen"] = "citizen"
    identity: str
    name: str
    listed_unit: str | None
    why: str | None = Field(default=None, exclude_if=lambda why: why is None)


class StaffPerson(Model):
    """One commission of a member of staff; *why* as for citizens."""

    kind: Literal["staff"] = "staff"
    hsa_id: str
    commission: str
    unit: str | None
    roles: tuple[str, ...]
    name: str
    prescriber: bool
    why: str | None = Field(default=None, exclude_if=lambda why: why is None)


Person: TypeAlias = CitizenPerson | StaffPerson


async def list_people(
    conn: Connection,
    *,
    special: bool,
    service_roles: Collection[str],
    leading_roles: Collection[str],
    on: date,
) -> list[Person]:
    """Return the ordinary people of that day, or the special ones with the reason (section 9).

    Ordinary citizens are 25 to 60 years old and listed at a fully staffed unit: one where each of
    *service_roles* has two holders. Ordinary staff work at such a unit, in their only commission,
    and hold roles of which none is among *leading_roles*. Whoever is named for protected patients
    is listed among the special ones too, and may be ordinary all the same.
    """
    coverage = await find_coverage(conn, None, service_roles, on)
    thin = {row.unit for row in coverage if row.holders < _STAFFED_FROM}
    staffed = frozenset(row.unit for row in coverage) - thin
    people: list[Person] = [
        _citizen(row, staffed, on) for row in await conn.fetch(_LIST_CITIZENS, on)
    ]
    people += [_staff(row, staffed, leading_roles) for row in await conn.fetch(_LIST_STAFF, on)]
    if special:
        named = await list_named(conn, on)
        people = [_marked(person) if _is_among(named, person) else person for person in people]
    return [person for person in people if (person.why is not None) is special]


def _is_among(named: Collection[str], person: Person) -> bool:
    return isinstance(person, StaffPerson) and person.hsa_id in named


def _marked(person: Person) -> Person:
    """Return a named handler with that told; to everybody else's cases they are as before."""
    why = "; ".join(filter(None, (person.why, "named for patients with protected identity")))
    return person.model_copy(update={"why": why})


def _citizen(row: Record, staffed: Collection[str], on: date) -> CitizenPerson:
    age = age_on(row["identity"], datetime.combine(on, time.min, UTC))
    unit = row["listed_unit"]
    reasons = {
        "protected identity": row["protected"],
        f"child under {_PROXY_ENDS_AT}": age < _PROXY_ENDS_AT,
        f"{_PROXY_ENDS_AT} to {_OF_AGE - 1} years old": _PROXY_ENDS_AT <= age < _OF_AGE,
        "adult outside 25 to 60": age >= _OF_AGE and age not in _ORDINARY_AGES,
        "guardian of a child": row["is_guardian"],
        "unlisted": unit is None,
        "listed at a closed unit": unit is not None and row["closed"],
        "listed at a unit that lacks staff": unit and not row["closed"] and unit not in staffed,
    }
    return CitizenPerson(
        identity=row["identity"], name=row["name"], listed_unit=unit, why=_join(reasons)
    )


def _staff(row: Record, staffed: Collection[str], leading_roles: Collection[str]) -> StaffPerson:
    unit, roles = row["unit"], tuple(row["roles"])
    leading = [role for role in roles if role in leading_roles]
    reasons = {
        "protected identity": row["protected"],
        "a citizen of the register too, kept from their own and their family's cases": row[
            "is_citizen"
        ],
        "several commissions": row["has_several"],
        f"holds {' and '.join(leading)}": bool(leading),
        "holds no role": not roles,
        "works for no single unit": unit is None,
        "works at a unit that lacks staff": unit is not None and unit not in staffed,
    }
    return StaffPerson(
        hsa_id=row["hsa_id"],
        commission=row["commission"],
        unit=unit,
        roles=roles,
        name=row["name"],
        prescriber=Prescribing(row["prescribing"]).is_prescriber,
        why=_join(reasons),
    )


def _join(reasons: dict[str, bool]) -> str | None:
    return "; ".join(reason for reason, applies in reasons.items() if applies) or None
