"""The search for products as an app meets it: what is found, what is refused, who may ask."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from types import SimpleNamespace

import asyncpg
import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient, Response
from typing_extensions import override

from api.access import Gate
from api.access_rules import RULES, Rule
from api.callers import Caller, CitizenCaller, StaffCaller
from api.problem_texts import load_problem_texts
from api.problems import install_problem_handlers
from api.routes import products
from api.token_claims import invalid
from api.tokens import TokenVerifier
from tests.region import SHIPPED

CALLERS: dict[str, Caller] = {
    "citizen": CitizenCaller(identity="191212121212", issuer="https://idp.test", acr="loa3"),
    "staff": StaffCaller(hsa_id="SE2321000198-P001", commission="SE2321000198-C001", acr="loa3"),
}
FIELDS = {"npl_id", "name", "strength", "form", "atc", "substance"}


class StubVerifier(TokenVerifier):
    """Takes the words `citizen` and `staff` for tokens."""

    def __init__(self) -> None:
        pass

    @override
    async def verify(self, token: str, now: datetime) -> Caller:
        if token not in CALLERS:
            raise invalid("stub")
        return CALLERS[token]


@pytest.fixture
async def client(
    region_pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[AsyncClient]:
    """A caller of an application that has this route alone, on the shipped register."""
    monkeypatch.setitem(RULES, ("GET", "/v1/products"), Rule.CITIZEN_OR_STAFF)
    app = FastAPI(openapi_url=None, redirect_slashes=False)
    app.include_router(products.router)
    app.state.gate = Gate(StubVerifier(), lambda: datetime(2026, 11, 23, tzinfo=UTC))
    app.state.desk = SimpleNamespace(pool=region_pool)
    install_problem_handlers(app, load_problem_texts(SHIPPED / "texts" / "problems.toml"))
    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as opened:
        yield opened


async def ask(client: AsyncClient, query: str, caller: str = "citizen") -> Response:
    headers = {"Authorization": f"Bearer {caller}"}
    return await client.get("/v1/products", params={"q": query}, headers=headers)


async def test_product_is_found_with_what_the_form_shows(client: AsyncClient) -> None:
    answer = await ask(client, "Omeprazol Teva 20 mg enterokapsel")

    assert answer.status_code == 200
    [item] = answer.json()["items"]
    assert item.keys() == FIELDS
    assert (item["name"], item["strength"], item["atc"]) == ("Omeprazol Teva", "20 mg", "A02BC01")
    assert answer.json()["next"] is None


async def test_narcotic_class_is_told_where_there_is_one(client: AsyncClient) -> None:
    answer = await ask(client, "diazepam", "staff")

    assert answer.json()["items"]
    assert {item["narcotic_class"] for item in answer.json()["items"]} == {"IV"}


async def test_at_most_twenty_products_are_listed(client: AsyncClient) -> None:
    answer = await ask(client, "me")

    assert len(answer.json()["items"]) == 20


async def test_what_nobody_sells_is_an_empty_list(client: AsyncClient) -> None:
    answer = await ask(client, "Medicinolin")

    assert (answer.status_code, answer.json()["items"]) == (200, [])


@pytest.mark.parametrize("query", ["Teva", "Sandoz", "sandoz ", "TEVA 20 mg"])
async def test_company_alone_is_refused_with_a_hint(client: AsyncClient, query: str) -> None:
    answer = await ask(client, query)

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "product_not_found")
    [error] = problem["errors"]
    assert (error["code"], error["parameter"]) == ("company_name_only", "q")
    assert error["message"]["sv"]
    assert query.strip() not in answer.text


@pytest.mark.parametrize(
    ("query", "code"),
    [
        pytest.param("x", "too_short", id="one sign"),
        pytest.param(" x ", "too_short", id="one sign among spaces"),
        pytest.param("x" * 101, "too_long", id="a whole letter"),
        pytest.param("ab\x00c", "invalid_value", id="NUL"),
    ],
)
async def test_query_that_cannot_be_searched_is_refused(
    client: AsyncClient, query: str, code: str
) -> None:
    answer = await ask(client, query)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_parameters")
    assert [error["code"] for error in answer.json()["errors"]] == [code]


async def test_query_is_required(client: AsyncClient) -> None:
    answer = await client.get("/v1/products", headers={"Authorization": "Bearer citizen"})

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_parameters")


async def test_nobody_asks_without_a_token(client: AsyncClient) -> None:
    assert (await client.get("/v1/products", params={"q": "omeprazol"})).status_code == 401
