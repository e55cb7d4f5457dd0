"""The timeline of a case."""

from fastapi import APIRouter

from api.access import AnyCaller, GuardedRoute
from api.callers import CitizenCaller
from api.database import database
from api.reading import read_as_staff, read_own
from api.routes.paths import CaseIdPath
from api.schemas.cases import EventView
from api.schemas.view import Page
from api.state import TheDesk
from api.timeline import citizen_event, staff_event

router = APIRouter(prefix="/v1/cases", tags=["cases"], route_class=GuardedRoute)


@router.get("/{case_id}/events")
async def list_events(case_id: CaseIdPath, caller: AnyCaller, desk: TheDesk) -> Page[EventView]:
    """List what happened to a case, in order and in one page, as the reader may see it."""
    if isinstance(caller, CitizenCaller):
        own = await read_own(desk, caller, case_id)
        shown = [citizen_event(event) for event in own.events]
        return Page(items=[event for event in shown if event is not None])
    async with database(desk.pool) as conn:
        reading = await read_as_staff(desk, conn, caller, case_id, "read_events")
    return Page(items=[staff_event(event) for event in reading.snapshot.events])
