"""The tables of citizens: their listing at a health centre and whose guardians they are."""

from datetime import date

from domain.model import Model
from store.pool import Connection

_FIND_CITIZEN = "SELECT identity, name, protected FROM citizens WHERE identity = $1"

_FIND_LISTING = """
SELECT unit
FROM listings
WHERE identity = $1 AND valid_from <= $2 AND (valid_to IS NULL OR valid_to >= $2)
"""

_IS_GUARDIAN = "SELECT EXISTS (SELECT FROM guardians WHERE guardian = $1 AND child = $2)"


class Citizen(Model):
    """A person of the population register; *protected* identities are shown to nobody new."""

    identity: str
    name: str
    protected: bool


async def find_citizen(conn: Connection, identity: str) -> Citizen | None:
    """Return the citizen with this 12-digit identity, or None."""
    row = await conn.fetchrow(_FIND_CITIZEN, identity)
    return Citizen.model_validate(dict(row)) if row else None


async def find_listing(conn: Connection, identity: str, on: date) -> str | None:
    """Return the HSA-id of the health centre the citizen is listed at on that day [S7].

    There is one at most. It may be closed: that is for `find_unit` to say.
    """
    unit: str | None = await conn.fetchval(_FIND_LISTING, identity, on)
    return unit


async def is_guardian(conn: Connection, guardian: str, child: str) -> bool:
    """Whether the register names *guardian* as a guardian of *child*; says nothing about age."""
    found: bool = await conn.fetchval(_IS_GUARDIAN, guardian, child)
    return found
