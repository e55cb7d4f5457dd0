"""Commands that start processes: the whole local stack, or one of its parts."""

import asyncio
import gc
import os
from functools import partial
from typing import Annotated

import typer
import uvicorn

from commands.exits import explained
from runtime.interrupts import until_interrupted
from runtime.local import SERVICES, WITH_CODEC, LocalStack
from runtime.logging import configure_logging
from runtime.migrations import migrate as apply_migrations
from runtime.settings import load_database_settings, load_settings

app = typer.Typer()

_NOT_STARTED = 3


@app.command()
def up(
    codec: Annotated[
        bool, typer.Option("--codec", help="Also run the codec server, on ARENDE_CODEC_PORT.")
    ] = False,
) -> None:
    """Run the whole stack here until Ctrl-C.

    Starts PostgreSQL, Temporal with its UI, a worker and the API, migrates and loads the region
    profile. Data stays in ARENDE_DATA_DIR (.arende). A second Ctrl-C stops at once.
    Ports: ARENDE_HTTP_PORT (8080), ARENDE_TEMPORAL_PORT (7233), ARENDE_UI_PORT (8233).

    Exit codes: 0 stopped by Ctrl-C or SIGTERM, 1 could not start or a service ended, 2 usage.
    """
    with explained():
        services = WITH_CODEC if codec else SERVICES
        stack = LocalStack(load_settings("local"), typer.echo, services)
        asyncio.run(until_interrupted(_run(stack), stack.kill_now))
    typer.echo("Stopped.")


@app.command()
def migrate() -> None:
    """Create the database if it is missing and apply new migrations.

    Safe to repeat and to run from several places at once. Reads ARENDE_DATABASE_URL.

    Exit codes: 0 at the newest migration, 1 refused, 2 usage.
    """
    with explained():
        settings = load_database_settings()
        apply_migrations(settings.database_url, settings.migrations_dir)


@app.command()
def worker() -> None:
    """Run a worker: cases, notices and their activities.

    Connects by TEMPORAL_* and ARENDE_DATABASE_URL. Ends orderly on Ctrl-C or SIGTERM: what has
    begun gets 30 seconds. A second signal ends it at once.

    Exit codes: 0 stopped by a signal, 1 settings are missing, 2 usage.
    """
    from worker import main  # noqa: PLC0415 - other commands start without it

    with explained():
        gc.freeze()  # see `api`
        asyncio.run(until_interrupted(main(load_settings()), partial(os._exit, 1)))


@app.command()
def api() -> None:
    """Serve the HTTP API and the inbox on ARENDE_HTTP_HOST and ARENDE_HTTP_PORT.

    Ends orderly on Ctrl-C or SIGTERM: open requests get 10 seconds.

    Exit codes: 1 settings are missing or the port is taken, 2 usage, 3 could not start;
    otherwise what the signal that ended it gives.
    """
    from api.edge_server import server_config  # noqa: PLC0415 - other commands start without it

    configure_logging()
    with explained():
        server = uvicorn.Server(server_config(load_settings()))
        # What is loaded by now stays: looked through at every full collection, it held up all
        # requests for 80 ms each time.
        gc.freeze()
        server.run()
        if not server.started:
            raise typer.Exit(_NOT_STARTED)


async def _run(stack: LocalStack) -> None:
    async with stack:
        typer.echo(f"API       {stack.api_url}")
        typer.echo(f"Temporal  {stack.ui_url}")
        if "codec" in stack.services:
            typer.echo(f"Codec     {stack.codec_url}/access")
        typer.echo("Ctrl-C stops everything; the data stays.")
        await stack.watch()
