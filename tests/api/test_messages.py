"""Messages over HTTP: who may send them, once, and against which state."""

import asyncio
from typing import Any

import pytest
import pytest_asyncio
from httpx2 import Headers

from tests.api.calling import DECIDED, Api, new_key
from tests.api.people import (
    ADMINISTRATOR,
    BJORKSATRA_OTHER_PROVIDER,
    COORDINATOR,
    ERIK,
    GORAN,
    HENRIK,
    NORRALA_CLOSED,
    NURSE,
    NURSE_ROLE,
    PERNILLA,
    PHYSICIANS,
    SODERHAMN,
    STRANGER,
    UNIT_MANAGER,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")

NAMED = "identity_not_allowed"

FIRST, SECOND = PHYSICIANS[:2]


@pytest_asyncio.fixture(loop_scope="session")
async def case_id(api: Api) -> str:
    """A case that lies with the physicians of Strömsbro."""
    case = await api.citizen(HENRIK).submit_admitted()
    return str(case["case_id"])


async def test_one_of_five_gets_the_case(api: Api, case_id: str) -> None:
    takers = (*PHYSICIANS, FIRST)

    answers = await asyncio.gather(
        *(api.staff(taker).send(case_id, "take", idempotency_key=new_key()) for taker in takers)
    )

    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409]
    refused = {answer.json()["code"] for answer in answers if answer.status_code == 409}
    assert refused <= {"already_taken"}


async def test_a_message_takes_effect_once(api: Api, case_id: str) -> None:
    physician, key = api.staff(FIRST), new_key()

    first = await physician.send(case_id, "take", idempotency_key=key)
    second = await physician.send(case_id, "take", idempotency_key=key)
    other = await physician.send(case_id, "note", {"text": "Seen."}, idempotency_key=key)

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json()["rev"] == second.json()["rev"]
    assert (other.status_code, other.json()["code"]) == (422, "action_id_reused")


async def test_an_expected_rev_that_has_passed_is_stale(api: Api, case_id: str) -> None:
    physician = api.staff(FIRST)
    seen = await physician.get(f"/v1/cases/{case_id}")

    taken = await physician.send(case_id, "take", if_match=seen.headers["ETag"])
    stale = await physician.send(case_id, "note", {"text": "Late."}, if_match=seen.headers["ETag"])
    malformed = await physician.send(case_id, "note", {"text": "Odd."}, if_match='W/"3"')

    assert (taken.status_code, stale.status_code, malformed.status_code) == (200, 412, 400)
    assert stale.json()["code"] == "stale"


async def test_respond_async_leaves_the_message_to_the_case(api: Api, case_id: str) -> None:
    physician, key = api.staff(FIRST), new_key()

    accepted = await physician.send(case_id, "take", idempotency_key=key, prefer="respond-async")
    again = await physician.send(case_id, "take", idempotency_key=key)

    assert accepted.status_code == 202
    assert accepted.json() == {"case_id": case_id, "action_id": key, "state": "accepted"}
    assert again.status_code == 200
    assert again.json()["assigned_to"] == FIRST.hsa_id


@pytest.mark.parametrize(
    ("message", "body", "code"),
    [
        pytest.param("ask-patient", {}, "missing", id="a field is missing"),
        pytest.param("ask-patient", {"text": " "}, "too_short", id="nothing said"),
        pytest.param("take", {"to": "x"}, "unknown_field", id="a field too many"),
        pytest.param("take", {"reason": "For 19710620-9823"}, NAMED, id="an identity as reason"),
        pytest.param("note", {"text": "Wife: 7106209823"}, NAMED, id="an identity in a note"),
        pytest.param("ask-patient", {"text": "197106209823?"}, NAMED, id="an identity asked for"),
        pytest.param(
            "resolve", DECIDED | {"outcome": "maybe"}, "not_allowed", id="no such outcome"
        ),
    ],
)
async def test_a_wrong_body_is_refused(
    api: Api, case_id: str, message: str, body: dict[str, Any], code: str
) -> None:
    if message != "take":
        await api.staff(FIRST).send(case_id, "take")

    answer = await api.staff(FIRST).send(case_id, message, body)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == code
    assert "9823" not in answer.text


