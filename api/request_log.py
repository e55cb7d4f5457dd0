"""Logs each request in one line: method, route template, status and time, never a value."""

from time import monotonic

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import REQUEST_ID_SCOPE_KEY

_NO_ROUTE = "none"
_NOTHING_SENT = 499  # the client left before an answer began

log = structlog.get_logger()


class RequestLog:
    """ASGI middleware around everything, so that refused requests are logged too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

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
            log.info(
                "request_handled",
                method=scope["method"],
                route=scope.get("state", {}).get("route_template") or _NO_ROUTE,
                status=status,
                duration_ms=round((monotonic() - begun) * 1000, 1),
                request_id=scope.get(REQUEST_ID_SCOPE_KEY),
            )
