"""Messages to a case: what staff and the patient do to it."""

from typing import Annotated

from fastapi import APIRouter, Body
from pydantic import JsonValue
from starlette.responses import Response

from api.access import AnyCaller, GuardedRoute
from api.acting import act
from api.answers import case_answer, json_answer
from api.callers import CitizenCaller, StaffCaller
from api.change_log import log_change
from api.database import database
from api.etags import ExpectedRev
from api.keys import ActionId
from api.message_bodies import Parcel, read_body
from api.precedence import ContentError, first_of, refusal_of_sender, refuse_function
from api.preferences import Preferred
from api.protection import entrust
from api.reading import StaffReading, find_as_staff, find_to_move, read_own
from api.render import citizen_view, reader_view
from api.routes.paths import CaseIdPath
from api.schemas.cases import Accepted, CaseView, StaffCaseView
from api.senders import (
    Envelope,
    actor_of_citizen,
    actor_of_staff,
    compose_message,
    message_of_citizen,
)
from api.state import Desk, TheDesk
from domain.submission import CaseId
from store.pool import Connection

ACCEPTED = 202
_TRANSFER = "transfer"

router = APIRouter(prefix="/v1/cases", tags=["messages"], route_class=GuardedRoute)


@router.post(
    "/{case_id}/{message}",
    response_model=StaffCaseView | CaseView,
    responses={ACCEPTED: {"model": Accepted, "description": "Left for a worker to take in."}},
)
async def send_message(
    *,
    case_id: CaseIdPath,
    message: str,
    caller: AnyCaller,
    desk: TheDesk,
    action_id: ActionId,
    expected_rev: ExpectedRev,
    preferred: Preferred,
    content: Annotated[dict[str, JsonValue] | None, Body()] = None,
) -> Response:
    """Send a message; answers with the case after it, or 202 when no worker took it in yet."""
    desk.limits.take_message(caller, case_id, action_id)
    parcel = Parcel(message, content or {}, action_id, expected_rev, preferred.respond_async)
    if isinstance(caller, CitizenCaller):
        view = await _send_for_citizen(desk, caller, case_id, parcel)
    else:
        view = await _send_for_staff(desk, caller, case_id, parcel)
    if view is None:
        return json_answer(Accepted(case_id=case_id, action_id=action_id), ACCEPTED)
    return case_answer(view)


async def _send_for_citizen(
    desk: Desk, citizen: CitizenCaller, case_id: CaseId, parcel: Parcel
) -> CaseView | None:
    before = await read_own(desk, citizen, case_id)
    actor = actor_of_citizen(citizen.identity)
    envelope = Envelope(actor, parcel.action_id, parcel.expected_rev)
    refusal = refusal_of_sender(desk, before, parcel, envelope)
    try:
        message = message_of_citizen(desk.region, read_body(parcel), envelope)
    except ContentError as error:
        raise first_of(error, refusal) from None
    after = await act(desk, before, message, respond_async=parcel.respond_async)
    return citizen_view(desk, after) if after else None


async def _send_for_staff(
    desk: Desk, staff: StaffCaller, case_id: CaseId, parcel: Parcel
) -> CaseView | None:
    async with database(desk.pool) as conn:
        reading = await _find(desk, conn, staff, case_id, parcel)
        actor = actor_of_staff(reading.access, handles_protected=reading.handles_protected)
        envelope = Envelope(actor, parcel.action_id, parcel.expected_rev)
        before = reading.snapshot
        refusal = refusal_of_sender(desk, before, parcel, envelope)
        refuse_function(refusal)
        try:
            body, at = read_body(parcel), desk.now()
            message = await compose_message(conn, desk.region, before, body, envelope, at=at)
            message = await entrust(conn, desk.region, before, message, at=at)
        except ContentError as error:
            raise first_of(error, refusal) from None
        await log_change(conn, reading, message)
    after = await act(desk, before, message, respond_async=parcel.respond_async)
    return reader_view(desk, reading, after) if after else None


async def _find(
    desk: Desk, conn: Connection, staff: StaffCaller, case_id: CaseId, parcel: Parcel
) -> StaffReading:
    if parcel.name == _TRANSFER:
        return await find_to_move(desk, conn, staff, case_id, action_id=parcel.action_id)
    return await find_as_staff(desk, conn, staff, case_id)
