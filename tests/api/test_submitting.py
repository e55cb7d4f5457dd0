"""Submitting a case: accepted, replayed, refused."""

import pytest

from domain.submission import reference_for
from tests.api.calling import RENEWAL, Api, Caller, new_key
from tests.api.people import (
    CHILD,
    ERIK,
    GORAN,
    GUARDIAN,
    LISTED_AT_CLOSED_UNIT,
    NORRALA_CLOSED,
    PERNILLA,
    PROTECTED_CHILD,
    PROTECTED_GUARDIAN,
    SODERHAMN,
    TEENAGER,
    ULRIKA,
    UNLISTED,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_submission_is_received_at_once(api: Api) -> None:
    answer = await api.citizen(GORAN).submit()

    case = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/v1/cases/{case['case_id']}"
    assert answer.headers["ETag"] == '"1"'
    assert case["reference"] == reference_for(case["case_id"])
    assert case["state"] == "received"
    assert (case["handled_by"], case["promise"], case["messages"]) == (None, None, [])


async def test_a_case_can_be_read_from_the_moment_it_is_accepted(api: Api) -> None:
    citizen = api.citizen(GORAN)
    location = (await citizen.submit()).headers["Location"]

    assert (await citizen.get(location)).status_code == 200


async def test_the_same_key_and_body_is_the_same_case(api: Api) -> None:
    citizen, key = api.citizen(GORAN), new_key()

    first = await citizen.submit(key=key)
    second = await citizen.submit(key=key)

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["case_id"] == second.json()["case_id"]


async def test_the_same_key_is_another_case_for_another_person(api: Api) -> None:
    key = new_key()

    first = await api.citizen(GORAN).submit(key=key)
    second = await api.citizen(PERNILLA).submit(key=key)

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["case_id"] != second.json()["case_id"]


@pytest.mark.parametrize("prefer", ["", "wait=2"])
async def test_a_key_that_came_with_another_body_is_refused(api: Api, prefer: str) -> None:
    citizen, key = api.citizen(GORAN), new_key()
    await citizen.submit(key=key, prefer=prefer)

    other = await citizen.submit(RENEWAL | {"message": "Another"}, key=key)
    invalid = await citizen.submit({"items": []}, key=key)
    elsewhere = await citizen.submit(key=key, clinic=SODERHAMN)

    for answer in (other, invalid, elsewhere):
        assert answer.status_code == 422
        assert answer.json()["code"] == "idempotency_key_reused"


@pytest.mark.parametrize(
    ("key", "code"),
    [
        pytest.param(None, "idempotency_key_required", id="none"),
        pytest.param("", "idempotency_key_invalid", id="empty"),
        pytest.param("a b", "idempotency_key_invalid", id="a space"),
        pytest.param("x" * 256, "idempotency_key_invalid", id="too long"),
        pytest.param("197005109819", "identity_in_key", id="a personal identity"),
    ],
)
async def test_a_key_must_be_usable(api: Api, key: str | None, code: str) -> None:
    body = {"service": "prescription_renewal", "answers": RENEWAL}
    headers = {} if key is None else {"idempotency_key": key}

    answer = await api.citizen(GORAN).post("/v1/cases", body, **headers)

    assert answer.status_code == 400
    assert answer.json()["code"] == code


async def refused(caller: Caller, **fields: str) -> tuple[int, str]:
    answer = await caller.submit(**fields)
    return answer.status_code, answer.json()["code"]


async def test_what_the_registers_rule_out_is_refused_at_once(api: Api) -> None:
    assert await refused(api.citizen(UNLISTED)) == (422, "not_listed")
    assert await refused(api.citizen(GORAN), clinic=NORRALA_CLOSED) == (422, "unknown_unit")
    nowhere = "SE5560000000-NOWHERE"
    assert await refused(api.citizen(GORAN), clinic=nowhere) == (422, "unknown_unit")
    assert await refused(api.citizen(GORAN), service="no_such_service") == (422, "unknown_service")


async def test_an_unlisted_citizen_may_choose_a_clinic(api: Api) -> None:
    case = await api.citizen(UNLISTED).submit_admitted(clinic=SODERHAMN)

    assert case["handled_by"]["unit"]["hsa_id"] == SODERHAMN


async def test_a_case_for_a_closed_unit_is_kept_and_waits_for_another(api: Api) -> None:
    case = await api.citizen(LISTED_AT_CLOSED_UNIT).submit_admitted(becomes="undeliverable")

    seen = await api.citizen(LISTED_AT_CLOSED_UNIT).get(f"/v1/cases/{case['case_id']}")
    assert seen.json()["state"] == "undeliverable"


async def test_a_guardian_may_submit_for_a_child_and_both_may_read(api: Api) -> None:
    case = await api.citizen(GUARDIAN).submit_admitted(on_behalf_of=CHILD)

    for identity in (GUARDIAN, CHILD):
        answer = await api.citizen(identity).get(f"/v1/cases/{case['case_id']}")
        assert answer.status_code == 200


@pytest.mark.parametrize(
    ("sender", "child"),
    [
        pytest.param(ULRIKA, CHILD, id="not the guardian"),
        pytest.param(GUARDIAN, TEENAGER, id="13 or older"),
        pytest.param(GUARDIAN, ULRIKA, id="an adult"),
        pytest.param(PROTECTED_GUARDIAN, PROTECTED_CHILD, id="protected identities"),
    ],
)
async def test_nobody_else_may_submit_for_another(api: Api, sender: str, child: str) -> None:
    answer = await api.citizen(sender).submit(on_behalf_of=child)

    assert answer.status_code == 403
    assert answer.json()["code"] == "proxy_not_allowed"


async def test_every_problem_of_the_answers_is_told_with_its_place(api: Api) -> None:
    item = RENEWAL["items"][0] | {"supply_left_days": -1, "dose_now": ""}
    answer = await api.citizen(ERIK).submit(RENEWAL | {"items": [item], "contact_phone": "070"})

    problem = answer.json()
    assert answer.status_code == 422
    assert problem["code"] == "invalid_answers"
    assert {error["pointer"] for error in problem["errors"]} == {
        "/answers/items/0/supply_left_days",
        "/answers/items/0/dose_now",
        "/answers/contact_phone",
    }
    assert all(error["message"]["sv"] and error["message"]["en"] for error in problem["errors"])


async def test_own_cases_are_listed_newest_first_a_page_at_a_time(api: Api) -> None:
    citizen = api.citizen(ULRIKA)
    submitted = [(await citizen.submit_admitted())["case_id"] for _ in range(3)]

    first = (await citizen.get("/v1/cases?limit=2")).json()
    second = (await citizen.get(f"/v1/cases?limit=2&cursor={first['next']}")).json()

    listed = [case["case_id"] for case in first["items"] + second["items"]]
    assert listed[:3] == submitted[::-1]
    resolved = (await citizen.get("/v1/cases?state=resolved")).json()
    assert resolved == {"items": [], "next": None}
