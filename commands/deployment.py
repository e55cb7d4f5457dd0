"""`arende deployment`: which build of the worker gets the tasks, and how to move them."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, TypeVar

import typer
from temporalio.client import Client
from temporalio.service import RPCError

from commands.exits import explained
from commands.runs import TemporalAwayError
from runtime.deployment import Routing, make_current, ramp, read_routing
from runtime.errors import OperatorError
from runtime.settings import load_settings
from runtime.temporal import connect

_Result = TypeVar("_Result")
_Question = Callable[[Client, str], Coroutine[Any, Any, _Result]]
_Name = Annotated[
    str | None, typer.Option("--name", help="The deployment; ARENDE_WORKER_DEPLOYMENT otherwise.")
]
_Build = Annotated[str, typer.Argument(metavar="BUILD_ID")]

app = typer.Typer(
    no_args_is_help=True,
    help="Look at and move the tasks of a versioned worker deployment. "
    "Exit codes: 0 done, 1 refused, unknown or no Temporal, 2 usage.",
)


class NoNameError(OperatorError):
    """Nobody said which deployment is meant."""

    def __init__(self) -> None:
        super().__init__("Name the deployment by --name or ARENDE_WORKER_DEPLOYMENT")


@app.command()
def show(
    name: _Name = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the routing as JSON.")] = False,
) -> None:
    """Print which build is current, which one is ramped to, and the state of each.

    A draining build still has open cases; a drained one can be stopped.
    """
    with explained():
        routing = _ask(name, read_routing)
    typer.echo(routing.model_dump_json() if as_json else "\n".join(_lines(routing)))


@app.command()
def current(build_id: _Build, name: _Name = None) -> None:
    """Give all tasks, of new and of open cases, to BUILD_ID; an older one rolls back."""
    with explained():
        _ask(name, lambda client, known: make_current(client, known, build_id))
    typer.echo(f"{build_id} is current.")


@app.command("ramp")
def ramp_(
    build_id: _Build,
    percentage: Annotated[float, typer.Argument(metavar="PERCENT", min=0, max=100)],
    name: _Name = None,
) -> None:
    """Give the tasks of PERCENT of all cases to BUILD_ID; 0 ends the ramp."""
    with explained():
        _ask(name, lambda client, known: ramp(client, known, build_id, percentage))
    typer.echo(f"{build_id} gets {percentage:g} % of the cases.")


def _ask(name: str | None, question: _Question[_Result]) -> _Result:
    settings = load_settings()
    deployment = name or settings.worker_deployment
    if deployment is None:
        raise NoNameError

    async def ask() -> _Result:
        try:
            return await question(await connect(settings), deployment)
        except (RPCError, RuntimeError):  # RuntimeError: nothing listens
            raise TemporalAwayError from None

    return asyncio.run(ask())


def _lines(routing: Routing) -> list[str]:
    ramping = f"{routing.ramping} {routing.ramp_percentage:g} %" if routing.ramping else "-"
    return [
        f"deployment  {routing.deployment}{'' if routing.settled else ' (not settled)'}",
        f"current     {routing.current or '-'}",
        f"ramping     {ramping}",
        *(f"build       {build.build_id}  {build.status}" for build in routing.builds),
    ]
