"""Forgetting: removes runs of a case from Temporal whose history shows what must not be seen."""

from temporalio import activity
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from domain.model import Model
from domain.submission import CaseId, workflow_id_for


class EarlierRuns(Model):
    """The runs of a case from `last_run` back to its first, all of which have ended."""

    case_id: str
    last_run: str


class ForgettingActivities:
    """Deletes runs; safe to repeat, since a run that is gone is what was wanted."""

    def __init__(self, client: Client) -> None:
        self._client = client

    @activity.defn
    async def forget_runs(self, runs: EarlierRuns) -> None:
        """Delete those runs, the oldest first, so that a repeat still finds the way to the rest.

        Raises:
            ApplicationError: Temporal does not answer or refuses; to be tried again.
        """
        workflow_id = workflow_id_for(CaseId(runs.case_id))
        try:
            found = await self._runs_back_from(workflow_id, runs.last_run)
            for run_id in reversed(found):
                await self._delete(workflow_id, run_id)
                activity.heartbeat()
        except RPCError as error:
            raise ApplicationError(error.status.name, type="temporal_away") from None

    async def forget_ended(self, case_id: str) -> bool:
        """Delete every run of a case that is over; False while its last run goes on.

        Raises:
            RPCError: Temporal does not answer or refuses.
        """
        handle = self._client.get_workflow_handle(workflow_id_for(CaseId(case_id)))
        try:
            described = await handle.describe()
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return True
            raise
        if described.status is WorkflowExecutionStatus.RUNNING:
            return False
        for run_id in reversed(await self._runs_back_from(handle.id, described.run_id)):
            await self._delete(handle.id, run_id)
        return True

    async def _runs_back_from(self, workflow_id: str, run_id: str) -> list[str]:
        """Return *run_id* and the runs before it, as far as they still exist, newest first."""
        found: list[str] = []
        before: str | None = run_id
        while before:
            run_id, before = before, await self._run_before(workflow_id, before)
            if before is not None:
                found.append(run_id)
        return found

    async def _run_before(self, workflow_id: str, run_id: str) -> str | None:
        """Return the id of the run before, empty for the first run, None for one that is gone."""
        handle = self._client.get_workflow_handle(workflow_id, run_id=run_id)
        try:
            async for event in handle.fetch_history_events(page_size=1):
                started = event.workflow_execution_started_event_attributes
                return started.continued_execution_run_id
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
        return None

    async def _delete(self, workflow_id: str, run_id: str) -> None:
        request = DeleteWorkflowExecutionRequest(
            namespace=self._client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=workflow_id, run_id=run_id),
        )
        try:
            await self._client.workflow_service.delete_workflow_execution(request)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
