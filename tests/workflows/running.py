"""Cases that really run: how a test starts them, acts on them and moves their time."""

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import count
from typing import Any, TypeVar
from uuid import uuid4

import asyncpg
from pydantic import JsonValue
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import TimeSkipper, TimeSkippingConfig
from temporalio.worker import Replayer

from domain.actors import Actor, ActorKind
from domain.carried import Acted, CaseEnd, CaseStart
from domain.messages import Act, AnyMessage
from domain.projection import Snapshot
from domain.submission import CaseId, Submission, workflow_id_for
from domain.worktime import WorkCalendar
from store.case_views import find_case
from tests.workflows.valve import PoolValve
from worker import sandbox
from workflows.case import CaseWorkflow

AnswerT = TypeVar("AnswerT")
Handle = WorkflowHandle[CaseWorkflow, CaseEnd]

_queues = count(1)
_A_MOMENT = timedelta(seconds=1)
_WEEKS_AHEAD = 5
_PATIENCE_SECONDS = 30


def next_queue() -> str:
    """Return a task queue no other test uses."""
    return f"cases-{next(_queues)}"


@dataclasses.dataclass(frozen=True)
class RunningCases:
    """Starts cases on one queue and remembers them for the replay at the end."""

    client: Client
    pool: asyncpg.Pool
    queue: str
    now: datetime
    monday: datetime
    valve: PoolValve
    started: list[str] = dataclasses.field(default_factory=list)

    async def start(self, submission: Submission) -> Handle:
        """Start a case as the API does."""
        handle = await self.client.start_workflow(
            CaseWorkflow.run,
            CaseStart(submission=submission),
            id=workflow_id_for(submission.case_id),
            task_queue=self.queue,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            task_timeout=timedelta(seconds=3),
        )
        self.started.append(handle.id)
        return handle

    async def act(self, handle: Handle, message: AnyMessage) -> Acted:
        """Send a message by the update `act`."""
        return await until_ready(
            lambda: handle.execute_update(CaseWorkflow.act, Act(message=message))
        )

    async def refusal(self, handle: Handle, message: AnyMessage) -> str:
        """Send a message that must be refused; return the refusal's code."""
        try:
            await self.act(handle, message)
        except WorkflowUpdateFailedError as error:
            cause = error.cause
            assert isinstance(cause, ApplicationError)
            return str(cause.type)
        raise AssertionError("the message was taken in")

    async def view(self, handle: Handle) -> Snapshot:
        """Ask the workflow itself."""
        return await until_ready(lambda: handle.query(CaseWorkflow.view))

    async def row(self, handle: Handle) -> Snapshot | None:
        """Read the row."""
        async with self.pool.acquire() as conn:
            return await find_case(conn, handle.id.removeprefix("case-"))

    async def until_row(self, handle: Handle, *, rev: int) -> Snapshot:
        """Wait until the row has reached *rev*."""
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while True:
                row = await self.row(handle)
                if row is not None and row.projection.rev >= rev:
                    return row

    async def until_state(self, handle: Handle, state: str) -> Snapshot:
        """Wait until the row says *state*."""
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while True:
                row = await self.row(handle)
                if row is not None and row.projection.state == state:
                    return row

    async def move_to(self, handle: Handle, instant: datetime) -> Snapshot:
        """Move this case's time to *instant*; return it when all that was due has happened."""
        skipper = TimeSkipper(self.client, config=TimeSkippingConfig(enabled=False))
        left = instant - await skipper.get_current_time(handle)
        if left > timedelta():
            await skipper.fast_forward(handle, left + _A_MOMENT)
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while True:
                view = await self.view(handle)
                next_at = view.projection.next_mark_at
                if next_at is None or next_at > instant:
                    return view

    async def recorded(self, handle: Handle) -> Snapshot:
        """Return the row when it has all that the workflow knows now."""
        return await self.until_row(handle, rev=(await self.view(handle)).projection.rev)

    async def quiet(self, handle: Handle) -> None:
        """Wait until all is recorded and the workflow has heard so."""
        await self.recorded(handle)
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while (await handle.describe()).raw_description.pending_activities:
                pass
        await self.view(handle)

    async def event_types(self, handle: Handle) -> list[str]:
        """Return the types of the events in the present run's history."""
        history = await handle.fetch_history()
        return [EventType.Name(event.event_type)[11:].lower() for event in history.events]

    async def pass_time(self, handle: Handle, duration: timedelta) -> None:
        """Move this case's time forward."""
        skipper = TimeSkipper(self.client, config=TimeSkippingConfig(enabled=False))
        await skipper.fast_forward(handle, duration)

    async def replay_all(self) -> None:
        """Replay the history of every run of every case; raises where code and history differ."""
        replayer = Replayer(
            workflows=[CaseWorkflow],
            workflow_runner=sandbox(),
            data_converter=self.client.data_converter,
        )
        for workflow_id in dict.fromkeys(self.started):
            runs = self.client.list_workflows(f'WorkflowId = "{workflow_id}"')
            async for run in runs:
                await _replay(replayer, self.client.get_workflow_handle(run.id, run_id=run.run_id))


async def _replay(replayer: Replayer, handle: WorkflowHandle[Any, Any]) -> None:
    """Replay one run; a history read in the middle of a task may never end, and is read again."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await replayer.replay_workflow(await handle.fetch_history())
            return
    await replayer.replay_workflow(await handle.fetch_history())


async def until_ready(ask: Callable[[], Awaitable[AnswerT]]) -> AnswerT:
    """Ask again while the case turns to a new run; messages may be repeated, so nothing doubles."""
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while True:
            try:
                return await ask()
            except RPCError as error:
                if error.status is not RPCStatusCode.FAILED_PRECONDITION:
                    raise


def quiet_monday(calendar: WorkCalendar, now: datetime) -> datetime:
    """Return the next Monday's opening that begins five weeks without a holiday."""
    day = calendar.local_day(now) + timedelta(days=1)
    while day.weekday() or not all(
        calendar.hours_on(day + timedelta(days=7 * week + weekday))
        for week in range(_WEEKS_AHEAD)
        for weekday in range(5)
    ):
        day += timedelta(days=1)
    return calendar.next_opening(calendar.start_of(day))


def submission_of(
    service: str,
    answers: dict[str, JsonValue],
    patient: str,
    received_at: datetime,
    clinic: str | None = None,
) -> Submission:
    """Return a submission with an id of its own."""
    return Submission(
        case_id=CaseId(str(uuid4())),
        service=service,
        answers=answers,
        patient=patient,
        submitted_by=patient,
        clinic=clinic,
        received_at=received_at,
        fingerprint="f",
    )


def patient(identity: str) -> Actor:
    """Return the citizen as an actor."""
    return Actor(kind=ActorKind.CITIZEN, id=identity)
