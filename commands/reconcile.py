"""`arende reconcile`: compares open cases with their rows now, and repairs what lags."""

from datetime import timedelta
from typing import Annotated

import typer
from temporalio.client import Client, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy

from activities.reconcile import ReconcileCounts
from commands.exits import explained
from commands.runs import print_counts, run_now
from runtime.schedules import RECONCILING_SUMMARY
from workflows.options import NOTICES_QUEUE
from workflows.reconcile import Reconcile, ReconcileOrder

_WITHIN = timedelta(minutes=30)
_ROW_AHEAD = 3

app = typer.Typer()


@app.command()
def reconcile(
    as_json: Annotated[bool, typer.Option("--json", help="Print the counts as JSON.")] = False,
) -> None:
    """Compare open cases with their rows, have what lags recorded again, and print counts.

    A lost row of an open case is written again from its workflow, and undeliverable cases are
    tried again. If a run by this command goes on already, waits for it.

    Exit codes: 0 in step or asked to be repaired, 1 no Temporal, no worker or no database,
    2 usage, 3 a row is ahead of its workflow: a restore went wrong, and nothing is overwritten.
    """
    with explained():
        counts = run_now(_start, _WITHIN)
    print_counts(counts, as_json=as_json)
    if counts.ahead:
        raise typer.Exit(_ROW_AHEAD)


async def _start(client: Client) -> WorkflowHandle[Reconcile, ReconcileCounts]:
    return await client.start_workflow(
        Reconcile.run,
        ReconcileOrder(min_age=timedelta()),
        id="reconcile-now",
        task_queue=NOTICES_QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        static_summary=RECONCILING_SUMMARY,
    )
