"""A patient's own extract of the access log [PDL 8 kap. 5 §, L4]."""

from fastapi import APIRouter

from api.access import Citizen, GuardedRoute
from api.access_texts import OTHERWISE
from api.cursors import STANDARD_LIMIT, CursorText, read_cursor, write_cursor
from api.database import database
from api.query_values import Limit
from api.schemas.access_log import AccessView, ActionView, PlaceView
from api.schemas.view import Page
from api.state import Desk, TheDesk
from store.access_log import ExtractEntry, list_extract

_EXTRACT = "access_log"

router = APIRouter(prefix="/v1/access-log", tags=["access log"], route_class=GuardedRoute)


@router.get("")
async def read_extract(
    citizen: Citizen,
    desk: TheDesk,
    cursor: CursorText = None,
    limit: Limit = STANDARD_LIMIT,
) -> Page[AccessView]:
    """List when, where and for what staff have seen or changed the citizen's data, newest first.

    The citizen's own data only: a guardian asks the care provider for a child's extract.
    """
    position = read_cursor(desk.secret, _EXTRACT, cursor)
    after = (position[0], int(position[1])) if position and position[0] else None
    async with database(desk.pool) as conn:
        found = await list_extract(conn, citizen.identity, after, limit + 1)
    page = found[:limit]
    following = None
    if found[limit:]:
        following = write_cursor(desk.secret, _EXTRACT, (page[-1].at, str(page[-1].entry)))
    return Page(items=[_view(desk, entry) for entry in page], next=following)


def _view(desk: Desk, entry: ExtractEntry) -> AccessView:
    texts = desk.accesses
    return AccessView(
        at=entry.at,
        unit=_place(entry.unit, entry.unit_name),
        provider=_place(entry.provider, entry.provider_name),
        action=ActionView(code=entry.action, text=texts.get(entry.action, texts[OTHERWISE])),
        kind=entry.kind,
        case_ids=list(entry.case_ids),
    )


def _place(hsa_id: str | None, name: str | None) -> PlaceView | None:
    return PlaceView(hsa_id=hsa_id, name=name or hsa_id) if hsa_id else None
