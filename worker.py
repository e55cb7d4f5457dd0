"""The worker: the one place where workflows and activities are wired together."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import asyncpg
from temporalio.client import Client
from temporalio.worker import PollerBehaviorAutoscaling, Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.access_keeping import AccessKeepingActivities
from activities.admission import AdmissionActivities
from activities.forgetting import ForgettingActivities
from activities.merging import MergingActivities
from activities.notices import NoticeActivities
from activities.planning import plan_deadlines
from activities.protection import ProtectionActivities
from activities.reconcile import ReconcileActivities
from activities.record import RecordActivities
from domain.region import Region
from runtime.channels.opening import channels_of, open_outbox
from runtime.deployment import UNVERSIONED, Build, build_of
from runtime.logging import configure_logging
from runtime.notice_texts import load_notice_texts
from runtime.region import load_region
from runtime.schedules import ensure_schedules
from runtime.settings import Settings
from runtime.telemetry.process import worker_telemetry
from runtime.temporal import STICKY_TIMEOUT, connect
from runtime.worker_health import WorkerHealth, answering
from store.pool import open_pool
from workflows.access_keeping import KeepAccessLog
from workflows.case import CaseWorkflow
from workflows.notices import SendNotices
from workflows.options import NOTICES_QUEUE, TASK_QUEUE
from workflows.protection import CheckProtection
from workflows.reconcile import Reconcile

GRACE = timedelta(seconds=30)
"""How long running activities may finish when the worker is told to stop."""

_PASSED_THROUGH = ("activities", "asyncpg", "domain", "store", "structlog")
_CACHED_CASES = 1_000
"""Each takes about 0.2 MB; one that is not among them is replayed when it is next acted on."""

_WORKFLOW_TASKS = 100
_NOTICE_SLOTS = 4


@dataclass(frozen=True, slots=True)
class Recurring:
    """The activities of what schedules start."""

    notices: NoticeActivities
    keeping: AccessKeepingActivities
    protection: ProtectionActivities


def sandbox() -> SandboxedWorkflowRunner:
    """Return the sandbox of all our workflows: only the workflow files are loaded afresh."""
    restrictions = SandboxRestrictions.default.with_passthrough_modules(*_PASSED_THROUGH)
    return SandboxedWorkflowRunner(restrictions=restrictions)


def case_worker(
    client: Client,
    pool: asyncpg.Pool,
    region: Region,
    task_queue: str = TASK_QUEUE,
    build: Build = UNVERSIONED,
) -> Worker:
    """Return the worker of the case queue; its activity slots fit the pool."""
    slots = pool.get_max_size()
    return Worker(
        client,
        task_queue=task_queue,
        identity=build.identity(TASK_QUEUE),
        deployment_config=build.options(),
        workflows=[CaseWorkflow],
        activities=[
            AdmissionActivities(pool, region).admit_case,
            RecordActivities(pool).record_case,
            MergingActivities(client).offer_case,
            ForgettingActivities(client).forget_runs,
            plan_deadlines,
        ],
        workflow_runner=sandbox(),
        max_cached_workflows=_CACHED_CASES,
        max_concurrent_workflow_tasks=_WORKFLOW_TASKS,
        max_concurrent_activities=slots,
        max_concurrent_local_activities=slots,
        workflow_task_poller_behavior=PollerBehaviorAutoscaling(),
        activity_task_poller_behavior=PollerBehaviorAutoscaling(),
        sticky_queue_schedule_to_start_timeout=STICKY_TIMEOUT,
        graceful_shutdown_timeout=GRACE,
    )


def notices_worker(
    client: Client, pool: asyncpg.Pool, recurring: Recurring, build: Build = UNVERSIONED
) -> Worker:
    """Return the worker of whatever recurs, apart so that none of it starves the cases."""
    reconciling = ReconcileActivities(pool, client)
    return Worker(
        client,
        task_queue=NOTICES_QUEUE,
        identity=build.identity(NOTICES_QUEUE),
        deployment_config=build.options(),
        workflows=[SendNotices, Reconcile, KeepAccessLog, CheckProtection],
        activities=[
            recurring.notices.address_notices,
            recurring.notices.send_deliveries,
            reconciling.reconcile_cases,
            reconciling.find_missing_rows,
            recurring.keeping.keep_months,
            recurring.keeping.draw_week,
            recurring.protection.check_protection,
        ],
        workflow_runner=sandbox(),
        max_concurrent_activities=_NOTICE_SLOTS,
        workflow_task_poller_behavior=PollerBehaviorAutoscaling(),
        activity_task_poller_behavior=PollerBehaviorAutoscaling(),
        sticky_queue_schedule_to_start_timeout=STICKY_TIMEOUT,
        graceful_shutdown_timeout=GRACE,
    )


async def main(settings: Settings) -> None:
    """Work until cancelled; what has begun then gets `GRACE`. Starts while PostgreSQL is away."""
    configure_logging()
    build = build_of(settings)
    region = load_region(settings.region_dir)
    texts = load_notice_texts(settings.region_dir / "texts" / "notices.toml")
    telemetry = worker_telemetry(settings, region)
    client = await connect(settings, observed=telemetry.observed())
    await ensure_schedules(client)
    async with (
        await open_pool(settings.database_url, settings.database_pool_size) as pool,
        open_outbox(settings) as outbox,
        telemetry.shown(client),
    ):
        notices = NoticeActivities(
            pool, region, telemetry.counted(outbox), texts, channels_of(settings)
        )
        keeping = AccessKeepingActivities(pool, region.calendars.default.zone)
        recurring = Recurring(notices, keeping, ProtectionActivities(pool, client, region))
        health = WorkerHealth(pool, client, TASK_QUEUE, build.identity(TASK_QUEUE))
        async with (
            answering(settings, health),
            case_worker(client, pool, region, build=build),
            notices_worker(client, pool, recurring, build=build),
        ):
            with health.taking_tasks():
                await asyncio.Event().wait()
