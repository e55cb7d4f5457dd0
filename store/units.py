"""The table of care units: where a case can be handled."""

from datetime import date

from domain.model import Model
from store.pool import Connection

_FIND_UNIT = """
SELECT hsa_id, provider, name, kind, phone,
       $2::date < valid_from OR coalesce($2::date > valid_to, false) AS closed
FROM units
WHERE hsa_id = upper($1)
"""

_LIST_UNIT_IDS = "SELECT hsa_id FROM units WHERE provider = upper($1) ORDER BY hsa_id"


class Unit(Model):
    """A unit as the register knows it; *closed* on the day that was asked for."""

    hsa_id: str
    provider: str
    name: str
    kind: str
    phone: str
    closed: bool


async def find_unit(conn: Connection, hsa_id: str, on: date) -> Unit | None:
    """Return the unit and whether it is closed on that local day; None if it is unknown."""
    row = await conn.fetchrow(_FIND_UNIT, hsa_id, on)
    return Unit.model_validate(dict(row)) if row else None


async def list_unit_ids(conn: Connection, provider: str) -> list[str]:
    """Return the HSA-ids of all units of a care provider, closed ones too, sorted."""
    return [row["hsa_id"] for row in await conn.fetch(_LIST_UNIT_IDS, provider)]
