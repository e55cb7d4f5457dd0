"""Serves a small internal application on the event loop of the process it tells about."""

import asyncio
import socket
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.types import ASGIApp
from typing_extensions import override

from runtime.errors import OperatorError

_CLOSING_SECONDS = 2


class _Server(uvicorn.Server):
    """A server that leaves signals to the process."""

    @override
    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


@asynccontextmanager
async def serving(app: ASGIApp, host: str, port: int, variable: str) -> AsyncIterator[None]:
    """Serve *app* until the end of the block; raises `OperatorError` when it cannot listen.

    *variable* is the setting that moves the port.
    """
    config = uvicorn.Config(
        app,
        http="h11",
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=_CLOSING_SECONDS,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[_listen(host, port, variable)]))
    try:
        yield
    finally:
        server.should_exit = True
        await task


def _listen(host: str, port: int, variable: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError:
        raise OperatorError(f"Cannot listen on {host} port {port} (set {variable})") from None
