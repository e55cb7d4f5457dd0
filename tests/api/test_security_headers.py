"""Every answer of every route, to every kind of caller, lets a browser keep and load nothing."""

import pytest
from httpx2 import ASGITransport, AsyncClient, Headers

from api.access_rules import MESSAGE_RULES, RULES
from api.app import create_app
from api.security_headers import SECURITY_HEADERS, TRANSPORT_SECURITY, headers_of
from runtime.settings import Settings
from tests.api.calling import Api, Caller
from tests.api.people import ERIK, NURSE
from tests.api.wire import listening

session = pytest.mark.asyncio(loop_scope="session")

HSTS = "strict-transport-security"
NO_CASE = "00000000-0000-4000-8000-000000000000"
TARGETS = [
    *((method, path.replace("{message}", "take")) for method, path in RULES),
    *(("POST", f"/v1/cases/{{case_id}}/{message}") for message in MESSAGE_RULES),
    ("GET", "/v1/nothing"),
    ("GET", "/v1/cases/"),
    ("GET", "/v1/cases/%ff"),
    ("POST", "/v1/services"),
]


def filled(path: str) -> str:
    ids = dict.fromkeys(("case_id", "task_id", "review_id"), NO_CASE)
    return path.format(service="prescription_renewal", **ids)


def check_marks(headers: Headers) -> None:
    """Each header as every process sends it; a page may bring another content policy."""
    assert {name: headers.get(name) for name in SECURITY_HEADERS} == dict(SECURITY_HEADERS)
    assert headers["x-request-id"]
    assert "server" not in headers
    assert "x-powered-by" not in headers
    assert "set-cookie" not in headers
    assert "access-control-allow-origin" not in headers


@session
@pytest.mark.parametrize("caller", ["nobody", "citizen", "staff"])
@pytest.mark.parametrize(("method", "path"), TARGETS)
async def test_every_answer_is_marked(api: Api, method: str, path: str, caller: str) -> None:
    callers: dict[str, Caller] = {
        "nobody": api.nobody(),
        "citizen": api.citizen(ERIK),
        "staff": api.staff(NURSE),
    }
    who = callers[caller]
    send = who.get if method == "GET" else who.post

    answer = await send(filled(path))

    assert answer.status_code < 500
    check_marks(answer.headers)
    assert HSTS not in answer.headers


@session
@pytest.mark.parametrize("path", ["/v1/api-info", "/openapi.json", "/v1/nothing", "/v1/cases/%ff"])
async def test_outside_local_mode_every_answer_asks_for_tls(served: Settings, path: str) -> None:
    app = create_app(served.model_copy(update={"mode": "production"}))
    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
        answer = await client.get(path)

    check_marks(answer.headers)
    assert answer.headers[HSTS] == TRANSPORT_SECURITY["Strict-Transport-Security"]


@session
async def test_a_failure_of_ours_is_marked_and_says_nothing(served: Settings) -> None:
    app = create_app(served)  # never started: whatever a route asks for is missing
    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
        answer = await client.get("/health/ready")

    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    check_marks(answer.headers)


@session
async def test_the_server_itself_says_no_more(served: Settings) -> None:
    """Uvicorn adds a date, and no name; what it refuses before a request is a problem too."""
    async with listening(served) as wire:
        good = await wire.say(b"GET /v1/api-info HTTP/1.1\r\nHost: test\r\n\r\n")
        odd = await wire.say(b"\x16\x03\x01")

    for answer in (good, odd):
        assert answer is not None
        check_marks(Headers(answer.headers))


def test_only_a_local_stack_leaves_tls_out() -> None:
    assert headers_of(is_local=False).keys() - headers_of(is_local=True).keys() == {
        "Strict-Transport-Security"
    }
