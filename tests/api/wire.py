"""The API as uvicorn serves it, spoken to in bytes: what no client library would send."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn

from api.edge_limits import EdgeLimits
from api.edge_server import server_config
from runtime.settings import Settings

_AT_MOST_S = 20


@dataclass(frozen=True)
class Answer:
    """What came back before the connection was closed, or the answer had its length."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> str:
        """The code of a problem; what is no problem has none."""
        if self.headers.get("content-type") != "application/problem+json":
            return ""
        return str(self.json()["code"])

    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


class Wire:
    """One server; each request has a connection of its own."""

    def __init__(self, port: int, server: uvicorn.Server) -> None:
        self.port = port
        self.server = server

    async def open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def say(self, *pieces: bytes) -> Answer | None:
        """Send *pieces* one after the other; return the first answer, None for a mere close."""
        reader, writer = await self.open()
        try:
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
            return await read_answer(reader)
        finally:
            writer.close()


async def until(is_so: Callable[[], object]) -> None:
    """Wait until uvicorn is in a state."""
    async with asyncio.timeout(_AT_MOST_S):
        while not is_so():  # noqa: ASYNC110 - uvicorn has no events to wait for
            await asyncio.sleep(0.01)


async def read_answer(reader: asyncio.StreamReader) -> Answer | None:
    """Return the next answer; None when the connection closes without one."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    first, *lines = head.removesuffix("\r\n\r\n").split("\r\n")
    headers = {
        name.lower(): value.strip() for name, _, value in (li.partition(":") for li in lines)
    }
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Answer(int(first.split()[1]), headers, body)


@asynccontextmanager
async def listening(settings: Settings, limits: EdgeLimits | None = None) -> AsyncIterator[Wire]:
    """Serve the API on a port of its own, from start-up to shutdown."""
    server = uvicorn.Server(server_config(settings, limits))
    with socket.create_server(("127.0.0.1", 0)) as bound:
        serving = asyncio.create_task(server.serve(sockets=[bound]))
        await until(lambda: server.started)
        try:
            yield Wire(bound.getsockname()[1], server)
        finally:
            server.should_exit = True
            await serving
