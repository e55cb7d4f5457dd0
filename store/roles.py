"""The table of competence roles: speciality, profession and capability [S1]."""

from typing import Literal

from domain.model import Model
from store.pool import Connection

_LIST_ROLES = "SELECT code, scope, name_sv, name_en FROM roles ORDER BY code"


class Role(Model):
    """A role and how far a holder's reach goes: own unit, own care provider or the region."""

    code: str
    scope: Literal["unit", "provider", "region"]
    name_sv: str
    name_en: str


async def list_roles(conn: Connection) -> list[Role]:
    """Return the whole role catalogue, by code."""
    return [Role.model_validate(dict(row)) for row in await conn.fetch(_LIST_ROLES)]
