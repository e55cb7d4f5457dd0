"""The contract as a whole: every route has a rule, the document is committed, nothing echoes."""

import json
from typing import Any

import pytest
from structlog.testing import capture_logs
from typer.testing import CliRunner

from api.access import undeclared_routes
from api.access_rules import MESSAGE_RULES
from api.app import bare_app
from api.schemas.messages import MESSAGES
from commands.openapi import app as command
from tests.api.calling import RENEWAL, Api, new_key
from tests.api.people import COORDINATOR, GORAN, NURSE, PHYSICIANS
from tests.region import ROOT

session_loop = pytest.mark.asyncio(loop_scope="session")

CANARY = "Kanariefågel"


def test_no_route_lacks_a_rule() -> None:
    assert undeclared_routes(bare_app()) == []


def test_every_message_has_a_rule() -> None:
    assert MESSAGES.keys() == MESSAGE_RULES.keys()


def test_the_committed_contract_is_the_present_one() -> None:
    printed = CliRunner().invoke(command, [])

    assert printed.exit_code == 0
    assert (ROOT / "openapi.json").read_text(encoding="utf-8") == printed.stdout


@session_loop
async def test_the_contract_is_public(api: Api) -> None:
    answer = await api.nobody().get("/openapi.json")

    assert answer.status_code == 200
    assert answer.json() == json.loads((ROOT / "openapi.json").read_text(encoding="utf-8"))


def with_canary(place: str) -> dict[str, Any]:
    """Return a submission whose field *place* holds the canary."""
    body: dict[str, Any] = {"service": "prescription_renewal", "answers": dict(RENEWAL)}
    *path, last = place.split(".")
    target: Any = body
    for step in path:
        target = target[int(step) if step.isdecimal() else step]
    target[last] = CANARY
    return body


PLACES = [
    "service",
    "clinic",
    "on_behalf_of",
    "not_duplicate_of",
    "channel",
    "answers",
    "unknown",
    CANARY,
    *(f"answers.{name}" for name in RENEWAL),
    f"answers.{CANARY}",
]


@session_loop
@pytest.mark.parametrize("place", PLACES)
async def test_a_refused_value_is_neither_answered_nor_logged(api: Api, place: str) -> None:
    with capture_logs() as logged:
        answer = await api.citizen(GORAN).post(
            "/v1/cases", with_canary(place), idempotency_key=new_key()
        )

    assert answer.status_code == 422
    assert CANARY not in answer.text
    assert CANARY not in json.dumps(logged, ensure_ascii=False, default=str)


@session_loop
@pytest.mark.parametrize("message", sorted(MESSAGES))
async def test_a_refused_message_is_not_echoed(api: Api, message: str) -> None:
    case_id = (await api.citizen(GORAN).submit_admitted())["case_id"]
    fields = MESSAGES[message][0].model_fields
    body = {name: [CANARY] for name in fields} | {CANARY: CANARY}
    citizen, physician = api.citizen(GORAN), api.staff(PHYSICIANS[0])
    sender = citizen if MESSAGE_RULES[message] == "citizen" else physician
    if message == "assign":
        sender = api.staff(COORDINATOR)
    elif message == "hand-over":
        sender = api.staff(NURSE)
        await sender.send(case_id, "take")
    elif message in {"ask-patient", "reply", "resolve", "return"}:
        await physician.send(case_id, "take")
    elif message == "reopen":
        await citizen.send(case_id, "withdraw")

    answer = await sender.send(case_id, message, body)

    assert answer.status_code == 422
    assert CANARY not in answer.text


@session_loop
async def test_a_request_is_logged_by_its_route_alone(api: Api) -> None:
    case_id = (await api.citizen(GORAN).submit_admitted())["case_id"]

    with capture_logs() as logged:
        await api.citizen(GORAN).get(f"/v1/cases/{case_id}", x_request_id="correlated-1")

    (line,) = [entry for entry in logged if entry["event"] == "request_handled"]
    assert line["route"] == "/v1/cases/{case_id}"
    assert (line["method"], line["status"]) == ("GET", 200)
    assert line["request_id"] == "correlated-1"
    assert line["duration_ms"] >= 0
    assert GORAN not in str(logged)


@session_loop
async def test_the_api_says_what_it_is_and_how_it_fares(api: Api) -> None:
    anyone = api.nobody()

    info = (await anyone.get("/v1/api-info")).json()
    services = (await anyone.get("/v1/services")).json()

    assert info["name"] == "arende"
    assert info["documentation"] == "/openapi.json"
    assert (await anyone.get("/health/live")).json() == {"status": "live"}
    assert (await anyone.get("/health/ready")).json()["status"] == "ready"
    assert (await anyone.get("/v1/services/no_such_service")).status_code == 404
    assert (
        services["items"][0].items()
        >= {
            "code": "prescription_renewal",
            "name": {"sv": "Förnya recept", "en": "Renew a prescription"},
            "handling_time": {
                "first_response": {"count": 2, "unit": "working_days"},
                "resolution": {"count": 5, "unit": "working_days"},
            },
            "variants": [],
        }.items()
    )
