"""The outermost ring of the API: refuses hostile requests and marks every answer."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias
from uuid import uuid4

import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from api.correlation import correlate
from api.edge_head import Head
from api.edge_limits import EdgeLimits
from api.edge_rules import BODY_METHODS, METHODS, refuse
from api.problem_texts import ProblemTexts
from api.problems import REQUEST_ID_SCOPE_KEY, ProblemError, problem_response
from api.security_headers import SECURITY_HEADERS

NewId: TypeAlias = Callable[[], str]
MethodsAt: TypeAlias = Callable[[str], Sequence[str]]

STANDARD_LIMITS = EdgeLimits()
_CLOSES = frozenset({"body_too_large", "request_timeout", "invalid_request", "repeated_header"})
_DENIAL = "websocket.http.response"

log = structlog.get_logger()


def new_request_id() -> str:
    """Return an id that says nothing."""
    return uuid4().hex


class EdgeGuard:
    """ASGI middleware; it stands outside everything else, so that no answer lacks its headers.

    It reads a whole body (at most `limits.body` bytes within `limits.read_for`) before the
    application sees the request: whoever leaves half-way has had no effect. Log lines of the
    request carry its `request_id`, which is also put in the scope and in `X-Request-Id`.
    """

    def __init__(
        self,
        app: ASGIApp,
        texts: ProblemTexts,
        limits: EdgeLimits = STANDARD_LIMITS,
        new_id: NewId = new_request_id,
        headers: Mapping[str, str] = SECURITY_HEADERS,
        *,
        methods_at: MethodsAt = lambda _path: METHODS,
    ) -> None:
        self._app = app
        self._texts = texts
        self._limits = limits
        self._new_id = new_id
        self._headers = headers
        self._methods_at = methods_at

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; lifespan events pass, WebSockets are refused."""
        match scope["type"]:
            case "http":
                context = correlate(scope["headers"], self._new_id)
                scope[REQUEST_ID_SCOPE_KEY] = context["request_id"]
                with bound_contextvars(**context):
                    await self._serve(scope, receive, _marked(scope, send, self._headers))
            case "websocket":
                await self._deny(scope, receive, send)
            case _:
                await self._app(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        head = Head.of(scope)
        code = refuse(head, self._limits)
        body: bytes | None = b""
        if code is None and head.method in BODY_METHODS:
            try:
                async with asyncio.timeout(self._limits.read_for.total_seconds()):
                    body = await _read(receive, self._limits.body)
            except TimeoutError:
                code = "request_timeout"
            except _TooLargeError:
                code = "body_too_large"
        if code is None and body and head.first(b"content-type") is None:
            code = "unsupported_media_type"
        if code is not None:
            await self._refuse(code, scope, receive, send)
        elif body is not None:
            await self._app(_as_get(scope), _replay(body, receive), send)

    async def _refuse(self, code: str, scope: Scope, receive: Receive, send: Send) -> None:
        log.warning("request_refused", code=code)
        headers = {"Connection": "close"} if code in _CLOSES else {}
        if code == "method_not_allowed":
            headers["Allow"] = ", ".join(self._methods_at(scope["path"]) or METHODS)
        await problem_response(self._texts, ProblemError(code, headers=headers))(
            scope, receive, send
        )

    async def _deny(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        if _DENIAL not in scope.get("extensions", {}):
            await send({"type": "websocket.close", "code": 1008})
            return
        # Starlette's responses know the denial extension and name their messages for it.
        await problem_response(self._texts, ProblemError("invalid_request"))(scope, receive, send)


def _as_get(scope: Scope) -> Scope:
    """Return a HEAD as the GET it stands for: the same rights, log and headers (RFC 9110 9.3.2).

    The server, which keeps its own scope, leaves the body out.
    """
    if scope["method"] != "HEAD":
        return scope
    scope.setdefault("state", {})  # shared, so that the outer log learns which route it was
    return {**scope, "method": "GET"}


class _TooLargeError(Exception):
    pass


async def _read(receive: Receive, limit: int) -> bytes | None:
    """Return the body, or None when the client has gone."""
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += bytes(message.get("body", b""))
        if len(body) > limit:
            raise _TooLargeError
        if not message.get("more_body", False):
            return body


def _replay(body: bytes, receive: Receive) -> Receive:
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return pending.pop() if pending else await receive()

    return replay


def _marked(scope: Scope, send: Send, marks: Mapping[str, str]) -> Send:
    async def send_marked(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in marks.items():
                headers.setdefault(name, value)
            headers["X-Request-Id"] = scope[REQUEST_ID_SCOPE_KEY]
        await send(message)

    return send_marked
