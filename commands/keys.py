"""`arende keys`: which payload keys are still needed, and how open cases leave an old one."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from typing import Annotated, Any, TypeVar

import typer
from temporalio.client import Client
from temporalio.service import RPCError

from commands.exits import explained
from commands.rekeying import Rekeyed, rekey_all
from commands.runs import TemporalAwayError
from runtime.errors import OperatorError
from runtime.key_use import KeyUse, find_key_use
from runtime.settings import load_settings
from runtime.temporal import connect

_INCOMPLETE = 3
_DEFAULT_MINUTES = 10

_Result = TypeVar("_Result")
_Question = Callable[[Client, list[str]], Coroutine[Any, Any, _Result]]

app = typer.Typer(
    no_args_is_help=True,
    help="Look at the payload keys and move open cases to the first one (docs/keys.md).",
)


class KeyNeededError(OperatorError):
    """A key cannot leave the ring yet."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name} cannot be retired: {why}")


@app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print how many open cases, other open runs and schedules need each key.

    Reads the names beside the payloads in Temporal and opens none. The first key of the ring
    seals; the others only open. Follows Temporal's lists, which lag by a moment.

    Exit codes: 0 every key that is needed is in the ring, 1 no Temporal, 2 usage, 3 one is not.
    """
    with explained():
        ring, found = _ask(_look)
    counts = _counts(ring, found)
    if as_json:
        typer.echo(json.dumps({"keys": counts}, indent=2))
    else:
        for each in counts:
            place = "first" if each["first"] else "" if each["in_ring"] else "NOT IN THE RING"
            typer.echo(
                f"{each['name']}: {each['open_cases']} open cases, {each['other_runs']} other "
                f"runs, {each['schedules']} schedules  {place}".rstrip()
            )
    if not all(each["in_ring"] for each in counts):
        raise typer.Exit(_INCOMPLETE)


@app.command()
def rekey(
    within: Annotated[
        int, typer.Option("--within", metavar="MINUTES", min=1, help="How long to wait for them.")
    ] = _DEFAULT_MINUTES,
) -> None:
    """Let every open case that needs another key than the first go on as a new run.

    Each case is asked once, in parts, and schedules are sealed anew. Run it when every worker and
    API has the new key first. Safe to repeat and to interrupt. A case that is not admitted yet,
    or over but not recorded, goes on later: run the command again.

    Exit codes: 0 nothing open needs an older key, 1 no Temporal, 2 usage, 3 something still does.
    """
    with explained():
        done = _ask(lambda client, ring: rekey_all(client, ring[0], within * 60.0, typer.echo))
    typer.echo(_told(done))
    if done.left:
        raise typer.Exit(_INCOMPLETE)


@app.command()
def retire(name: Annotated[str, typer.Argument(metavar="NAME", help="The key's name.")]) -> None:
    """Say whether the key NAME may be taken out of ARENDE_PAYLOAD_KEYS; changes nothing.

    Closed cases that Temporal still keeps are not counted: without the key they can no longer be
    read there, and their rows in PostgreSQL are all there is (docs/keys.md).

    Exit codes: 0 nothing open needs it, 1 something does or it is the first, 2 usage.
    """
    with explained():
        ring, found = _ask(_look)
        _check_retired(name, ring, found)
    typer.echo(f"Nothing open needs {name}: take it out of ARENDE_PAYLOAD_KEYS and restart.")


def _ask(question: _Question[_Result]) -> _Result:
    settings = load_settings()
    ring = list(settings.payload_key_ring())

    async def ask() -> _Result:
        try:
            return await question(await connect(settings), ring)
        except (RPCError, RuntimeError):  # RuntimeError: nothing listens
            raise TemporalAwayError from None

    return asyncio.run(ask())


async def _look(client: Client, ring: list[str]) -> tuple[list[str], list[KeyUse]]:
    return ring, await find_key_use(client)


def _counts(ring: Sequence[str], found: Sequence[KeyUse]) -> list[dict[str, Any]]:
    cases = Counter(name for use in found if use.is_case for name in use.names)
    schedules = Counter(name for use in found if use.is_schedule for name in use.names)
    everything = Counter(name for use in found for name in use.names)
    return [
        {
            "name": name,
            "first": name == ring[0],
            "in_ring": name in ring,
            "open_cases": cases[name],
            "other_runs": everything[name] - cases[name] - schedules[name],
            "schedules": schedules[name],
        }
        for name in dict.fromkeys([*ring, *sorted(everything)])
    ]


def _check_retired(name: str, ring: Sequence[str], found: Sequence[KeyUse]) -> None:
    if name == ring[0]:
        raise KeyNeededError(name, "it is the first of the ring and seals everything new")
    needing = [use for use in found if name in use.names]
    if needing:
        cases = sum(use.is_case for use in needing)
        others = len(needing) - cases
        why = f"{cases} open cases and {others} other runs or schedules need it"
        raise KeyNeededError(name, f"{why}; run `arende keys rekey`")


def _told(done: Rekeyed) -> str:
    cases = f"{done.asked} cases asked, {done.schedules} schedules sealed anew"
    return f"{cases}, {done.left} still need an older key"
