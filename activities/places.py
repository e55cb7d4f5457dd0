"""Where a case goes: the listed or chosen unit, and the predetermined role there [A§4]."""

from datetime import date

from domain.admission import Undeliverable
from domain.catalogue import BilingualText, Catalogue, HandlingRules
from domain.messages import Route
from domain.model import Model
from domain.routing import Routing
from domain.submission import Submission
from store.listings import find_listing
from store.pool import Connection
from store.protected_handlers import list_handlers
from store.staff import list_holders
from store.units import Unit, find_unit


class Place(Model):
    """A route, or why a case has none. A unit without a holder keeps its route."""

    route: Route | None = None
    undeliverable: Undeliverable | None = None


async def find_place(
    conn: Connection,
    catalogue: Catalogue,
    handling: HandlingRules,
    submission: Submission,
    on: date,
) -> Place:
    """Return where the case lies on the local day *on*: the chosen clinic, else the listed unit.

    *handling* names the role there and the one that stands in when nobody holds it, and says
    whether the citizen has to choose.
    """
    if submission.clinic is None and handling.routing is Routing.BY_SELECTED_CLINIC:
        return Place(undeliverable=Undeliverable.NO_CLINIC)
    hsa_id = submission.clinic or await find_listing(conn, submission.patient, on)
    if hsa_id is None:
        return Place(undeliverable=Undeliverable.NO_LISTING)
    unit = await find_unit(conn, hsa_id, on)
    if unit is None:
        return Place(undeliverable=Undeliverable.NO_UNIT)
    for role in filter(None, (handling.role, handling.fallback_role)):
        if await list_holders(conn, unit.hsa_id, role, on, patient=submission.patient):
            reason = Undeliverable.CLOSED_UNIT if unit.closed else None
            return Place(route=route_to(unit, role, catalogue), undeliverable=reason)
    reason = Undeliverable.CLOSED_UNIT if unit.closed else Undeliverable.NO_HOLDER
    return Place(route=route_to(unit, handling.role, catalogue), undeliverable=reason)


async def entrusted(
    conn: Connection, catalogue: Catalogue, place: Place, patient: str, on: date
) -> Place:
    """Return *place* as it is for a protected patient: held by the unit's handlers alone [L10].

    They stand in for every role, so that a role without a holder is no reason, and a unit
    without a handler is one. Nobody counts for their own case or that of those close to them.
    """
    if place.route is None or place.undeliverable not in {None, Undeliverable.NO_HOLDER}:
        return place
    manager = catalogue.system_roles.unit_manager
    handlers = await list_handlers(conn, place.route.unit, manager, on, patient=patient)
    return Place(route=place.route, undeliverable=None if handlers else Undeliverable.NO_HOLDER)


def route_to(unit: Unit, role: str, catalogue: Catalogue) -> Route:
    """Return the route to *role* at *unit*, with the names to show."""
    return Route(
        unit=unit.hsa_id,
        provider=unit.provider,
        unit_name=unit.name,
        phone=unit.phone,
        role=role,
        role_name=catalogue.role_names.get(role, BilingualText(sv=role, en=role)),
    )
