"""`arende notices`: sends what waits at once instead of within 20 seconds."""

from datetime import timedelta
from typing import Annotated

import typer
from temporalio.client import Client, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy

from activities.notices import NoticeCounts
from commands.exits import explained
from commands.runs import run_now
from runtime.schedules import SENDING_SUMMARY
from workflows.notices import SendNotices
from workflows.options import NOTICES_QUEUE

_WITHIN = timedelta(minutes=2)

app = typer.Typer(no_args_is_help=True)


@app.callback()
def notices() -> None:
    """Send the notices that wait."""


@app.command()
def send(
    as_json: Annotated[bool, typer.Option("--json", help="Print the counts as JSON.")] = False,
) -> None:
    """Send every notice that waits, and print how many were sent, dropped or left.

    Dropped: no longer news when it was about to leave. Left: not taken by the outbox, or nobody
    to tell; tried again. If a run by this command goes on already, waits for it.

    Exit codes: 0 done, 1 no Temporal, no worker or no database, 2 usage.
    """
    with explained():
        counts = run_now(_start, _WITHIN)
    if as_json:
        typer.echo(counts.model_dump_json())
        return
    typer.echo(
        f"{counts.sent} notices sent to {counts.deliveries} recipients, "
        f"{counts.dropped} dropped, {counts.left} left"
    )


async def _start(client: Client) -> WorkflowHandle[SendNotices, NoticeCounts]:
    return await client.start_workflow(
        SendNotices.run,
        id="send-notices-now",
        task_queue=NOTICES_QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        static_summary=SENDING_SUMMARY,
    )
