"""Every refusal is an RFC 9457 problem in two languages, and repeats nothing that was sent."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated
from uuid import UUID

import pytest
from fastapi import APIRouter, FastAPI, Header, Query
from httpx2 import ASGITransport, AsyncClient, Response
from pydantic import Field
from starlette.exceptions import HTTPException
from structlog.testing import capture_logs

from api.field_errors import FIELD_CODES, FieldError
from api.problem_texts import ProblemTextsError, load_problem_texts
from api.problems import MEDIA_TYPE, ProblemError, install_problem_handlers
from api.statuses import STATUS_OF
from api.strict_model import Day, Instant, StrictModel
from api.strict_route import StrictRoute
from domain.legality import Refusal

ROOT = Path(__file__).parents[2]
TEXTS = load_problem_texts(ROOT / "region/texts/problems.toml")
PERSON = "191212121212"


class Item(StrictModel):
    dose: str = Field(max_length=5)


class Body(StrictModel):
    count: int = Field(default=1, ge=1, le=10)
    at: Instant | None = None
    on: Day | None = None
    items: list[Item] = Field(default=[], max_length=2)
    choice: Annotated[int | Item, Field()] = 1


router = APIRouter(route_class=StrictRoute)


@router.post("/bodies")
async def take_body(body: Body) -> Body:
    return body


@router.post("/optional")
async def take_optional(body: Body | None = None) -> bool:
    return body is None


@router.get("/things/{thing}")
async def find_thing(
    thing: UUID,
    limit: Annotated[int, Query(ge=1, le=100)] = 10,
    idempotency_key: Annotated[str, Header(pattern="^[a-z]+$")] = "a",
) -> int:
    return limit


@router.get("/keyed")
async def need_key(idempotency_key: Annotated[str, Header()]) -> str:
    return idempotency_key


@router.post("/both")
@router.get("/both")
async def answer_both() -> None:
    return None


@router.get("/fails")
async def fail() -> None:
    raise RuntimeError(PERSON)


@router.get("/refuses/{code}")
async def refuse(code: str) -> None:
    raise ProblemError(code, members={"open_case": "x"}, detail="Fixed.")


@router.get("/teapot")
async def teapot() -> None:
    raise HTTPException(418, PERSON)


@pytest.fixture
def client() -> AsyncClient:
    app = FastAPI(openapi_url=None)
    app.include_router(router)
    install_problem_handlers(app, TEXTS)
    return AsyncClient(transport=ASGITransport(app), base_url="http://test")


def assert_problem(answer: Response, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert answer.json()["status"] == status
    assert answer.json()["user_message"].keys() == {"sv", "en"}
    assert PERSON not in answer.text


def places(answer: Response) -> list[tuple[str, str]]:
    return [(item["pointer"], item["code"]) for item in answer.json()["errors"]]


def used_codes() -> set[str]:
    raised = re.compile(r"""(?:ProblemError|TokenError|_denied)\(\s*"([a-z_]+)\"""")
    sources = [path.read_text() for path in (ROOT / "api").rglob("*.py")]
    return {code for source in sources for code in raised.findall(source)}


def test_each_code_has_a_status_and_both_languages() -> None:
    assert {refusal.value for refusal in Refusal} <= STATUS_OF.keys()
    assert TEXTS.by_code.keys() == STATUS_OF.keys() | FIELD_CODES
    assert all(text.sv and text.en and text.title for text in TEXTS.by_code.values())


def test_each_code_that_the_api_raises_is_known() -> None:
    token_reasons = {"no_token", "weak_login", "no_commission", "no_session", "session_expired"}

    assert used_codes() - token_reasons <= STATUS_OF.keys()


@pytest.mark.parametrize("content", ["[missing]\nsv = 'x'", "not toml", "[missing]\nsv=1"])
def test_texts_that_lack_something_are_refused_at_start(tmp_path: Path, content: str) -> None:
    file = tmp_path / "problems.toml"
    file.write_text(content)

    with pytest.raises(ProblemTextsError):
        load_problem_texts(file)


def test_texts_name_the_codes_they_lack(tmp_path: Path) -> None:
    file = tmp_path / "problems.toml"
    file.write_text("[missing]\ntitle='t'\nsv='s'\nen='e'")

    with pytest.raises(ProblemTextsError, match="stale"):
        load_problem_texts(file)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param({"count": "5"}, [("/count", "wrong_type")], id="text for int"),
        pytest.param({"count": True}, [("/count", "wrong_type")], id="true for int"),
        pytest.param({"count": 1.0}, [("/count", "wrong_type")], id="float for int"),
        pytest.param({"count": 11}, [("/count", "out_of_range")], id="too large"),
        pytest.param({"other": 1}, [("/other", "unknown_field")], id="unknown field"),
        pytest.param({PERSON: 1}, [("", "unknown_field")], id="unknown field that is a person"),
        pytest.param({"": 1}, [("", "unknown_field")], id="empty key"),
        pytest.param({"items": [{}]}, [("/items/0/dose", "missing")], id="missing inside"),
        pytest.param(
            {"items": [{"dose": PERSON}]}, [("/items/0/dose", "too_long")], id="too long inside"
        ),
        pytest.param(
            {"items": [{"dose": "1"}] * 3}, [("/items", "too_many_items")], id="too many items"
        ),
        pytest.param(
            {"count": 0, "items": None},
            [("/count", "out_of_range"), ("/items", "wrong_type")],
            id="all problems at once",
        ),
        pytest.param({"at": "2026-03-29T02:30"}, [("/at", "invalid_time")], id="naive time"),
        pytest.param({"at": "2026-03-02T10:00:60Z"}, [("/at", "invalid_time")], id="second 60"),
        pytest.param({"at": "2026-03-02T10:00+99:99"}, [("/at", "invalid_time")], id="odd offset"),
        pytest.param({"at": "0000-03-02T10:00Z"}, [("/at", "invalid_time")], id="year 0"),
        pytest.param({"at": 1_700_000_000}, [("/at", "invalid_time")], id="epoch"),
        pytest.param({"on": "2026-02-29"}, [("/on", "invalid_date")], id="no such day"),
        pytest.param({"on": "9999-01-01"}, [("/on", "invalid_date")], id="year 9999"),
    ],
)
async def test_a_wrong_field_is_pointed_at_without_its_value(
    client: AsyncClient, body: dict[str, object], expected: Sequence[tuple[str, str]]
) -> None:
    answer = await client.post("/bodies", json=body)

    assert_problem(answer, 422, "invalid_body")
    assert places(answer) == expected
    assert answer.json()["errors"][0]["message"]["sv"]