async def test_refusals_have_the_status_of_their_kind(api: Api, case_id: str) -> None:
    physician, colleague = api.staff(FIRST), api.staff(SECOND)
    coordinator = api.staff(COORDINATOR)
    await physician.send(case_id, "take")
    decline = DECIDED | {"outcome": "declined"}
    to_nurse = {"to": NURSE.hsa_id}
    elsewhere = {"unit": BJORKSATRA_OTHER_PROVIDER, "reason": "Nearer home."}

    answers = {
        "not_assigned_to_you": await colleague.send(case_id, "reply", {"text": "Hello."}),
        "not_permitted": await coordinator.send(case_id, "reply", {"text": "Hello."}),
        "outcome_incomplete": await physician.send(case_id, "resolve", decline),
        "colleague_lacks_role": await coordinator.send(case_id, "assign", to_nurse),
        "disclosure_required": await coordinator.send(case_id, "transfer", elsewhere),
        "not_lawful_now": await api.citizen(HENRIK).send(case_id, "reopen"),
    }

    assert {code: answer.json()["code"] for code, answer in answers.items()} == {
        code: code for code in answers
    }
    assert {code: answer.status_code for code, answer in answers.items()} == {
        "not_assigned_to_you": 409,
        "not_permitted": 403,
        "outcome_incomplete": 422,
        "colleague_lacks_role": 422,
        "disclosure_required": 422,
        "not_lawful_now": 409,
    }


async def test_a_nurse_without_prescribing_right_cannot_approve(api: Api) -> None:
    case_id = (await api.citizen(ERIK).submit_admitted())["case_id"]
    moved = await api.staff(FIRST).send(
        case_id, "transfer", {"role": NURSE_ROLE, "reason": "A question first."}
    )
    nurse = api.staff(NURSE)
    await nurse.send(case_id, "take")

    refused = await nurse.send(case_id, "resolve", DECIDED | {"outcome": "approved"})

    assert moved.json()["handled_by"]["role"]["code"] == NURSE_ROLE
    assert (refused.status_code, refused.json()["code"]) == (403, "authority_missing")


async def test_a_lead_assigns_and_transfers(api: Api, case_id: str) -> None:
    manager = api.staff(UNIT_MANAGER)

    assigned = await manager.send(case_id, "assign", {"to": SECOND.hsa_id})
    moved = await manager.send(
        case_id, "transfer", {"unit": SODERHAMN, "reason": "The patient has moved."}
    )

    assert assigned.json()["assigned_to"] == SECOND.hsa_id
    assert moved.json()["handled_by"]["unit"]["hsa_id"] == SODERHAMN
    assert moved.json()["state"] == "queued"
    assert (await manager.get(f"/v1/cases/{case_id}")).status_code == 404
    assert (await api.staff(STRANGER).get(f"/v1/cases/{case_id}")).status_code == 200


@pytest.mark.parametrize(
    ("to", "code"),
    [
        pytest.param({"unit": NORRALA_CLOSED}, "unknown_unit", id="a closed unit"),
        pytest.param({"unit": "SE5560000000-NOWHERE"}, "unknown_unit", id="no such unit"),
        pytest.param({"role": "PV/no/role"}, "unknown_role", id="no such role"),
        pytest.param({}, "invalid_body", id="nowhere"),
    ],
)
async def test_a_transfer_leads_somewhere(
    api: Api, case_id: str, to: dict[str, str], code: str
) -> None:
    answer = await api.staff(COORDINATOR).send(case_id, "transfer", {"reason": "Why.", **to})

    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_the_wrong_kind_of_caller_is_refused_before_anything_else(api: Api) -> None:
    case_id = "00000000-0000-0000-0000-000000000000"

    assert (await api.citizen(GORAN).send(case_id, "take")).status_code == 403
    assert (await api.staff(FIRST).send(case_id, "withdraw")).status_code == 403
    assert (await api.nobody().send(case_id, "take")).status_code == 401
    for unknown in ("merge", "ask_patient", "no-such-message"):
        assert (await api.staff(FIRST).send(case_id, unknown)).status_code == 404


async def test_foreign_and_absent_cases_are_indistinguishable(api: Api, case_id: str) -> None:
    absent = "00000000-0000-0000-0000-000000000000"
    strangers = (api.citizen(PERNILLA), api.staff(STRANGER), api.staff(ADMINISTRATOR))

    for stranger in strangers:
        seen = [await stranger.get(f"/v1/cases/{known}") for known in (case_id, absent)]
        timelines = [await stranger.get(f"/v1/cases/{known}/events") for known in (case_id, absent)]
        for foreign, none in (seen, timelines):
            assert (foreign.status_code, none.status_code) == (404, 404)
            assert foreign.content == none.content
            assert _headers(foreign.headers) == _headers(none.headers)
    sent = [
        await api.citizen(PERNILLA).send(known, "withdraw", {"wrong": 1})
        for known in (case_id, absent)
    ]
    assert sent[0].status_code == sent[1].status_code == 404


def _headers(headers: Headers) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name != "x-request-id"}
