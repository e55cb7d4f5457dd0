"""Logs each request in one line: method, route template, status and time, never a value."""

from collections.abc import Callable
from time import monotonic
from typing import TypeAlias

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.edge_rules import METHODS
from api.problems import REQUEST_ID_SCOPE_KEY

Note: TypeAlias = Callable[[str, str, int, float], None]
"""Who else hears of a handled request: method, route template, status, seconds."""

_NO_ROUTE = "none"
_NO_METHOD = "other"  # a method is any word the caller likes
_NOTHING_SENT = 499  # the client left before an answer began

log = structlog.get_logger()


class RequestLog:
    """ASGI middleware around everything, so that refused requests are logged too."""

    def __init__(self, app: ASGIApp, note: Note | None = None) -> None:
        self._app = app
        self._note = note

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request and log it; what is not HTTP passes."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, begun = _NOTHING_SENT, monotonic()

        async def note_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, note_status)
        finally:
            route = scope.get("state", {}).get("route_template") or _NO_ROUTE
            seconds = monotonic() - begun
            log.info(
                "request_handled",
                method=scope["method"] if scope["method"] in METHODS else _NO_METHOD,
                route=route,
                status=status,
                duration_ms=round(seconds * 1000, 1),
                request_id=scope.get(REQUEST_ID_SCOPE_KEY),
            )
            if self._note is not None:
                self._note(scope["method"], route, status, seconds)
