"""`arende case stuck` and `retry`: the cases that do not go on by themselves, and a new try."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, NamedTuple, TypeVar

import typer
from temporalio.client import Client
from temporalio.service import RPCError

from activities.case_workflows import CaseWorkflows
from commands.exits import explained
from commands.runs import TemporalAwayError
from runtime.settings import load_settings
from runtime.telemetry.watch import ADMITTED_WITHIN
from runtime.temporal import connect

_SOME_ARE_STUCK = 3
_RUNNING = "ExecutionStatus = 'Running'"
_CASES = f"WorkflowType = 'CaseWorkflow' AND {_RUNNING}"
_PREFIX = "case-"

_Result = TypeVar("_Result")
Question = Callable[[Client], Coroutine[Any, Any, _Result]]

app = typer.Typer()


class Why(StrEnum):
    """What keeps a case from going on; the runbook has an answer to each."""

    TASK_FAILING = "task_failing"
    QUARANTINED = "quarantined"
    NOT_ADMITTED = "not_admitted"
    UNDELIVERABLE = "undeliverable"


_RETRIED = {Why.QUARANTINED: "record_again", Why.UNDELIVERABLE: "deliver_again"}


class Stuck(NamedTuple):
    """A workflow that waits for a human: a case's id, another workflow's whole id, and since when.

    `started_at` is when the workflow began, not when it got stuck.
    """

    case_id: str
    why: Why
    started_at: datetime


@app.command()
def stuck(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List what does not go on by itself: failing tasks, quarantined, not admitted, undeliverable.

    Asks Temporal, whose lists follow a moment later. A case may be there for two reasons. A task
    that fails may also be one of a workflow that is no case. Needs no database.

    Exit codes: 0 nothing is stuck, 1 no Temporal, 2 usage, 3 something is stuck.
    """
    with explained():
        found = _ask(_find_stuck)
    if as_json:
        typer.echo(json.dumps([_told(one) for one in found], indent=2))
    else:
        for one in found:
            typer.echo(f"{one.case_id}  {one.why}  since {one.started_at:%Y-%m-%d %H:%M} UTC")
    if found:
        raise typer.Exit(_SOME_ARE_STUCK)


@app.command()
def retry() -> None:
    """Ask quarantined cases to record once more, and undeliverable ones to look for a place.

    Each does so by itself within an hour; this is for after the cause was mended. Safe to repeat.

    Exit codes: 0 asked, 1 no Temporal, 2 usage.
    """
    with explained():
        counts = _ask(_retry_all)
    for why, count in counts.items():
        typer.echo(f"{why}: {count} asked")


def _ask(question: Question[_Result]) -> _Result:
    async def ask() -> _Result:
        try:
            return await question(await connect(load_settings()))
        except (RPCError, RuntimeError):  # RuntimeError: nothing listens
            raise TemporalAwayError from None

    return asyncio.run(ask())


async def _find_stuck(client: Client) -> list[Stuck]:
    now = datetime.now(UTC)
    return [one for why in Why async for one in _list(client, why, now)]


async def _retry_all(client: Client) -> dict[Why, int]:
    cases, now = CaseWorkflows(client), datetime.now(UTC)
    counts = dict.fromkeys(_RETRIED, 0)
    for why, signal in _RETRIED.items():
        async for one in _list(client, why, now):
            counts[why] += await cases.ask(one.case_id, signal) is None
    return counts


async def _list(client: Client, why: Why, now: datetime) -> AsyncIterator[Stuck]:
    async for workflow in client.list_workflows(_query(why, now)):
        yield Stuck(workflow.id.removeprefix(_PREFIX), why, workflow.start_time)


def _query(why: Why, now: datetime) -> str:
    match why:
        case Why.TASK_FAILING:
            return f"TemporalReportedProblems IS NOT NULL AND {_RUNNING}"
        case Why.QUARANTINED:
            return f"{_CASES} AND CaseQuarantined = true"
        case Why.NOT_ADMITTED:
            late = (now - ADMITTED_WITHIN).isoformat()
            return f"{_CASES} AND CaseState = 'received' AND StartTime < '{late}'"
        case Why.UNDELIVERABLE:
            return f"{_CASES} AND CaseState = 'undeliverable'"


def _told(one: Stuck) -> dict[str, str]:
    return {"case_id": one.case_id, "why": one.why, "started_at": one.started_at.isoformat()}
