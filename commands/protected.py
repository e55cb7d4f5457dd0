"""`arende protected`: what the register says of protected identities, told to the cases now."""

from datetime import timedelta
from typing import Annotated

import typer
from temporalio.client import Client, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy

from activities.protection import ProtectionCounts
from commands.exits import explained
from commands.runs import print_counts, run_now
from runtime.schedules import CHECKING_SUMMARY
from workflows.options import NOTICES_QUEUE
from workflows.protection import CheckProtection

CHECK_NOW = "check-protection-now"

_WITHIN = timedelta(minutes=30)

app = typer.Typer(help="Patients with protected identity.", no_args_is_help=True)


@app.callback()
def protected() -> None:
    """Patients with protected identity."""


@app.command()
def check(
    as_json: Annotated[bool, typer.Option("--json", help="Print the counts as JSON.")] = False,
) -> None:
    """Tell each case what the register of citizens says of its patient's protection now.

    A worker does the same each day, and after each import of the listing. A check that goes on
    is begun anew, so that it also finds what has changed since it began.

    Exit codes: 0 told, 1 no Temporal, no worker or no database, 2 usage.
    """
    with explained():
        counts = run_now(begin_check, _WITHIN)
    print_counts(counts, as_json=as_json)


async def begin_check(client: Client) -> WorkflowHandle[CheckProtection, ProtectionCounts]:
    """Start a check, instead of one that goes on."""
    return await client.start_workflow(
        CheckProtection.run,
        id=CHECK_NOW,
        task_queue=NOTICES_QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.TERMINATE_EXISTING,
        static_summary=CHECKING_SUMMARY,
    )
