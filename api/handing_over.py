"""What a hand-over needs from the registers: the role that decides at the unit, and who may."""

from datetime import date, datetime

from activities.places import route_to
from api.schemas.messages import HandOverBody
from domain.authority import could_decide
from domain.messages import Colleague, Destination
from domain.projection import Snapshot
from domain.region import Region
from store.listings import find_citizen
from store.pool import Connection
from store.protected_handlers import list_handlers
from store.staff import Holder, list_holders
from store.units import find_unit


async def receiver_of(
    conn: Connection, region: Region, snapshot: Snapshot, body: HandOverBody, at: datetime
) -> dict[str, object]:
    """Return the `destination` of a hand-over, and the `colleague` if one is named.

    Empty for a case without a unit. A colleague who does not hold the role is left out; whether
    one who does may decide is for the case to judge.
    """
    entry = region.catalogue.find_service(snapshot.submission.service)
    place = snapshot.projection.unit
    on = region.calendars.default.local_day(at)
    unit = await find_unit(conn, place, on) if place else None
    if entry is None or unit is None:
        return {}
    rules = region.handling_of(entry, snapshot.submission)
    holders = await _entrusted_holders(conn, region, snapshot, (unit.hsa_id, rules.role), on)
    colleague = next((one for one in holders if one.hsa_id == body.to), None)
    return {
        "destination": Destination(
            route=route_to(unit, rules.role, region.catalogue),
            calendar=region.calendar_for(unit.hsa_id, at),
            has_holder=any(could_decide(rules, one) for one in holders),
        ),
        "colleague": colleague
        and Colleague(
            id=colleague.hsa_id,
            unit=unit.hsa_id,
            roles=(rules.role,),
            licence=colleague.licence,
            prescribing=colleague.prescribing,
        ),
    }


async def _entrusted_holders(
    conn: Connection, region: Region, snapshot: Snapshot, place: tuple[str, str], on: date
) -> list[Holder]:
    """Return who holds the role at the unit of *place*; for a protected patient, named handlers."""
    unit, role = place
    patient = snapshot.submission.patient
    holders = await list_holders(conn, unit, role, on, patient=patient)
    citizen = await find_citizen(conn, patient)
    if not snapshot.projection.protected and not (citizen and citizen.protected):
        return holders
    manager = region.catalogue.system_roles.unit_manager
    handlers = await list_handlers(conn, unit, manager, on, patient=patient)
    return [one for one in holders if one.hsa_id in handlers]
