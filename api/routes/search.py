"""The search for a patient's cases at one's own unit: with a reason, in a body, and logged."""

from collections.abc import Sequence
from datetime import timedelta

import structlog
from fastapi import APIRouter
from starlette.responses import Response

from api.access import GuardedRoute, Staff
from api.answers import json_answer
from api.database import database
from api.field_errors import FieldError
from api.problems import ProblemError
from api.protection import handled_roles
from api.render import inbox_item
from api.rights import refuse_own, sight
from api.routes.inbox import desk_of
from api.schemas.access_log import SearchInbox
from api.schemas.cases import InboxItem
from api.schemas.view import Page
from api.sights import note_sights
from api.state import TheDesk
from domain.access import SEARCHES_A_MINUTE, AccessAction, needs_text
from store.access_log import AccessEntry, count_actions, take_turn
from store.case_search import CaseSearch, search_cases
from store.inboxes import InboxRow
from store.pool import Connection
from store.staff import StaffAccess

_MOST_HITS = 50
_A_MINUTE = timedelta(minutes=1)

log = structlog.get_logger()
router = APIRouter(prefix="/v1/inbox", tags=["inbox"], route_class=GuardedRoute)


@router.post("/search", response_model=Page[InboxItem])
async def search_inbox(body: SearchInbox, staff: Staff, desk: TheDesk) -> Response:
    """List a patient's cases at the reader's unit and of their roles, in any state, newest first.

    At most 50, in one page. Each search is logged, also one that finds nothing or is refused as
    `own_case`, and so is each hit. More than 60 a minute by one person is 429.
    """
    if needs_text(body.reason) and body.text is None:
        raise ProblemError("invalid_body", errors=[FieldError("missing", pointer="/text")])
    async with database(desk.pool) as conn:
        access, unit, roles = await desk_of(desk, conn, staff)
        search = CaseSearch(
            unit=unit,
            roles=roles,
            protected_roles=await handled_roles(desk, conn, access),
            patient=body.identity,
            limit=_MOST_HITS,
        )
        async with conn.transaction():
            await _refuse_haste(conn, access)
            found = await _search(conn, access, body, search)
    refuse_own(access, body.identity)
    items = [inbox_item(desk, row) for row in found]
    return json_answer(Page[InboxItem](items=items))


async def _refuse_haste(conn: Connection, access: StaffAccess) -> None:
    await take_turn(conn, access.hsa_id)
    made = await count_actions(conn, access.hsa_id, AccessAction.SEARCH, _A_MINUTE)
    if made >= SEARCHES_A_MINUTE:
        log.error("searches_exceeded", unit=access.unit, count=made)
        raise ProblemError("too_many_requests")


async def _search(
    conn: Connection, access: StaffAccess, body: SearchInbox, search: CaseSearch
) -> list[InboxRow]:
    """Return what is found, with the search and its hits logged; nothing of those close to one."""
    is_own = body.identity in access.close_to
    found = [] if is_own else await search_cases(conn, search)
    hits = [row.snapshot.submission.case_id for row in found]
    await note_sights(conn, [_searched(access, body), *_hits(access, body, hits)])
    return found


def _searched(access: StaffAccess, body: SearchInbox) -> AccessEntry:
    return AccessEntry(
        staff=access.hsa_id,
        commission=access.commission,
        unit=access.unit,
        provider=access.provider,
        action=AccessAction.SEARCH,
        seen=((body.identity, None),),
        reason=body.reason,
        note=body.text,
    )


def _hits(access: StaffAccess, body: SearchInbox, hits: Sequence[str]) -> list[AccessEntry]:
    return [sight(access, body.identity, case_id, AccessAction.SEARCH_HIT) for case_id in hits]
