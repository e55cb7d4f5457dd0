"""Has Temporal remove what it still holds of a case: every run of its workflow, with history."""

import asyncio
from datetime import timedelta

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from domain.submission import CaseId, workflow_id_for
from runtime.errors import OperatorError

_WITHIN = timedelta(seconds=30)


class StillRunningError(Exception):
    """The case's workflow goes on, whatever its row says."""


class NotDeletedError(OperatorError):
    """Temporal did not take the order to remove a workflow."""

    def __init__(self) -> None:
        super().__init__("Temporal does not answer; what was erased until now stays so, repeat it")


async def delete_executions(client: Client, case_id: str, *, even_running: bool = False) -> bool:
    """Order Temporal to remove every run of a case; return whether there was none.

    Safe to repeat. Temporal keeps the order and carries it out by itself, within a minute for a
    workflow that has just closed. Raises `StillRunningError` before anything is ordered, unless
    *even_running*, and `NotDeletedError`.
    """
    workflow_id = workflow_id_for(CaseId(case_id))
    try:
        async with asyncio.timeout(_WITHIN.total_seconds()):
            return await _delete(client, workflow_id, even_running=even_running)
    except (RPCError, RuntimeError, TimeoutError):  # RuntimeError: nothing listens
        raise NotDeletedError from None


async def _delete(client: Client, workflow_id: str, *, even_running: bool) -> bool:
    """Remove the latest run, which the server names, and earlier ones, which visibility does."""
    latest = await _find_latest(client, workflow_id, even_running=even_running)
    listed = client.list_workflows(f"WorkflowId = '{workflow_id}'")
    runs = {execution.run_id async for execution in listed}
    for run_id in runs | ({latest} if latest else set()):
        await _ask(client, workflow_id, run_id)
    return latest is None


async def _find_latest(client: Client, workflow_id: str, *, even_running: bool) -> str | None:
    try:
        described = await client.get_workflow_handle(workflow_id).describe()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise
    if described.status is WorkflowExecutionStatus.RUNNING and not even_running:
        raise StillRunningError
    return described.run_id


async def _ask(client: Client, workflow_id: str, run_id: str) -> None:
    execution = WorkflowExecution(workflow_id=workflow_id, run_id=run_id)
    request = DeleteWorkflowExecutionRequest(
        namespace=client.namespace, workflow_execution=execution
    )
    try:
        await client.workflow_service.delete_workflow_execution(request)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
