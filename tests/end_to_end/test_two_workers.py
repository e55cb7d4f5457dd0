"""Worker processes: stopped in the middle of work, killed, sharing load on one server."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import httpx2
import pytest
from temporalio.api.enums.v1 import EventType, PendingActivityState
from temporalio.client import Client, WorkflowHistory

from runtime.application import child_environment
from runtime.processes import Child, Program, launch
from runtime.region import load_region
from runtime.settings import Settings
from runtime.temporal import data_converter
from runtime.temporal_server import NAMESPACE
from tests.end_to_end.at_work import settings_for
from tests.ports import free_port
from tests.region import SHIPPED
from tests.workflows import saying
from tests.workflows.people import PATIENT
from tests.workflows.renewal import RENEWAL
from tests.workflows.running import Handle, RunningCases, quiet_monday, submission_of
from tests.workflows.valve import PoolValve
from workflows.options import TASK_QUEUE

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no wheels for Windows")

_CASES = 40
_PATIENCE_SECONDS = 60
_READY_WITHIN = timedelta(seconds=60)
_UP = 200
_STARTED = PendingActivityState.PENDING_ACTIVITY_STATE_STARTED
_TASK_COMPLETED = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
_ACTIVITY_COMPLETED = EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED


@pytest.fixture
async def settings(region_url: str, temporal_port: int, tmp_path: Path) -> Settings:
    """The settings that the worker processes share."""
    return settings_for(SHIPPED, tmp_path, region_url, temporal_port)


@pytest.fixture
async def cases(settings: Settings, region_pool: asyncpg.Pool) -> RunningCases:
    """Cases on the queue that worker processes poll."""
    client = await Client.connect(
        f"127.0.0.1:{settings.temporal_port}",
        data_converter=data_converter(settings.payload_key_ring(), NAMESPACE),
    )
    now = datetime.now(UTC)
    monday = quiet_monday(load_region(SHIPPED).calendars.default, now)
    return RunningCases(client, region_pool, TASK_QUEUE, now, monday, PoolValve(region_pool))


class WorkerProcess:
    """`arende worker` as a process of its own, with its health endpoint."""

    def __init__(self, settings: Settings, number: int) -> None:
        self.health = f"http://127.0.0.1:{free_port()}/health"
        environment = child_environment(settings) | {
            "ARENDE_DATABASE_URL": settings.database_url,
            "ARENDE_WORKER_HEALTH_PORT": self.health.split(":")[2].partition("/")[0],
            "ARENDE_WORKER_BUILD_ID": f"build-{number}",
        }
        self.program = Program(
            name=f"worker-{number}",
            command=(sys.executable, "-m", "cli", "worker"),
            environment=environment,
            log=settings.data_dir / "logs" / f"worker-{number}.log",
        )

    async def is_ready(self, _: Child) -> bool:
        try:
            return (await self.look("ready")).status_code == _UP
        except httpx2.TransportError:
            return False

    async def look(self, what: str) -> httpx2.Response:
        async with httpx2.AsyncClient(trust_env=False) as http:
            return await http.get(f"{self.health}/{what}")


@asynccontextmanager
async def running(process: WorkerProcess) -> AsyncIterator[Child]:
    """Run a worker until the end of the block, from when it says that it is ready."""
    child = await launch(process.program, process.is_ready, _READY_WITHIN)
    try:
        yield child
    finally:
        child.kill_now()
        await child.ended()


@asynccontextmanager
async def held_up(pool: asyncpg.Pool) -> AsyncIterator[None]:
    """Let whatever writes a case wait until the end of the block."""
    async with pool.acquire() as conn, conn.transaction():
        await conn.execute("LOCK TABLE cases IN ACCESS EXCLUSIVE MODE")
        yield


async def until(is_so: Callable[[], Awaitable[bool]]) -> None:
    """Wait until *is_so* says yes."""
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while not await is_so():
            pass


async def submit(cases: RunningCases) -> Handle:
    return await cases.start(submission_of("prescription_renewal", RENEWAL, PATIENT, cases.now))


def pids_of_tasks(history: WorkflowHistory) -> set[int]:
    """Return the processes that completed the workflow tasks of a history."""
    return {
        int(event.workflow_task_completed_event_attributes.identity.partition("@")[0])
        for event in history.events
        if event.event_type == _TASK_COMPLETED
    }


def first_activity(history: WorkflowHistory) -> tuple[int, int]:
    """Return the process that completed the first activity, and at which attempt."""
    completed = next(event for event in history.events if event.event_type == _ACTIVITY_COMPLETED)
    attributes = completed.activity_task_completed_event_attributes
    begun = history.events[attributes.started_event_id - 1]
    attempt = begun.activity_task_started_event_attributes.attempt
    return int(attributes.identity.partition("@")[0]), attempt


async def is_at_work(handle: Handle) -> bool:
    """Whether an activity of the case runs in a worker."""
    pending = (await handle.describe()).raw_description.pending_activities
    return any(activity.state == _STARTED for activity in pending)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_told_to_stop_a_worker_ends_what_it_began_and_another_goes_on(
    settings: Settings, cases: RunningCases, number: signal.Signals
) -> None:
    first, second = WorkerProcess(settings, 1), WorkerProcess(settings, 2)
    async with running(first) as stopped:
        async with held_up(cases.pool):
            handle = await submit(cases)
            await until(lambda: is_at_work(handle))
            os.kill(stopped.pid, number)

            async def is_stopping() -> bool:
                components = (await first.look("ready")).json()["components"]
                return bool(components["polling"] == "down")

            await until(is_stopping)
            assert (await first.look("live")).status_code == _UP
        assert await stopped.ended() == 0

    async with running(second) as other:
        await cases.until_state(handle, "queued")
        await cases.act(handle, saying.take())
        history = await handle.fetch_history()

    assert first_activity(history) == (stopped.pid, 1)
    assert other.pid in pids_of_tasks(history)


async def test_two_workers_share_the_cases_and_one_survives_the_other(
    settings: Settings, cases: RunningCases
) -> None:
    async with (
        running(WorkerProcess(settings, 1)) as killed,
        running(WorkerProcess(settings, 2)) as left,
    ):
        handles = await asyncio.gather(*(submit(cases) for _ in range(_CASES)))
        for handle in handles:
            await cases.until_state(handle, "queued")
        histories = [await handle.fetch_history() for handle in handles]
        assert set.union(*map(pids_of_tasks, histories)) == {killed.pid, left.pid}

        await killed.kill()
        await asyncio.gather(*(cases.act(handle, saying.take()) for handle in handles))
        later = [await cases.until_state(handle, "assigned") for handle in handles]

    assert len({row.submission.case_id for row in later}) == _CASES


async def test_a_taken_health_port_is_said_in_one_line(settings: Settings) -> None:
    process = WorkerProcess(settings, 1)
    port = int(process.program.environment["ARENDE_WORKER_HEALTH_PORT"])
    with socket.create_server(("127.0.0.1", port)):
        child = await Child.start(process.program)
        assert await child.ended() == 1
    assert child.last_words().splitlines()[-1] == (
        f"arende: Cannot listen on 127.0.0.1 port {port} (set ARENDE_WORKER_HEALTH_PORT)"
    )
