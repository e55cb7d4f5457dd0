"""`arende codec-server`: shows operations payloads in the Temporal UI, behind broken glass."""

from functools import partial

import typer
import uvicorn

from commands.exits import explained
from runtime.logging import configure_logging
from runtime.settings import Settings, load_settings

app = typer.Typer()

_HEADER_BYTES = 32 * 1024
_GRACEFUL_SECONDS = 5
_NOT_STARTED = 3


@app.command("codec-server")
def codec_server() -> None:
    """Serve Temporal's remote codec protocol on ARENDE_CODEC_HOST and ARENDE_CODEC_PORT.

    Decodes for holders of the role of system operations who have stated a reason at /access, for
    at most an hour, and logs each payload first. Only pages of ARENDE_CODEC_UI_ORIGIN may ask.

    Exit codes: 1 settings are missing, 2 usage, 3 could not start; otherwise what the signal that
    ended it gives.
    """
    configure_logging()
    with explained():
        server = uvicorn.Server(_server_config(load_settings()))
        server.run()
        if not server.started:
            raise typer.Exit(_NOT_STARTED)


def _server_config(settings: Settings) -> uvicorn.Config:
    from api.codec_server.app import create_codec_app  # noqa: PLC0415 - others start without it

    return uvicorn.Config(
        partial(create_codec_app, settings),
        factory=True,
        host=settings.codec_host,
        port=settings.codec_port,
        http="h11",
        h11_max_incomplete_event_size=_HEADER_BYTES,
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=_GRACEFUL_SECONDS,
    )
