"""A real HTTP server on loopback that keeps what it gets and answers as a test wishes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from runtime.loopback_server import serving
from tests.ports import free_port

_CHUNK = b"karin.lund " * 4096


@dataclass(frozen=True)
class Taken:
    """One request as it came: header names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class HttpSink:
    """An ASGI app that keeps each request; `judge` says the status, or None to stay silent.

    A redirect leads back here, and no body ever ends.
    """

    def __init__(self, judge: Callable[[Taken], int | None]) -> None:
        self.taken: list[Taken] = []
        self.over = asyncio.Event()
        self._judge = judge

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        headers = dict(request.headers)
        body = await request.body()
        self.taken.append(Taken(request.method, request.url.path, headers, body))
        status = self._judge(self.taken[-1])
        if status is None:
            await self.over.wait()
        elsewhere = {"location": "/elsewhere"} if status in range(300, 400) else {}
        answer = StreamingResponse(self._endless(), status or 503, headers=elsewhere)
        await (Response(status_code=204) if status == 204 else answer)(scope, receive, send)

    async def _endless(self) -> AsyncIterator[bytes]:
        yield _CHUNK
        await self.over.wait()


@asynccontextmanager
async def listening(judge: Callable[[Taken], int | None]) -> AsyncIterator[tuple[HttpSink, str]]:
    """Serve a sink; yields it with its address."""
    sink, port = HttpSink(judge), free_port()
    async with serving(sink, "127.0.0.1", port, "no setting"):
        yield sink, f"http://127.0.0.1:{port}/hook"
        sink.over.set()
