"""`arende notices`: sends what is due at once, and gathers what operators do with deliveries."""

from datetime import timedelta
from typing import Annotated

import typer
from temporalio.client import Client, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy

from activities.notices import NoticeCounts
from commands import dead_addresses, delivery_desk
from commands.exits import explained
from commands.runs import print_counts, run_now
from runtime.schedules import SENDING_SUMMARY
from workflows.notices import SendNotices
from workflows.options import NOTICES_QUEUE

_WITHIN = timedelta(minutes=2)

app = typer.Typer(help="Send notices, and look after their deliveries.", no_args_is_help=True)
app.add_typer(delivery_desk.app)
app.add_typer(dead_addresses.app)


@app.command()
def send(
    as_json: Annotated[bool, typer.Option("--json", help="Print the counts as JSON.")] = False,
) -> None:
    """Send everything that is due, and print what became of it.

    Left: notices that nobody could be told. Retried: deliveries that were not taken and are tried
    again. Dropped: no longer news. What is gathered for a later time stays. If a run by this
    command goes on already, waits for it.

    Exit codes: 0 done, 1 no Temporal, no worker or no database, 2 usage.
    """
    with explained():
        counts = run_now(_start, _WITHIN)
    print_counts(counts, as_json=as_json)


async def _start(client: Client) -> WorkflowHandle[SendNotices, NoticeCounts]:
    return await client.start_workflow(
        SendNotices.run,
        id="send-notices-now",
        task_queue=NOTICES_QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        static_summary=SENDING_SUMMARY,
    )
