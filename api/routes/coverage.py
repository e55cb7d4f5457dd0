"""Coverage: whether somebody holds each role that cases go to."""

from fastapi import APIRouter

from api.access import GuardedRoute, Staff
from api.database import database
from api.problems import ProblemError
from api.rights import access_of
from api.schemas.inbox import CoverageView, Level
from api.schemas.view import Page
from api.state import TheDesk
from domain.catalogue import SystemRoles
from store.pool import Connection
from store.staff import RoleCoverage, StaffAccess, find_coverage
from store.units import list_unit_ids

_ENOUGH = 3

router = APIRouter(prefix="/v1/coverage", tags=["inbox"], route_class=GuardedRoute)


@router.get("")
async def read_coverage(staff: Staff, desk: TheDesk) -> Page[CoverageView]:
    """List unit and role with their holders, in one page.

    Coordinators and unit managers see their unit, operations managers those of their care
    provider, operations and the care-choice office all; 403 for everyone else.
    """
    catalogue = desk.region.catalogue
    today = desk.today(desk.now())
    async with database(desk.pool) as conn:
        access = await access_of(conn, staff, today)
        units = await _units_of(conn, access, catalogue.system_roles)
        rows = await find_coverage(conn, None, catalogue.routed_roles(), today)
    return Page(items=[_view(row) for row in rows if units is None or row.unit in units])


async def _units_of(
    conn: Connection, access: StaffAccess, roles: SystemRoles
) -> frozenset[str] | None:
    """Return the units whose coverage is theirs to see, None for all."""
    held = frozenset(access.roles)
    if held & {roles.operations, roles.care_choice_office}:
        return None
    if roles.operations_manager in held:
        return frozenset(await list_unit_ids(conn, access.provider))
    if access.unit is not None and held & {roles.coordinator, roles.unit_manager}:
        return frozenset({access.unit})
    raise ProblemError("forbidden")


def _view(row: RoleCoverage) -> CoverageView:
    return CoverageView(
        unit=row.unit,
        role=row.role,
        holders=row.holders,
        subscribers=row.subscribers,
        level=_level(row.holders),
    )


def _level(holders: int) -> Level:
    if holders == 0:
        return Level.RED
    return Level.AMBER if holders < _ENOUGH else Level.GREEN
