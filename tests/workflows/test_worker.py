"""The worker: sized to its database, named by process and build, and moved between builds."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

import asyncpg
import httpx2
import pytest
from temporalio import workflow
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client
from temporalio.worker import PollerBehaviorAutoscaling, UnsandboxedWorkflowRunner, Worker

from activities.access_keeping import AccessKeepingActivities
from activities.notices import NoticeActivities
from activities.protection import ProtectionActivities
from domain.carried import CaseStart
from domain.region import Region
from runtime.deployment import (
    Build,
    DeploymentRefusedError,
    NoDeploymentError,
    Routing,
    build_of,
    make_current,
    ramp,
    read_routing,
)
from runtime.settings import WrongSettingsError, load_settings
from runtime.temporal import STICKY_TIMEOUT
from runtime.worker_health import WorkerHealth
from store.pool import open_pool
from tests.workflows import saying
from tests.workflows.command import arende
from tests.workflows.people import PATIENT
from tests.workflows.renewal import RENEWAL
from tests.workflows.running import (
    Handle,
    RunningCases,
    next_queue,
    quiet_monday,
    submission_of,
)
from tests.workflows.valve import PoolValve
from worker import GRACE, Recurring, case_worker, notices_worker
from workflows.options import NOTICES_QUEUE, TASK_QUEUE

_PATIENCE_SECONDS = 30
_TASK_COMPLETED = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED


@workflow.defn(name="CaseWorkflow")
class BrokenCase:
    """A build that does something else than the histories of open cases say."""

    @workflow.run
    async def run(self, start: CaseStart) -> None:
        await workflow.sleep(60)


def deployment_of_its_own() -> str:
    """Return the name of a deployment no other test uses."""
    return f"arende-{next_queue()}"


@pytest.fixture
def cases(client: Client, region_pool: asyncpg.Pool, region: Region) -> RunningCases:
    """Cases on a queue of their own, whose workers each test starts."""
    now = datetime.now(UTC)
    monday = quiet_monday(region.calendars.default, now)
    return RunningCases(client, region_pool, next_queue(), now, monday, PoolValve(region_pool))


@asynccontextmanager
async def working(cases: RunningCases, region: Region, build: Build) -> AsyncIterator[Worker]:
    """A worker of this build, until the end of the block; returns when Temporal has seen it."""
    async with case_worker(cases.client, cases.pool, region, cases.queue, build) as worker:
        await until_known(cases.client, build)
        yield worker


async def until_known(client: Client, build: Build) -> None:
    """Wait until Temporal lists this build of the deployment."""
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while True:
            try:
                routing = await read_routing(client, str(build.deployment))
            except NoDeploymentError:
                continue
            if build.build_id in {known.build_id for known in routing.builds}:
                return


async def until_routed(client: Client, build: Build) -> None:
    """Make this build current, as soon as its pollers are known, and wait until queues follow."""
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while True:
            try:
                await make_current(client, str(build.deployment), build.build_id)
            except DeploymentRefusedError:
                continue
            break
        await until_settled(client, str(build.deployment))


async def until_settled(client: Client, deployment: str) -> Routing:
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while True:
            routing = await read_routing(client, deployment)
            if routing.settled:
                return routing


async def builds_of(handle: Handle) -> list[str]:
    """Return the builds that completed the case's workflow tasks, in order, without repeats."""
    history = await handle.fetch_history()
    completed = [
        event.workflow_task_completed_event_attributes
        for event in history.events
        if event.event_type == _TASK_COMPLETED
    ]
    return [build for build, _ in groupby(task.deployment_version.build_id for task in completed)]


async def started(cases: RunningCases) -> Handle:
    handle = await cases.start(submission_of("prescription_renewal", RENEWAL, PATIENT, cases.now))
    await cases.until_state(handle, "queued")
    return handle


async def test_slots_fit_the_pool_and_tasks_are_polled_for_as_needed(
    client: Client, region_url: str, region: Region
) -> None:
    async with await open_pool(region_url, 7) as pool:
        config = case_worker(client, pool, region).config()

    assert config["max_concurrent_activities"] == 7
    assert config["max_concurrent_local_activities"] == 7
    assert isinstance(config["workflow_task_poller_behavior"], PollerBehaviorAutoscaling)
    assert isinstance(config["activity_task_poller_behavior"], PollerBehaviorAutoscaling)
    assert config["sticky_queue_schedule_to_start_timeout"] == STICKY_TIMEOUT
    assert config["graceful_shutdown_timeout"] == GRACE


async def test_notices_have_a_queue_and_slots_of_their_own(
    client: Client, region_pool: asyncpg.Pool
) -> None:
    recurring = Recurring(  # only asked for their methods
        NoticeActivities.__new__(NoticeActivities),
        AccessKeepingActivities.__new__(AccessKeepingActivities),
        ProtectionActivities.__new__(ProtectionActivities),
    )
    config = notices_worker(client, region_pool, recurring).config()

    assert config["task_queue"] == NOTICES_QUEUE
    assert NOTICES_QUEUE != TASK_QUEUE
    assert config["graceful_shutdown_timeout"] == GRACE


