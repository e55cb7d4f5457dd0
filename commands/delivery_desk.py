"""What operators do with deliveries in the table: list, try again, replay."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import asyncpg
import typer

from commands.exits import explained
from commands.register import DatabaseAwayError, NotMigratedError
from domain.delivery import DeliveryChannel
from domain.delivery_errors import DeliveryError
from runtime.errors import OperatorError
from runtime.settings import load_database_settings
from store.deliveries import DeliveryState
from store.delivery_desk import (
    DeliveryLine,
    list_deliveries,
    replay_sent,
    retry_failed,
)
from store.pool import DATABASE_ERRORS, Connection, is_connection_error, open_pool

_Result = TypeVar("_Result")
Work = Callable[[Connection], Awaitable[_Result]]

app = typer.Typer()


class UnclearInstantError(OperatorError):
    """An instant is not one, or does not say which zone it counts in."""

    def __init__(self) -> None:
        super().__init__("An instant is written as 2026-11-23T12:00:00+01:00, with its zone")


@app.command("list")
def list_all(
    state: Annotated[DeliveryState | None, typer.Option(help="Only those in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List deliveries, the newest news first, without the people they are for.

    Exit codes: 0 listed, 1 no database, 2 usage.
    """
    with explained():
        lines = on_database(lambda conn: list_deliveries(conn, state, limit))
    if as_json:
        typer.echo(json.dumps([line.model_dump(mode="json") for line in lines], indent=2))
        return
    for line in lines:
        typer.echo(_line(line))


@app.command()
def retry(
    channel: Annotated[
        DeliveryChannel | None, typer.Option(help="Only those by this channel.")
    ] = None,
    error: Annotated[
        DeliveryError | None, typer.Option(help="Only those with this error code.")
    ] = None,
) -> None:
    """Let failed deliveries leave again, under their keys, and say how many.

    They are sent by the next round if they are still news. Exit codes: 0 done, also when there
    were none, 1 no database, 2 usage.
    """
    now = datetime.now(UTC)
    with explained():
        count = on_database(lambda conn: retry_failed(conn, channel, error, now))
    typer.echo(f"{count} failed deliveries will be tried again")


@app.command()
def replay(
    since: Annotated[str, typer.Option(help="From this instant on, as 2026-11-23T12:00+01:00.")],
) -> None:
    """Let the app's events that were sent since an instant leave again, under their keys.

    For an app that has lost some: it knows by the key what it has seen. Exit codes: 0 done, 1 no
    database or no instant, 2 usage.
    """
    now = datetime.now(UTC)
    with explained():
        at = read_instant(since)
        count = on_database(lambda conn: replay_sent(conn, DeliveryChannel.APP, at, now))
    typer.echo(f"{count} events will be sent again")


def on_database(work: Work[_Result]) -> _Result:
    """Return what *work* found on a connection of its own.

    Raises:
        NotMigratedError, DatabaseAwayError: it could not look.
    """
    return asyncio.run(_connected(work))


async def _connected(work: Work[_Result]) -> _Result:
    settings = load_database_settings()
    async with await open_pool(settings.database_url, 1) as pool:
        try:
            async with pool.acquire() as conn:
                return await work(conn)
        except asyncpg.UndefinedTableError:
            raise NotMigratedError from None
        except DATABASE_ERRORS as error:
            if is_connection_error(error):
                raise DatabaseAwayError from error
            raise


def read_instant(text: str) -> datetime:
    """Return the instant that *text* names; raises UnclearInstantError."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise UnclearInstantError from None
    if at.tzinfo is None:
        raise UnclearInstantError
    return at


def _line(line: DeliveryLine) -> str:
    parts = (line.key, line.channel, line.state, str(line.attempts), line.error or "-")
    return "  ".join((*parts, line.at.isoformat()))
