"""One pass brings rows back in step with their workflows, and a second finds nothing to do."""

from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from structlog.testing import capture_logs
from temporalio.client import Client
from temporalio.service import RPCError
from temporalio.worker import Replayer, Worker

from activities.reconcile import ReconcileActivities, ReconcileCounts
from store.case_views import find_case
from tests.workflows.command import arende
from tests.workflows.losing import LOSE_ALL
from tests.workflows.people import PATIENT, PHYSICIAN_ROLE
from tests.workflows.renewal import RENEWAL
from tests.workflows.running import Handle, RunningCases, next_queue, submission_of
from worker import sandbox
from workflows.options import NOTICES_QUEUE
from workflows.reconcile import Reconcile, ReconcileOrder

FALLBACK_ROLE = "PV/sjukskoterska/recept"


class Reconciler:
    """Runs the reconciler on a queue of its own and replays each run."""

    def __init__(self, client: Client, queue: str) -> None:
        self._client = client
        self._queue = queue
        self._replayer = Replayer(
            workflows=[Reconcile],
            workflow_runner=sandbox(),
            data_converter=client.data_converter,
        )

    async def run(self, min_age: timedelta = timedelta()) -> ReconcileCounts:
        handle = await self._client.start_workflow(
            Reconcile.run,
            ReconcileOrder(min_age=min_age),
            id=f"reconcile-{uuid4()}",
            task_queue=self._queue,
        )
        counts = await handle.result()
        await self._replayer.replay_workflow(await handle.fetch_history())
        return counts


@pytest.fixture
async def reconciler(client: Client, cases: RunningCases) -> AsyncIterator[Reconciler]:
    """A worker that reconciles the database of `cases`, and no other case that still runs."""
    async for left in client.list_workflows("ExecutionStatus = 'Running'"):
        with suppress(RPCError):  # visibility lags: it may have ended
            await client.get_workflow_handle(left.id).terminate()
    queue = next_queue()
    async with worker(client, queue, cases):
        yield Reconciler(client, queue)


def worker(client: Client, queue: str, cases: RunningCases) -> Worker:
    activities = ReconcileActivities(cases.pool, client)
    return Worker(
        client,
        task_queue=queue,
        workflows=[Reconcile],
        activities=[activities.reconcile_cases, activities.find_missing_rows],
        workflow_runner=sandbox(),
    )


async def queued_case(cases: RunningCases) -> Handle:
    handle = await cases.start(submission_of("prescription_renewal", RENEWAL, PATIENT, cases.now))
    await cases.until_state(handle, "queued")
    return handle


async def is_listed(client: Client, handle: Handle) -> None:
    """Wait until visibility knows the case."""
    while True:
        async for _ in client.list_workflows(f"WorkflowId = '{handle.id}'"):
            return


def case_id_of(handle: Handle) -> str:
    return handle.id.removeprefix("case-")


async def test_lagging_row_is_recorded_again(cases: RunningCases, reconciler: Reconciler) -> None:
    handle = await queued_case(cases)
    before = await cases.view(handle)
    await cases.pool.execute("UPDATE cases SET rev = rev - 1, state = 'received'")

    assert (await reconciler.run()).lagging == 1
    row = await cases.until_row(handle, rev=before.projection.rev + 1)

    assert row == await cases.view(handle)
    second = await reconciler.run()
    assert (second.checked, second.lagging, second.missing) == (1, 0, 0)
    assert await cases.row(handle) == row


async def test_lost_row_is_written_again_with_all_its_events(
    client: Client, cases: RunningCases, reconciler: Reconciler
) -> None:
    handle = await queued_case(cases)
    await is_listed(client, handle)
    before = await cases.view(handle)
    await cases.pool.execute(LOSE_ALL)

    assert (await reconciler.run(timedelta(minutes=10))).missing == 0
    assert (await reconciler.run()).missing == 1
    row = await cases.until_row(handle, rev=before.projection.rev + 1)

    assert row == await cases.view(handle)
    assert row.events[: len(before.events)] == before.events
    second = await reconciler.run()
    assert (second.lagging, second.ahead) == (0, 0)
    assert await cases.row(handle) == row


async def test_row_ahead_alerts_and_stays(cases: RunningCases, reconciler: Reconciler) -> None:
    handle = await queued_case(cases)
    await cases.pool.execute("UPDATE cases SET rev = rev + 5")
    row = await cases.row(handle)

    with capture_logs() as logs:
        counts = await reconciler.run()

    assert counts.ahead == 1
    assert [line["case_id"] for line in logs if line["event"] == "row_ahead_of_workflow"] == [
        case_id_of(handle)
    ]
    assert await cases.row(handle) == row


async def test_command_ends_with_its_own_code_when_a_row_is_ahead(
    client: Client, temporal_address: str, cases: RunningCases, tmp_path: Path
) -> None:
    await queued_case(cases)
    await cases.pool.execute("UPDATE cases SET rev = rev + 5")

    async with worker(client, NOTICES_QUEUE, cases):
        ended = await arende(temporal_address, tmp_path, "reconcile", "--json")

    assert ended.code == 3
    assert ReconcileCounts.model_validate_json(ended.said).ahead == 1


async def test_row_whose_workflow_was_ended_is_counted(
    cases: RunningCases, reconciler: Reconciler
) -> None:
    handle = await queued_case(cases)
    await handle.terminate()

    assert (await reconciler.run()).without_workflow == 1


async def test_undeliverable_case_is_delivered_when_the_role_gets_a_holder(
    cases: RunningCases, reconciler: Reconciler
) -> None:
    roles = [PHYSICIAN_ROLE, FALLBACK_ROLE]
    await cases.pool.execute("CREATE TABLE away AS SELECT * FROM staff_roles")
    await cases.pool.execute("DELETE FROM staff_roles WHERE role = ANY ($1)", roles)
    handle = await cases.start(submission_of("prescription_renewal", RENEWAL, PATIENT, cases.now))
    await cases.until_state(handle, "undeliverable")

    stuck = await cases.row(handle)
    assert (await reconciler.run()).redelivered == 1
    assert await cases.row(handle) == stuck

    await cases.pool.execute(
        "INSERT INTO staff_roles SELECT * FROM away WHERE role = ANY ($1)", roles
    )
    assert (await reconciler.run()).redelivered == 1
    await cases.until_state(handle, "queued")
    assert (await reconciler.run()).redelivered == 0


async def test_case_that_waits_for_the_registers_is_left_alone(
    client: Client, cases: RunningCases, reconciler: Reconciler
) -> None:
    await cases.pool.execute("ALTER TABLE listings RENAME TO listings_away")
    handle = await cases.start(submission_of("prescription_renewal", RENEWAL, PATIENT, cases.now))
    await is_listed(client, handle)

    assert (await reconciler.run()).unadmitted == 1

    await cases.pool.execute("ALTER TABLE listings_away RENAME TO listings")
    await handle.signal("record_again")
    await cases.until_state(handle, "queued")
    async with cases.pool.acquire() as conn:
        assert await find_case(conn, case_id_of(handle))
