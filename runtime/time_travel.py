"""Moving one case's time on a local stack; the server skips, the case only sees later instants."""

import asyncio
from datetime import timedelta

from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError
from temporalio.testing import TimeSkipper, TimeSkippingConfig

from domain.carried import CaseEnd
from domain.projection import Snapshot
from domain.submission import CaseId, workflow_id_for
from runtime.errors import OperatorError
from runtime.settings import Settings
from store.case_views import find_case
from store.pool import open_pool
from workflows.case import CaseWorkflow

_SHOWN_WITHIN_SECONDS = 15


class NoTimeTravelError(OperatorError):
    """Time can be moved for an open case of a local stack only."""


async def fast_forward(
    client: Client, settings: Settings, case_id: CaseId, duration: timedelta
) -> Snapshot:
    """Move one case's time forward; return it when its row shows what has happened by then.

    Raises:
        NoTimeTravelError: outside local mode, no such open case, or its row did not follow.
    """
    if settings.mode != "local":
        raise NoTimeTravelError("Time is moved in local mode only (ARENDE_MODE=local)")
    handle: WorkflowHandle[CaseWorkflow, CaseEnd] = client.get_workflow_handle_for(
        CaseWorkflow.run, workflow_id_for(case_id)
    )
    skipper = TimeSkipper(client, config=TimeSkippingConfig(enabled=False))
    try:
        await skipper.fast_forward(handle, duration)
        rev = (await handle.query(CaseWorkflow.view)).projection.rev
    except RPCError as error:
        raise NoTimeTravelError(f"The case cannot be moved: {error.status.name}") from None
    try:
        async with asyncio.timeout(_SHOWN_WITHIN_SECONDS):
            return await _row_with(settings, case_id, rev)
    except TimeoutError:
        raise NoTimeTravelError("The case has moved, but its row does not show it") from None


async def _row_with(settings: Settings, case_id: CaseId, rev: int) -> Snapshot:
    async with await open_pool(settings.database_url, 1) as pool, pool.acquire() as conn:
        while True:
            row = await find_case(conn, case_id)
            if row is not None and row.projection.rev >= rev:
                return row
