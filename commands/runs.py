"""Runs a recurring workflow now: starts it or joins the run that goes on, and waits for its end."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any, TypeVar

import typer
from pydantic import BaseModel
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
from temporalio.service import RPCError

from runtime.errors import OperatorError
from runtime.settings import load_settings
from runtime.temporal import connect

_Result = TypeVar("_Result")
Start = Callable[[Client], Coroutine[Any, Any, WorkflowHandle[Any, _Result]]]


class TemporalAwayError(OperatorError):
    """The command needs Temporal, which does not answer."""

    def __init__(self) -> None:
        super().__init__("Temporal does not answer; check TEMPORAL_ADDRESS")


class RunFailedError(OperatorError):
    """The run ended without a result; the Temporal UI shows why."""

    def __init__(self, workflow_id: str) -> None:
        super().__init__(f"{workflow_id} failed; look at it in the Temporal UI")


class RunUnfinishedError(OperatorError):
    """The run has not ended in time; it goes on, and ends when what it waits for is there."""

    def __init__(self, workflow_id: str) -> None:
        super().__init__(f"{workflow_id} goes on; are a worker and the database running?")


def run_now(start: Start[_Result], within: timedelta) -> _Result:
    """Return the result of the workflow that *start* starts or joins.

    Raises:
        OperatorError: Temporal is away, or the run failed or takes longer than *within*.
    """
    return asyncio.run(_run(start, within))


def print_counts(counts: BaseModel, *, as_json: bool) -> None:
    """Print what a run counted: as one JSON object, or a line for each count."""
    if as_json:
        typer.echo(counts.model_dump_json())
        return
    for name, count in counts.model_dump().items():
        typer.echo(f"{name.replace('_', ' ')}: {count}")


async def _run(start: Start[_Result], within: timedelta) -> _Result:
    settings = load_settings()
    try:
        handle = await start(await connect(settings))
    except (RPCError, RuntimeError):  # RuntimeError: nothing listens
        raise TemporalAwayError from None
    try:
        return await asyncio.wait_for(handle.result(), within.total_seconds())
    except TimeoutError:
        raise RunUnfinishedError(handle.id) from None
    except WorkflowFailureError:
        raise RunFailedError(handle.id) from None
    except RPCError:
        raise TemporalAwayError from None
