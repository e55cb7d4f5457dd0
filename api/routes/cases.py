"""Cases: submitting one, reading one's own, and reading one at work."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.access import AnyCaller, Citizen, GuardedRoute
from api.answers import case_answer, unchanged
from api.callers import CitizenCaller
from api.cursors import (
    STANDARD_LIMIT,
    CursorText,
    Position,
    read_cursor,
    write_cursor,
)
from api.database import database
from api.etags import KnownTags, is_unchanged
from api.keys import SubmissionKey
from api.ownership import may_read
from api.preferences import Preferred
from api.problems import REQUEST_ID_SCOPE_KEY
from api.query_values import Limit
from api.reading import read_own, read_to_move
from api.render import citizen_item, citizen_view, reader_view
from api.routes.paths import CaseIdPath
from api.schemas.cases import CaseSummary, CaseView, StaffCaseView
from api.schemas.duplicates import ConflictProblem
from api.schemas.submissions import SubmitCase
from api.schemas.view import Page
from api.state import TheDesk
from api.submitting import submit, wait_for_admission
from api.view_texts import is_outlived
from domain.projection import Snapshot
from domain.vocabulary import CaseState
from store.case_views import list_own

_OWN = "own"

router = APIRouter(prefix="/v1/cases", tags=["cases"], route_class=GuardedRoute)


@router.post(
    "",
    status_code=201,
    response_model=CaseView,
    responses={
        200: {"model": CaseView, "description": "This key had begun this case before."},
        409: {"model": ConflictProblem, "description": "It cannot be sent as it is."},
    },
)
async def submit_case(
    *,
    body: SubmitCase,
    key: SubmissionKey,
    citizen: Citizen,
    preferred: Preferred,
    desk: TheDesk,
    request: Request,
) -> Response:
    """Submit a form; the case exists when this answers 201, and the same key never makes two."""
    request_id = request.scope.get(REQUEST_ID_SCOPE_KEY, "")
    submitted = await submit(desk, citizen, body, key, request_id)
    snapshot = await wait_for_admission(desk, submitted, preferred.wait)
    view = citizen_view(desk, snapshot)
    status = 201 if submitted.is_new else 200
    return case_answer(view, status, location=f"/v1/cases/{view.case_id}")


@router.get("")
async def list_cases(
    citizen: Citizen,
    desk: TheDesk,
    state: Annotated[CaseState | None, Query()] = None,
    cursor: CursorText = None,
    limit: Limit = STANDARD_LIMIT,
) -> Page[CaseSummary]:
    """List the citizen's own cases and those sent for a child, newest first."""
    position = read_cursor(desk.secret, _OWN, cursor)
    after = (position[0], position[1]) if position and position[0] else None
    async with database(desk.pool) as conn:
        found = await list_own(conn, citizen.identity, state, after, limit + 1)
        page = found[:limit]
        shown = [case for case in page if await may_read(desk, conn, citizen, case.submission)]
    following = write_cursor(desk.secret, _OWN, _position(page[-1])) if found[limit:] else None
    return Page(items=[citizen_item(desk, case) for case in shown], next=following)


def _position(case: Snapshot) -> Position:
    return case.submission.received_at, case.submission.case_id


@router.get("/{case_id}", response_model=StaffCaseView | CaseView)
async def read_case(
    case_id: CaseIdPath, caller: AnyCaller, desk: TheDesk, known: KnownTags = None
) -> Response:
    """Return a case with its rev as entity tag; 304 when the caller has it."""
    if isinstance(caller, CitizenCaller):
        snapshot = await read_own(desk, caller, case_id)
        view = citizen_view(desk, snapshot)
    else:
        async with database(desk.pool) as conn:
            reading = await read_to_move(desk, conn, caller, case_id, "read_case")
        snapshot = reading.snapshot
        view = reader_view(desk, reading, snapshot)
    # Where a promised time has come, time alone has changed the words.
    is_known = is_unchanged(known, view.rev) and not is_outlived(snapshot.projection, desk.now())
    return unchanged(view.rev) if is_known else case_answer(view)
