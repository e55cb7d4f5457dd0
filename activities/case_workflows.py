"""Cases as they run: how the reconciler lists them, looks at them and asks them for something."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from temporalio.client import (
    Client,
    WorkflowQueryFailedError,
    WorkflowQueryRejectedError,
)
from temporalio.common import QueryRejectCondition
from temporalio.service import RPCError, RPCStatusCode

from domain.model import Model
from domain.projection import Snapshot
from domain.submission import CaseId, workflow_id_for

_RUNNING_CASES = "WorkflowType = 'CaseWorkflow' AND ExecutionStatus = 'Running'"
_ID_PREFIX = workflow_id_for(CaseId(""))
_RPC_TIMEOUT = timedelta(seconds=3)


class Unseen(StrEnum):
    """Why a case's workflow could not be looked at: it does not run, or it did not answer."""

    NOT_RUNNING = "not_running"
    SILENT = "silent"


class CaseWorkflows:
    """The workflows of cases, by case id."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def look_at(self, case_id: str) -> Snapshot | Unseen:
        """Return the case as its running workflow sees it, or why it cannot be seen."""
        handle = self._client.get_workflow_handle(workflow_id_for(CaseId(case_id)))
        try:
            snapshot: Snapshot = await handle.query(
                "view",
                result_type=Snapshot,
                reject_condition=QueryRejectCondition.NOT_OPEN,
                rpc_timeout=_RPC_TIMEOUT,
            )
        except WorkflowQueryRejectedError:
            return Unseen.NOT_RUNNING
        except WorkflowQueryFailedError:
            return Unseen.SILENT
        except RPCError as error:
            return _unseen(error)
        return snapshot

    async def ask(self, case_id: str, signal: str) -> Unseen | None:
        """Send a signal without a message; return None when the workflow has it."""
        handle = self._client.get_workflow_handle(workflow_id_for(CaseId(case_id)))
        try:
            await handle.signal(signal, rpc_timeout=_RPC_TIMEOUT)
        except RPCError as error:
            return _unseen(error)
        return None

    async def tell(self, case_id: str, signal: str, news: Model) -> Unseen | None:
        """Send a signal with *news*; return None when the workflow has it."""
        handle = self._client.get_workflow_handle(workflow_id_for(CaseId(case_id)))
        try:
            await handle.signal(signal, news, rpc_timeout=_RPC_TIMEOUT)
        except RPCError as error:
            return _unseen(error)
        return None

    async def list_running(self, started_before: datetime) -> AsyncIterator[str]:
        """Yield the ids of running cases that began by then, as visibility has them: it may lag."""
        async for execution in self._client.list_workflows(_RUNNING_CASES):
            case_id = _case_id_in(execution.id)
            if case_id is not None and execution.start_time <= started_before:
                yield case_id


def _unseen(error: RPCError) -> Unseen:
    return Unseen.NOT_RUNNING if error.status is RPCStatusCode.NOT_FOUND else Unseen.SILENT


def _case_id_in(workflow_id: str) -> str | None:
    """Return the case id, None for a workflow that somebody started under another kind of id."""
    try:
        return str(UUID(workflow_id.removeprefix(_ID_PREFIX)))
    except ValueError:
        return None
