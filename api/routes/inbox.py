"""The inbox of a unit: its open cases, due first, and how many there are."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.access import GuardedRoute, Staff
from api.answers import json_answer
from api.callers import StaffCaller
from api.cursors import (
    STANDARD_LIMIT,
    CursorText,
    Position,
    read_cursor,
    write_cursor,
)
from api.database import database
from api.list_log import log_list
from api.problems import ProblemError
from api.protection import handled_roles
from api.query_values import Limit, YesNo
from api.render import inbox_item
from api.rights import access_of, inbox_roles, watches_region
from api.schemas.cases import InboxItem
from api.schemas.inbox import InboxCounts
from api.schemas.view import Page
from api.state import Desk, TheDesk
from domain.access import AccessAction
from domain.vocabulary import CaseState
from store.inboxes import InboxQuery, InboxRow, count_inbox, count_undeliverable, list_inbox
from store.pool import Connection
from store.staff import StaffAccess

_INBOX = "inbox"

router = APIRouter(prefix="/v1/inbox", tags=["inbox"], route_class=GuardedRoute)


@router.get("", response_model=Page[InboxItem])
async def read_inbox(
    *,
    staff: Staff,
    desk: TheDesk,
    role: Annotated[str | None, Query(max_length=100)] = None,
    state: Annotated[CaseState | None, Query()] = None,
    mine: YesNo = None,
    overdue: YesNo = None,
    cursor: CursorText = None,
    limit: Limit = STANDARD_LIMIT,
) -> Response:
    """List the open cases of the reader's unit and roles, those due first at the top.

    `role` must be one of the reader's own (403). `mine` true: only those assigned to the reader.
    """
    after = read_cursor(desk.secret, _INBOX, cursor) or (None, None)
    async with database(desk.pool) as conn:
        access, unit, roles = await desk_of(desk, conn, staff)
        handled = await handled_roles(desk, conn, access)
        query = InboxQuery(
            unit=unit,
            roles=_chosen(role, roles, handled),
            protected_roles=tuple(one for one in handled if role in {None, one}),
            reader=access.hsa_id,
            state=state,
            assigned_to=access.hsa_id if mine else None,
            overdue=overdue,
            close_to=access.close_to,
            after_due=after[0],
            after_case=after[1],
            limit=limit + 1,
        )
        found = await list_inbox(conn, query)
        shown = found[:limit]
        await log_list(conn, access, AccessAction.LIST_INBOX, map(_sight, shown))
    following = write_cursor(desk.secret, _INBOX, _position(shown[-1])) if found[limit:] else None
    items = [inbox_item(desk, row) for row in shown]
    return json_answer(Page[InboxItem](items=items, next=following))


@router.get("/counts")
async def count_cases(staff: Staff, desk: TheDesk) -> InboxCounts:
    """Count the open cases of the reader's unit and roles.

    Those who keep the roles or the system get the undeliverable cases of the whole region.
    """
    async with database(desk.pool) as conn:
        access = await access_of(conn, staff, desk.today(desk.now()))
        if watches_region(access, desk.region.catalogue):
            return InboxCounts.model_validate(await count_undeliverable(conn))
        access, unit, roles = await desk_of(desk, conn, staff)
        handled = await handled_roles(desk, conn, access)
        counts = await count_inbox(
            conn, unit, roles, access.hsa_id, access.close_to, protected_roles=handled
        )
    return InboxCounts.model_validate(counts)


async def desk_of(
    desk: Desk, conn: Connection, staff: StaffCaller
) -> tuple[StaffAccess, str, tuple[str, ...]]:
    """Return the reader's rights, unit and roles; 403 for whoever works at no unit."""
    access = await access_of(conn, staff, desk.today(desk.now()))
    if access.unit is None:
        raise ProblemError("forbidden")
    return access, access.unit, inbox_roles(access, desk.region.catalogue)


def _chosen(role: str | None, roles: tuple[str, ...], handled: tuple[str, ...]) -> tuple[str, ...]:
    """Return the roles to list; none but the protected cases of a role that is only *handled*."""
    if role is None:
        return roles
    if role not in {*roles, *handled}:
        raise ProblemError("forbidden")
    return (role,) if role in roles else ()


def _sight(row: InboxRow) -> tuple[str, str]:
    submission = row.snapshot.submission
    return submission.patient, submission.case_id


def _position(row: InboxRow) -> Position:
    return row.snapshot.projection.due_at, row.snapshot.submission.case_id
