"""Tasks: what staff have to do beside cases, and that it has been done."""

from datetime import datetime

from fastapi import APIRouter
from starlette.responses import Response

from api.access import GuardedRoute, Staff
from api.answers import json_answer
from api.callers import StaffCaller
from api.cursors import STANDARD_LIMIT, CursorText, read_cursor, write_cursor
from api.database import database
from api.list_log import log_list
from api.problems import ProblemError
from api.protection import handled_roles
from api.query_values import Limit
from api.rights import access_of, has_tasks, inbox_roles, sight_of, watches_region
from api.routes.paths import TaskIdPath
from api.schemas.tasks import TaskView
from api.schemas.view import Page
from api.sights import note_sights
from api.state import Desk, TheDesk
from domain.access import AccessAction
from domain.delivery import DeliveryChannel
from store.access_log import Seen
from store.contacts import resume_channel
from store.pool import Connection
from store.staff import StaffAccess
from store.staff_tasks import StaffTask, TaskReader, end_task, find_task, list_tasks

_TASKS = "tasks"

router = APIRouter(prefix="/v1/tasks", tags=["tasks"], route_class=GuardedRoute)


@router.get("", response_model=Page[TaskView])
async def read_tasks(
    staff: Staff, desk: TheDesk, cursor: CursorText = None, limit: Limit = STANDARD_LIMIT
) -> Response:
    """List the open tasks of the reader's unit and roles, oldest first.

    A task about a case is for those who hold the case's role or lead its unit, one about a
    colleague for the unit manager. One without a unit is for those who keep the roles or the
    system. 403 for everyone else.
    """
    position = read_cursor(desk.secret, _TASKS, cursor)
    after = (position[0], position[1]) if position and position[0] else None
    async with database(desk.pool) as conn:
        access, reader = await _reader_of(desk, conn, staff)
        found = await list_tasks(conn, reader, after, limit + 1)
        shown = found[:limit]
        seen = [pair for task in shown for pair in _seen(task)]
        await log_list(conn, access, AccessAction.LIST_TASKS, seen)
    following = None
    if found[limit:]:
        following = write_cursor(desk.secret, _TASKS, (shown[-1].opened_at, shown[-1].task_id))
    return json_answer(Page[TaskView](items=[_view(task) for task in shown], next=following))


@router.post("/{task_id}/done", response_model=TaskView)
async def finish_task(task_id: TaskIdPath, staff: Staff, desk: TheDesk) -> Response:
    """Mark a task as done; a second time changes nothing.

    Mail to a member of staff leaves again, since the address is held to be mended.
    """
    async with database(desk.pool) as conn, conn.transaction():
        access, reader = await _reader_of(desk, conn, staff)
        task = await find_task(conn, reader, task_id)
        if task is None:
            raise ProblemError("not_found")
        if seen := _seen(task):
            await note_sights(conn, [sight_of(seen, access, AccessAction.FINISH_TASK)])
        if task.done_at is None:
            task = await _finish(conn, task, desk.now(), access.hsa_id)
    return json_answer(_view(task))


async def _finish(conn: Connection, task: StaffTask, at: datetime, by: str) -> StaffTask:
    await end_task(conn, task.task_id, at, by)
    if task.person is not None:
        await resume_channel(conn, DeliveryChannel.MAIL, task.person)
    return task.model_copy(update={"done_at": at})


async def _reader_of(
    desk: Desk, conn: Connection, staff: StaffCaller
) -> tuple[StaffAccess, TaskReader]:
    catalogue = desk.region.catalogue
    access = await access_of(conn, staff, desk.today(desk.now()))
    if not has_tasks(access, catalogue):
        raise ProblemError("forbidden")
    reader = TaskReader(
        unit=access.unit,
        roles=inbox_roles(access, catalogue),
        leads_unit=catalogue.system_roles.unit_manager in access.roles,
        watches_region=watches_region(access, catalogue),
        protected_roles=await handled_roles(desk, conn, access),
        close_to=access.close_to,
    )
    return access, reader


def _seen(task: StaffTask) -> list[Seen]:
    """Return the patient whose case the task names; none for a task about a colleague."""
    return [(task.patient, task.case_id)] if task.patient and task.case_id else []


def _view(task: StaffTask) -> TaskView:
    return TaskView(
        task_id=task.task_id,
        kind=task.kind,
        case_id=task.case_id,
        person=task.person,
        opened_at=task.opened_at,
        done_at=task.done_at,
    )
