"""What the edge refuses before the application sees it, and what it adds to every answer."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from httpx2 import ASGITransport, AsyncClient
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.testing import capture_logs

from api.edge import EdgeGuard
from api.edge_limits import EdgeLimits
from api.identity_digits import has_identity_digits
from api.problem_texts import load_problem_texts

TEXTS = load_problem_texts(Path(__file__).parents[2] / "region/texts/problems.toml")
CASE_ID = "12121212-1212-1212-1212-191212121212"
PAGE_POLICY = b"default-src 'self'"
JSON = {"Content-Type": "application/json"}


@dataclass
class Echo:
    """An application that answers what it got, and remembers that it was reached."""

    bodies: list[bytes] = field(default_factory=list)
    request_ids: list[str] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        message = await receive()
        self.bodies.append(message.get("body", b""))
        self.request_ids.append(structlog.contextvars.get_contextvars()["request_id"])
        headers = [(b"content-type", b"application/json")]
        if scope["path"] == "/page":
            headers = [(b"content-type", b"text/html"), (b"content-security-policy", PAGE_POLICY)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"{}"})


@pytest.fixture
def echo() -> Echo:
    return Echo()


def client_of(app: ASGIApp) -> AsyncClient:
    guard = EdgeGuard(app, TEXTS, new_id=lambda: "made-here")
    return AsyncClient(transport=ASGITransport(guard), base_url="http://test")


async def ask(
    app: ASGIApp,
    *,
    method: str = "POST",
    path: bytes = b"/v1/cases",
    query: bytes = b"",
    headers: Sequence[tuple[bytes, bytes]] = ((b"host", b"test"),),
    messages: Sequence[Message] = ({"type": "http.request", "body": b""},),
    limits: EdgeLimits | None = None,
) -> tuple[int | None, str | None]:
    """Send one request as a server would; return status and code, or None when nothing came."""
    waiting = list(messages)
    sent: list[Message] = []

    async def receive() -> Message:
        if not waiting:
            await asyncio.Event().wait()
        return waiting.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": path.decode("latin-1"),
        "raw_path": path,
        "query_string": query,
        "headers": list(headers),
    }
    await EdgeGuard(app, TEXTS, limits or EdgeLimits())(scope, receive, send)
    if not sent:
        return None, None
    body: dict[str, Any] = json.loads(sent[1]["body"])
    return sent[0]["status"], body.get("code")


HOST = (b"host", b"test")
KIND = (b"content-type", b"application/json")


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        pytest.param([], 400, "invalid_request", id="no host"),
        pytest.param([HOST, HOST], 400, "repeated_header", id="two hosts"),
        pytest.param([HOST, KIND, KIND], 400, "repeated_header", id="two content types"),
        pytest.param(
            [HOST, (b"content-length", b"1"), (b"transfer-encoding", b"chunked")],
            400,
            "invalid_request",
            id="length and chunked",
        ),
        pytest.param([HOST, (b"upgrade", b"WebSocket")], 400, "invalid_request", id="web socket"),
        pytest.param(
            [HOST, (b"upgrade", b"websocket, h2c")], 400, "invalid_request", id="a list of sockets"
        ),
        pytest.param([HOST, (b"content-length", b"-1")], 400, "invalid_request", id="length -1"),
        pytest.param(
            [HOST, (b"content-length", b"9" * 5000)], 400, "invalid_request", id="endless length"
        ),
        pytest.param(
            [HOST, KIND, (b"content-length", b"65537")], 413, "body_too_large", id="over 64 kB"
        ),
        pytest.param(
            [HOST, (b"content-length", b"2")], 415, "unsupported_media_type", id="no type"
        ),
        pytest.param([HOST, *[(b"x", b"y")] * 100], 431, "headers_too_large", id="101 headers"),
        pytest.param([HOST, (b"x", b"y" * 16_384)], 431, "headers_too_large", id="16 kB headers"),
        pytest.param(
            [HOST, (b"authorization", b"Bearer " + b"x" * 8193)],
            431,
            "headers_too_large",
            id="8 kB token",
        ),
        pytest.param(
            [HOST, (b"idempotency-key", b"19121212-1212")], 400, "identity_in_key", id="key"
        ),
    ],
)
async def test_odd_heads_are_refused(
    echo: Echo, headers: list[tuple[bytes, bytes]], status: int, code: str
) -> None:
    assert await ask(echo, headers=headers) == (status, code)
    assert echo.bodies == []


@pytest.mark.parametrize(
    ("content_type", "encoding", "is_taken"),
    [
        (b"application/json", None, True),
        (b'Application/JSON; charset="UTF-8"', b"identity", True),
        (b"application/json; charset=utf-16", None, False),
        (b"application/json; charset*=utf-8''x", None, False),
        (b"application/json; charset=utf-8; boundary=x", None, False),
        (b"application/problem+json", None, False),
        (b"text/plain", None, False),
        (b"image/png", None, False),
        (b"multipart/form-data; boundary=x", None, False),
        (b"application/x-www-form-urlencoded", None, False),
        (b"", None, False),
        (b"application/json", b"gzip", False),
    ],
)
async def test_bodies_are_plain_json(
    echo: Echo, content_type: bytes, encoding: bytes | None, is_taken: bool
) -> None:
    headers = [HOST, (b"content-type", content_type), (b"content-length", b"2")]
    headers += [(b"content-encoding", encoding)] if encoding else []

    status, _ = await ask(echo, headers=headers, messages=[{"type": "http.request", "body": b"{}"}])

    assert status == (200 if is_taken else 415)


@pytest.mark.parametrize(
    ("path", "query", "status", "code"),
    [
        (b"/v1/cases/a%00", b"", 404, "not_found"),
        (b"/v1/cases/%ff", b"", 400, "invalid_path"),
        (b"/v1/cases/..%2fx", b"", 404, "not_found"),
        (b"/v1/../cases", b"", 404, "not_found"),
        (b"/v1/cases/", b"", 404, "not_found"),
        (b"//v1/cases", b"", 404, "not_found"),
        (b"http://elsewhere/v1", b"", 400, "invalid_request"),
        (b"/v1/cases/191212121212", b"", 400, "identity_in_url"),
        (b"/v1/cases/121212%2D1212", b"", 400, "identity_in_url"),
        (b"/v1/cases", b"q=19121272-1212", 400, "identity_in_url"),
        (b"/v1/cases", b"1912-12-12+1212=", 400, "identity_in_url"),
        (b"/v1/cases", b"a=1&a=2", 400, "repeated_parameter"),
        (b"/v1/cases", b"a=%ff", 400, "invalid_query"),
        (b"/v1/cases", b"a=%00", 400, "invalid_query"),
        (b"/v1/cases", b"&".join([b"a=1"] * 60), 400, "invalid_query"),
        (b"/v1/cases", b"access_token=x", 400, "token_in_url"),
        (b"/v1/cases", b"x=eyJh.eyJi.c", 400, "token_in_url"),
        (b"/" + b"a" * 4096, b"", 414, "url_too_long"),
    ],
)
async def test_odd_targets_are_refused(
    echo: Echo, path: bytes, query: bytes, status: int, code: str
) -> None:
    with capture_logs() as logs:
        assert await ask(echo, method="GET", path=path, query=query) == (status, code)

    assert echo.bodies == []
    assert [line["code"] for line in logs] == [code]
    assert "1212" not in str(logs)


@pytest.mark.parametrize(
    "text",
    [
        CASE_ID,
        "2026-03-02T10:00:00Z",
        "SE2321000198-101A",
        "20260302",
        "19991312-1212",
        "121212121212121",
        "x1212121212x",
    ],
)
def test_other_numbers_are_no_identity(text: str) -> None:
    assert not has_identity_digits(text)


@pytest.mark.parametrize("text", ["１９１２１２１２１２１２", "121212+1212", "a/19121212 1212?"])
def test_an_identity_is_seen_however_it_is_written(text: str) -> None:
    assert has_identity_digits(text)


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "TRACK", "get"])
async def test_other_methods_are_refused(echo: Echo, method: str) -> None:
    assert await ask(echo, method=method) == (405, "method_not_allowed")


async def test_a_get_has_no_body(echo: Echo) -> None:
    headers = [HOST, KIND, (b"content-length", b"2")]

    assert await ask(echo, method="GET", headers=headers) == (400, "unexpected_body")


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        (None, 200),
        ("*/*", 200),
        ("application/json;q=0.1", 200),
        ("text/html, application/*;q=0.8", 200),
        ("text/event-stream", 200),
        ("application/xml", 406),
        ("application/json;q=0", 406),
        ("application/json;q=x", 406),
    ],
)
async def test_an_answer_is_json_or_not_asked_for(
    echo: Echo, accept: str | None, status: int
) -> None:
    async with client_of(echo) as client:
        client.headers.pop("accept")
        headers = {} if accept is None else {"Accept": accept}
        assert (await client.get("/v1/cases", headers=headers)).status_code == status
        assert (await client.get("/page", headers=headers)).status_code == 200


async def test_a_body_is_counted_when_its_length_is_not_told(echo: Echo) -> None:
    chunk = {"type": "http.request", "body": b"x" * 40_000, "more_body": True}

    answer = await ask(
        echo, headers=[HOST, KIND, (b"transfer-encoding", b"chunked")], messages=[chunk, chunk]
    )

    assert answer == (413, "body_too_large")


async def test_an_untyped_body_of_untold_length_is_refused(echo: Echo) -> None:
    answer = await ask(echo, messages=[{"type": "http.request", "body": b"{}"}])

    assert answer == (415, "unsupported_media_type")


async def test_a_body_that_never_ends_is_given_up(echo: Echo) -> None:
    start = {"type": "http.request", "body": b"{", "more_body": True}

    answer = await ask(
        echo,
        headers=[HOST, KIND, (b"content-length", b"9")],
        messages=[start],
        limits=EdgeLimits(read_for=timedelta(milliseconds=10)),
    )

    assert answer == (408, "request_timeout")


async def test_a_client_that_leaves_half_way_has_no_effect(echo: Echo) -> None:
    start = {"type": "http.request", "body": b"{", "more_body": True}

    answer = await ask(
        echo,
        headers=[HOST, KIND, (b"content-length", b"9")],
        messages=[start, {"type": "http.disconnect"}],
    )

    assert (answer, echo.bodies) == ((None, None), [])


async def test_the_application_gets_the_whole_body_at_once(echo: Echo) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b'{"a":'
        yield b"1}"

    async with client_of(echo) as client:
        await client.post("/v1/cases", content=chunks(), headers=JSON)

    assert echo.bodies == [b'{"a":1}']


@pytest.mark.parametrize("path", ["/v1/cases", "/v1/cases//"])
async def test_every_answer_is_marked(echo: Echo, path: str) -> None:
    async with client_of(echo) as client:
        answer = await client.get(path)

    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-request-id"] == "made-here"


async def test_a_page_keeps_its_own_content_policy(echo: Echo) -> None:
    async with client_of(echo) as client:
        answer = await client.get("/page")

    assert answer.headers["content-security-policy"] == PAGE_POLICY.decode()
    assert answer.headers["x-content-type-options"] == "nosniff"


TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, "made-here"),
        ({"X-Request-Id": "client-0001"}, "client-0001"),
        ({"X-Request-Id": "19121212-1212"}, "made-here"),
        ({"X-Request-Id": "a b c d e f"}, "made-here"),
        ({"X-Request-Id": "x" * 65}, "made-here"),
        ({"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}, TRACE),
        ({"traceparent": f"00-{'0' * 32}-00f067aa0ba902b7-01"}, "made-here"),
        (
            {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01", "X-Request-Id": "client-0001"},
            "client-0001",
        ),
    ],
)
async def test_a_request_is_known_by_one_id(
    echo: Echo, headers: dict[str, str], expected: str
) -> None:
    async with client_of(echo) as client:
        answer = await client.get("/v1/cases", headers=headers)

    assert answer.headers["x-request-id"] == expected
    assert echo.request_ids == [expected]
    assert structlog.contextvars.get_contextvars() == {}


@pytest.mark.parametrize(
    ("extensions", "first"),
    [({}, "websocket.close"), ({"websocket.http.response": {}}, "websocket.http.response.start")],
)
async def test_websockets_are_refused(
    echo: Echo, extensions: dict[str, dict[str, str]], first: str
) -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "websocket", "path": "/", "headers": [], "extensions": extensions}
    await EdgeGuard(echo, TEXTS)(scope, receive, send)

    assert sent[0]["type"] == first
    assert sent[0].get("status", 400) == 400
    assert echo.bodies == []
