"""Nobody gets in without a rule: every route and message, for every kind of caller."""

from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest
from fastapi import APIRouter, FastAPI
from httpx2 import ASGITransport, AsyncClient
from pydantic import BaseModel
from structlog.testing import capture_logs
from typing_extensions import override

from api.access import AnyCaller, Citizen, Gate, GuardedRoute, Staff, undeclared_routes
from api.access_rules import MESSAGE_RULES, RULES, Rule
from api.callers import Caller, CitizenCaller, StaffCaller
from api.problem_texts import load_problem_texts
from api.problems import install_problem_handlers
from api.token_claims import invalid
from api.tokens import TokenVerifier
from domain.messages import AnyMessage

TEXTS = load_problem_texts(Path(__file__).parents[2] / "region/texts/problems.toml")
CALLERS: dict[str, Caller] = {
    "citizen": CitizenCaller(identity="191212121212", issuer="https://idp.test", acr="loa3"),
    "staff": StaffCaller(hsa_id="SE2321000198-P001", commission="SE2321000198-C001", acr="loa3"),
}
PASSES: dict[Rule, set[str | None]] = {
    Rule.PUBLIC: {None, "citizen", "staff"},
    Rule.CITIZEN: {"citizen"},
    Rule.STAFF: {"staff"},
    Rule.CITIZEN_OR_STAFF: {"citizen", "staff"},
    Rule.PAGE: set(),
}


class StubVerifier(TokenVerifier):
    """Takes the words `citizen` and `staff` for tokens."""

    def __init__(self) -> None:
        pass

    @override
    async def verify(self, token: str, now: datetime) -> Caller:
        if token not in CALLERS:
            raise invalid("stub")
        return CALLERS[token]


class Body(BaseModel):
    text: str


async def answer() -> str:
    return "in"


def app_of(*routers: APIRouter) -> FastAPI:
    app = FastAPI(openapi_url=None, redirect_slashes=False)
    for router in routers:
        app.include_router(router)
    app.state.gate = Gate(StubVerifier(), lambda: datetime(2026, 3, 2, tzinfo=UTC))
    install_problem_handlers(app, TEXTS)
    return app


def whole_app() -> FastAPI:
    plain = APIRouter(route_class=GuardedRoute)
    cases = APIRouter(route_class=GuardedRoute, prefix="/v1")
    for method, path in RULES:
        inside = path.startswith("/v1")
        router = cases if inside else plain
        router.add_api_route(path.removeprefix("/v1"), answer, methods=[method])
    return app_of(plain, cases)


async def status_of(app: FastAPI, method: str, path: str, caller: str | None) -> tuple[int, str]:
    headers = {"Authorization": f"Bearer {caller}"} if caller else {}
    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
        got = await client.request(method, path, headers=headers)
    return got.status_code, got.json()["code"] if got.is_error else ""


def expected(rule: Rule, caller: str | None) -> tuple[int, str]:
    if caller in PASSES[rule]:
        return 200, ""
    is_unknown = caller is None or rule is Rule.PAGE
    return (401, "unauthenticated") if is_unknown else (403, "forbidden")


@pytest.mark.parametrize("caller", [None, "citizen", "staff"])
@pytest.mark.parametrize(("method", "path"), RULES)
async def test_each_route_lets_in_whom_its_rule_names(
    method: str, path: str, caller: str | None
) -> None:
    target = path.replace("{message}", "reopen").replace("{", "").replace("}", "")

    got = await status_of(whole_app(), method, target, caller)

    assert got == expected(RULES[method, path], caller)


@pytest.mark.parametrize("caller", [None, "citizen", "staff"])
@pytest.mark.parametrize("message", MESSAGE_RULES)
async def test_each_message_is_taken_from_whom_its_rule_names(
    message: str, caller: str | None
) -> None:
    got = await status_of(whole_app(), "POST", f"/v1/cases/x/{message}", caller)

    assert got == expected(MESSAGE_RULES[message], caller)


async def test_a_message_that_does_not_exist_is_told_only_to_those_signed_in() -> None:
    app = whole_app()

    assert await status_of(app, "POST", "/v1/cases/x/approve", "staff") == (404, "not_found")
    assert await status_of(app, "POST", "/v1/cases/x/approve", None) == (401, "unauthenticated")


def test_every_message_of_a_case_has_a_rule() -> None:
    models = get_args(AnyMessage)
    kinds = {model.model_fields["kind"].default for model in models}

    assert models
    assert kinds <= {name.replace("-", "_") for name in MESSAGE_RULES}


async def test_a_route_without_a_rule_is_closed_and_reported() -> None:
    router = APIRouter(route_class=GuardedRoute)
    router.add_api_route("/v1/secret", answer)
    app = app_of(router)

    assert await status_of(app, "GET", "/v1/secret", "staff") == (403, "no_rule")
    assert undeclared_routes(app) == ["GET /v1/secret"]


def test_a_route_of_another_class_is_reported() -> None:
    router = APIRouter()
    router.add_api_route("/v1/inbox", answer)
    app = app_of(router)
    app.mount("/pages", FastAPI())

    assert undeclared_routes(app) == ["GET /v1/inbox", "ANY /pages"]
    assert undeclared_routes(whole_app()) == []


@pytest.mark.parametrize(
    "authorization", ["Basic YTpi", "Bearer", "Bearer other", "citizen", "Bearer citizen staff"]
)
async def test_other_credentials_are_refused(authorization: str) -> None:
    transport = ASGITransport(whole_app())
    async with AsyncClient(transport=transport, base_url="http://test") as client:
        with capture_logs() as logs:
            got = await client.get("/v1/cases", headers={"Authorization": authorization})

    assert got.status_code == 401
    assert got.headers["www-authenticate"].startswith("Bearer")
    assert [line["event"] for line in logs] == ["token_refused"]


async def test_a_body_is_not_judged_before_the_caller() -> None:
    router = APIRouter(route_class=GuardedRoute)

    @router.post("/v1/cases")
    async def submit(body: Body) -> str:
        return body.text

    transport = ASGITransport(app_of(router))
    headers = {"Content-Type": "application/json"}
    async with AsyncClient(transport=transport, base_url="http://test") as client:
        got = await client.post("/v1/cases?x=1", content=b"{", headers=headers)

    assert got.status_code == 401


async def test_routes_get_the_caller() -> None:
    router = APIRouter(route_class=GuardedRoute)

    @router.get("/v1/cases")
    async def own(citizen: Citizen) -> str:
        return citizen.identity

    @router.get("/v1/inbox")
    async def inbox(staff: Staff, caller: AnyCaller) -> bool:
        return staff == caller

    @router.get("/v1/coverage")
    async def mistaken(citizen: Citizen) -> str:
        return citizen.identity

    app = app_of(router)

    assert await status_of(app, "GET", "/v1/cases", "citizen") == (200, "")
    assert await status_of(app, "GET", "/v1/inbox", "staff") == (200, "")
    assert await status_of(app, "GET", "/v1/coverage", "staff") == (403, "forbidden")