async def test_a_pointer_has_no_names_of_union_branches(client: AsyncClient) -> None:
    answer = await client.post("/bodies", json={"choice": {"dose": 1}})

    assert ("/choice/dose", "wrong_type") in places(answer)


@pytest.mark.parametrize("body", [b"null", b'"text"', b"[]"])
async def test_a_body_that_is_no_object_is_refused(client: AsyncClient, body: bytes) -> None:
    answer = await client.post(
        "/bodies", content=body, headers={"Content-Type": "application/json"}
    )

    assert_problem(answer, 422, "invalid_body")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "empty_body"),
        (b"{", 400, "invalid_json"),
        (b'{"count":1,"count":2}', 400, "duplicate_key"),
        (b'{"count":NaN}', 400, "invalid_json"),
        (b'{"count":1e400}', 400, "number_out_of_range"),
        (b'{"x":"\\ud800"}', 422, "unstorable_text"),
    ],
)
async def test_a_body_is_read_strictly(
    client: AsyncClient, body: bytes, status: int, code: str
) -> None:
    answer = await client.post(
        "/bodies", content=body, headers={"Content-Type": "application/json"}
    )

    assert_problem(answer, status, code)


async def test_an_optional_body_may_be_left_out(client: AsyncClient) -> None:
    assert (await client.post("/optional")).json() is True
    assert (await client.post("/optional", json={})).json() is False


async def test_times_are_read_with_their_offset(client: AsyncClient) -> None:
    sent = {"at": "2026-03-29T02:30:00+02:00", "on": "2026-03-29"}

    answer = await client.post("/bodies", json=sent)

    assert sent.items() <= answer.json().items()


THING = "/things/12345678-1234-1234-1234-123456789abc"


@pytest.mark.parametrize(
    ("path", "headers", "status", "code"),
    [
        ("/nowhere", {}, 404, "not_found"),
        ("/things/{12}", {}, 404, "not_found"),
        (f"{THING}?limit=abc", {}, 422, "invalid_parameters"),
        (f"{THING}?limit=0", {}, 422, "invalid_parameters"),
        (f"{THING}?limit=1&limit=2", {}, 400, "repeated_parameter"),
        (f"{THING}?sort=x", {}, 422, "unknown_parameter"),
        (THING, {"Idempotency-Key": "A1"}, 400, "idempotency_key_invalid"),
        ("/keyed", {}, 400, "idempotency_key_required"),
        ("/teapot", {}, 400, "invalid_request"),
    ],
)
async def test_a_wrong_target_or_header_is_refused(
    client: AsyncClient, path: str, headers: dict[str, str], status: int, code: str
) -> None:
    assert_problem(await client.get(path, headers=headers), status, code)


async def test_a_wrong_parameter_is_named(client: AsyncClient) -> None:
    answer = await client.get(f"{THING}?limit=101")

    (item,) = answer.json()["errors"]
    assert (item["parameter"], item["code"]) == ("limit", "out_of_range")


async def test_a_wrong_method_says_which_are_allowed(client: AsyncClient) -> None:
    answer = await client.put("/bodies")

    assert_problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "POST"


async def test_a_wrong_method_hears_of_every_route_of_its_path(client: AsyncClient) -> None:
    answer = await client.put("/both")

    assert_problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "GET, HEAD, POST"


@pytest.mark.parametrize("code", STATUS_OF)
async def test_each_code_is_answered_with_its_status(client: AsyncClient, code: str) -> None:
    answer = await client.get(f"/refuses/{code}")

    assert_problem(answer, STATUS_OF[code], code)
    assert answer.json()["open_case"] == "x"
    assert answer.json()["type"] == f"urn:arende:problem:{code}"
    assert ("retry-after" in answer.headers) == (answer.status_code in {429, 503})
    assert ("www-authenticate" in answer.headers) == (answer.status_code == 401)


async def test_a_failure_tells_its_type_to_the_log_and_nothing_to_the_caller(
    client: AsyncClient,
) -> None:
    with capture_logs() as logs:
        answer = await client.get("/fails")

    assert_problem(answer, 500, "internal_error")
    assert "detail" not in answer.json()
    assert [(line["event"], line["error"]) for line in logs] == [
        ("unhandled_error", "RuntimeError")
    ]
    assert PERSON not in str(logs)


def test_a_field_code_without_a_text_is_just_wrong() -> None:
    assert TEXTS.field_message("narcotic_class") == TEXTS.field_message("invalid_value")
    assert FieldError("narcotic_class").message is None