def test_a_deployment_needs_a_build_id(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ARENDE_WORKER_DEPLOYMENT", "arende")
    with pytest.raises(WrongSettingsError, match="ARENDE_WORKER_BUILD_ID is required"):
        load_settings("local")

    monkeypatch.setenv("ARENDE_WORKER_BUILD_ID", "2026-11-1")
    assert build_of(load_settings("local")) == Build("2026-11-1", "arende")


def test_identity_says_process_role_and_build() -> None:
    pid, _, rest = Build("2026-11").identity(TASK_QUEUE).partition("@")

    assert pid == str(os.getpid())
    assert rest.split("/")[1:] == ["cases", "2026-11"]


async def test_health_follows_each_component(
    client: Client, region_pool: asyncpg.Pool, region: Region
) -> None:
    build, queue = Build("b"), next_queue()
    health = WorkerHealth(region_pool, client, queue, build.identity(TASK_QUEUE))
    transport = httpx2.ASGITransport(health.app())
    async with httpx2.AsyncClient(transport=transport, base_url="http://worker") as http:

        async def ready() -> httpx2.Response:
            return await http.get("/health/ready")

        assert (await http.get("/health/live")).json() == {"status": "live"}
        with health.taking_tasks():
            before = await ready()
            async with case_worker(client, region_pool, region, queue, build):
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    while (await ready()).status_code != 200:
                        pass
        stopping = await ready()
        await region_pool.close()
        without_database = await ready()

    assert before.json()["components"] == {
        "postgresql": "up",
        "temporal": "up",
        "polling": "down",
        "payload_keys": "up",
    }
    assert (stopping.status_code, stopping.json()["components"]["polling"]) == (503, "down")
    assert without_database.json()["components"]["postgresql"] == "down"
    assert without_database.headers["Cache-Control"] == "no-store"


async def test_open_cases_move_to_the_current_build_and_back(
    cases: RunningCases, region: Region
) -> None:
    name = deployment_of_its_own()
    one, two = Build("1", name), Build("2", name)
    async with working(cases, region, one), working(cases, region, two):
        await until_routed(cases.client, one)
        old = await started(cases)
        await until_routed(cases.client, two)
        new = await started(cases)
        await cases.act(old, saying.take())
        assert (await builds_of(old), await builds_of(new)) == (["1", "2"], ["2"])

        await until_routed(cases.client, one)
        await cases.act(new, saying.take())
        newest = await started(cases)

    assert (await builds_of(new), await builds_of(newest)) == (["2", "1"], ["1"])


async def test_open_cases_follow_a_ramp_and_its_end(cases: RunningCases, region: Region) -> None:
    name = deployment_of_its_own()
    one, two = Build("1", name), Build("2", name)
    async with working(cases, region, one), working(cases, region, two):
        await until_routed(cases.client, one)
        handle = await started(cases)
        await ramp(cases.client, name, "2", 100)
        await until_settled(cases.client, name)
        await cases.act(handle, saying.take())
        assert await builds_of(handle) == ["1", "2"]

        await ramp(cases.client, name, "2", 0)
        await until_settled(cases.client, name)
        await cases.act(handle, saying.ask("Since when?"))

    assert await builds_of(handle) == ["1", "2", "1"]


async def test_cases_begun_without_versions_move_to_the_first_build(
    cases: RunningCases, region: Region
) -> None:
    named = Build("1", deployment_of_its_own())
    async with case_worker(cases.client, cases.pool, region, cases.queue):
        handle = await started(cases)
        async with working(cases, region, named):
            await until_routed(cases.client, named)
            await cases.act(handle, saying.take())

    assert await builds_of(handle) == ["", "1"]


async def test_broken_build_loses_no_case(cases: RunningCases, region: Region) -> None:
    name = deployment_of_its_own()
    good, broken = Build("good", name), Build("broken", name)
    bad_worker = Worker(
        cases.client,
        task_queue=cases.queue,
        workflows=[BrokenCase],
        workflow_runner=UnsandboxedWorkflowRunner(),
        deployment_config=broken.options(),
        max_concurrent_activities=1,
        activities=case_worker(cases.client, cases.pool, region).config()["activities"],
    )
    async with working(cases, region, good), bad_worker:
        await until_known(cases.client, broken)
        await until_routed(cases.client, good)
        handle = await started(cases)
        await until_routed(cases.client, broken)
        await handle.signal("take", saying.take())
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while not (await handle.describe()).raw_description.pending_workflow_task.attempt > 1:
                pass
        await until_routed(cases.client, good)
        row = await cases.until_state(handle, "assigned")

    assert row.projection.state == "assigned"
    assert await builds_of(handle) == ["good"]


async def test_routing_is_shown_and_moved_by_command(
    cases: RunningCases, region: Region, temporal_address: str, tmp_path: Path
) -> None:
    name = deployment_of_its_own()
    one, two = Build("1", name), Build("2", name)

    async def deployment(*arguments: str) -> tuple[int, str]:
        ended = await arende(temporal_address, tmp_path, "deployment", *arguments, "--name", name)
        return ended.code, ended.said

    assert (await deployment("show"))[0] == 1
    async with working(cases, region, one), working(cases, region, two):
        await until_routed(cases.client, one)
        assert await deployment("ramp", "2", "25") == (0, "2 gets 25 % of the cases.\n")
        await until_settled(cases.client, name)
        shown = Routing.model_validate_json((await deployment("show", "--json"))[1])
        assert (shown.current, shown.ramping, shown.ramp_percentage) == ("1", "2", 25)
        assert await deployment("ramp", "2", "0") == (0, "2 gets 0 % of the cases.\n")
        assert await deployment("current", "2") == (0, "2 is current.\n")
        assert (await deployment("current", "3"))[0] == 1
        routing = await until_settled(cases.client, name)

    assert (routing.current, routing.ramping) == ("2", None)
    states = {build.build_id: build.status for build in routing.builds}
    assert states["2"] == "current"
    assert "1" in states
