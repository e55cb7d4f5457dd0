"""What is left after the faults: the rows, the workflows, and what differs between them."""

import asyncio
from collections import Counter
from dataclasses import dataclass

from temporalio.api.enums.v1 import EventType, WorkflowTaskFailedCause
from temporalio.client import Client, WorkflowExecutionDescription, WorkflowHandle

from domain.carried import CaseEnd
from domain.projection import Snapshot
from domain.submission import CaseId, workflow_id_for
from runtime.settings import Settings
from runtime.temporal import data_converter
from runtime.temporal_server import NAMESPACE
from store.case_views import find_case
from store.pool import open_pool
from workflows.case import CaseWorkflow

_SETTLES_WITHIN = 60
_LOOK_EVERY = 0.5
_ALL_IDS = "SELECT case_id::text FROM cases ORDER BY case_id"
_OPEN_CASES = "WorkflowType = 'CaseWorkflow' AND ExecutionStatus = 'Running'"
_CAUSE_PREFIX = len("WORKFLOW_TASK_FAILED_CAUSE_")
_PROBLEMS = "TemporalReportedProblems IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Rows by case id, what workflows say, how many runs each id has, and stuck workflows."""

    rows: dict[str, Snapshot]
    views: dict[str, Snapshot]
    runs: Counter[str]
    problems: list[str]

    def differing(self) -> list[str]:
        """Return where row and workflow differ: the case and the name of the field."""
        lone = self.rows.keys() ^ self.views.keys()
        both = self.rows.keys() & self.views.keys()
        fields = [
            f"{case_id} {name}"
            for case_id in both
            for name in _differing_fields(self.rows[case_id], self.views[case_id])
        ]
        return [*lone, *fields]


async def settled_evidence(settings: Settings, address: str, expected: list[CaseId]) -> Evidence:
    """Return the evidence as soon as rows and workflows agree, at the latest after a minute."""
    client = await _connect(settings, address)
    clock = asyncio.get_running_loop().time
    give_up = clock() + _SETTLES_WITHIN
    while True:
        found = await _collect(settings, client, expected)
        is_settled = not found.differing() and found.runs.total() >= len(expected)
        if (is_settled and not found.problems) or clock() > give_up:
            return found
        await asyncio.sleep(_LOOK_EVERY)


async def failed_tasks(settings: Settings, address: str) -> Counter[str]:
    """Return how many workflow tasks failed in any run of any case, by cause.

    `UNHANDLED_COMMAND` is the engine's own: a message came while a run was ending, and the task
    was done again with it.
    """
    client = await _connect(settings, address)
    causes: Counter[str] = Counter()
    async for run in client.list_workflows("WorkflowType = 'CaseWorkflow'"):
        handle = client.get_workflow_handle(run.id, run_id=run.run_id)
        for event in (await handle.fetch_history()).events:
            if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED:
                cause = event.workflow_task_failed_event_attributes.cause
                causes[WorkflowTaskFailedCause.Name(cause)[_CAUSE_PREFIX:]] += 1
    return causes


async def pending_work(settings: Settings, address: str) -> str:
    """Return what Temporal says of every open case that has an activity or a failing task."""
    client = await _connect(settings, address)
    executions = client.list_workflows(_OPEN_CASES)
    described = [
        await client.get_workflow_handle(execution.id).describe() async for execution in executions
    ]
    return "\n".join(filter(None, map(_pending, described)))


def _pending(case: WorkflowExecutionDescription) -> str:
    told = case.raw_description
    activities = [
        f"{activity.activity_type.name} attempt {activity.attempt}"
        for activity in told.pending_activities
    ]
    tasks = [f"task attempt {told.pending_workflow_task.attempt}"]
    waits = [*activities, *(tasks if told.HasField("pending_workflow_task") else [])]
    return f"{case.id}: {case.history_length} events, {', '.join(waits)}" if waits else ""


async def _connect(settings: Settings, address: str) -> Client:
    converter = data_converter(settings.payload_key_ring(), NAMESPACE)
    return await Client.connect(address, data_converter=converter)


async def _collect(settings: Settings, client: Client, expected: list[CaseId]) -> Evidence:
    async with await open_pool(settings.database_url, 1) as pool, pool.acquire() as conn:
        ids = [record["case_id"] for record in await conn.fetch(_ALL_IDS)]
        found = {case_id: await find_case(conn, case_id) for case_id in ids}
    executions = client.list_workflows("WorkflowType = 'CaseWorkflow'")
    return Evidence(
        rows={case_id: row for case_id, row in found.items() if row is not None},
        views={case_id: await _view(client, case_id) for case_id in expected},
        runs=Counter([execution.id async for execution in executions]),
        problems=[stuck.id async for stuck in client.list_workflows(_PROBLEMS)],
    )


async def _view(client: Client, case_id: CaseId) -> Snapshot:
    handle: WorkflowHandle[CaseWorkflow, CaseEnd] = client.get_workflow_handle_for(
        CaseWorkflow.run, workflow_id_for(case_id)
    )
    return await handle.query(CaseWorkflow.view)


def _differing_fields(row: Snapshot, view: Snapshot) -> list[str]:
    parts = ((row, view), (row.projection, view.projection), (row.submission, view.submission))
    return [
        name
        for left, right in parts
        for name in type(left).model_fields
        if name not in {"projection", "submission"} and getattr(left, name) != getattr(right, name)
    ]
