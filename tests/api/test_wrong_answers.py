"""What is wrong in each service's answers is one 422 with its code and its place."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.api.calling import RENEWAL as ORDINARY_RENEWAL
from tests.api.calling import Api
from tests.api.people import CHILD, ERIK, NORRALA_CLOSED, UNLISTED

pytestmark = pytest.mark.asyncio(loop_scope="session")

GONE = object()
"""Stands for a field to leave out."""

TODAY = datetime.now(UTC)
RENEWAL, BOOKING, FOOD = "prescription_renewal", "booking_change", "special_food"
CONTRACEPTION, AID, CERTIFICATE = "contraception", "medical_aid", "certificate"
CANARY = "Kanariefågel"


def day(ahead: int) -> str:
    return (TODAY + timedelta(days=ahead)).date().isoformat()


def instant(ahead: timedelta) -> str:
    return (TODAY + ahead).isoformat()


def visit(ahead: timedelta) -> dict[str, str]:
    return {"starts_at": instant(ahead), "kind": "Blood pressure"}


SPAN = {"from_at": instant(timedelta(days=9)), "until_at": instant(timedelta(days=8))}
LATER = {"from_at": instant(timedelta(days=8)), "until_at": instant(timedelta(days=9))}
CROSSED = {"systolic": 80, "diastolic": 90, "measured_on": day(-9)}
BACKWARDS = {"from_on": day(3), "until_on": day(2)}
STOP_112 = "stop_call_112"

WRONG: list[tuple[str, str, object, str]] = [
    (RENEWAL, "items", [], "too_few_items"),
    (RENEWAL, "items", GONE, "missing"),
    (RENEWAL, "items/0/npl_id", "123", "invalid_format"),
    (RENEWAL, "items/0/npl_id", "20991231999999", "product_not_found"),
    (RENEWAL, "items/0/not_found_text", CANARY, "one_product_needed"),
    (RENEWAL, "items/0/effect", CANARY, "not_allowed"),
    (RENEWAL, "items/0/side_effects_text", GONE, "side_effects_text_needed"),
    (RENEWAL, "items/0/supply_left_days", -1, "out_of_range"),
    (RENEWAL, "items/0/supply_left_days", 1.5, "wrong_type"),
    (RENEWAL, "items/0/dose_now", "x" * 201, "too_long"),
    (RENEWAL, "addictive_declared", "no", "wrong_type"),
    (RENEWAL, "prescribed_by", "other_unit", "prescribed_by_name_needed"),
    (RENEWAL, "contact_phone", "+46900123456", "wrong_phone_number"),
    (RENEWAL, "severe_symptoms", ["breathing"], STOP_112),
    (RENEWAL, CANARY, 1, "unknown_field"),
    (BOOKING, "action", "move", "not_allowed"),
    (BOOKING, "booking", GONE, "missing"),
    (BOOKING, "booking/starts_at", "2027-01-04T10:00:00", "invalid_time"),
    (BOOKING, "booking/starts_at", instant(timedelta(days=-1)), "visit_passed"),
    (BOOKING, "booking/starts_at", instant(timedelta(hours=2)), "visit_too_soon"),
    (BOOKING, "booking/kind", "", "too_short"),
    (BOOKING, "wishes", [SPAN], "end_before_start"),
    (BOOKING, "wishes", [LATER] * 4, "too_many_items"),
    (CONTRACEPTION, "action", "pause", "not_allowed"),
    (CONTRACEPTION, "action", GONE, "missing"),
    (CONTRACEPTION, "wished_method", "ring", "unknown_field"),
    (CONTRACEPTION, "smoking", GONE, "missing"),
    (CONTRACEPTION, "blood_pressure", CROSSED, "diastolic_above_systolic"),
    (CONTRACEPTION, "gave_birth_on", day(5), "date_in_future"),
    (CONTRACEPTION, "weight_kg", 2, "out_of_range"),
    (CONTRACEPTION, "alarm_symptoms", ["thrombosis"], STOP_112),
    (CONTRACEPTION, "alarm_symptoms", ["heavy_bleeding"], "stop_call_1177"),
    (AID, "aid_kind", "walker", "not_allowed"),
    (AID, "skin_problems", CANARY, "unknown_field"),
    (AID, "products", [{"quantity": 1}], "one_product_needed"),
    (AID, "products", [{"name": "A", "quantity": 0}], "out_of_range"),
    (AID, "products", [{"name": "A", "quantity": 1}] * 2, "same_product_twice"),
    (AID, "last_withdrawal_on", "2026-02-30", "invalid_date"),
    (AID, "need_changed", None, "wrong_type"),
    (FOOD, "category", CANARY, "not_allowed"),
    (FOOD, "products", [{"name": "A"}], "missing"),
    (FOOD, "supply_left_days", 731, "out_of_range"),
    (FOOD, "weight_kg", "58", "wrong_type"),
    (FOOD, "last_dietitian_contact", day(5), "date_in_future"),
    (CERTIFICATE, "action", CANARY, "not_allowed"),
    (CERTIFICATE, "what_changed", GONE, "missing"),
    (CERTIFICATE, "period", BACKWARDS, "end_before_start"),
    (CERTIFICATE, "needed_by", day(-5), "date_passed"),
    (CERTIFICATE, "type", "travel", "fee_not_accepted"),
]
AS_A_WHOLE = {"product_not_found", "visit_too_soon", STOP_112, "stop_call_1177"}


def put(answers: Any, place: str, value: object) -> None:  # noqa: ANN401 - JSON of any shape
    """Set, or take away, what stands at *place* in *answers*."""
    *path, last = place.split("/")
    for step in path:
        answers = answers[int(step) if step.isdecimal() else step]
    if value is GONE:
        answers.pop(last, None)
    else:
        answers[last] = value


@pytest.mark.parametrize("action", [GONE, "x"])
async def test_a_call_for_help_leads_though_the_variant_is_not_told(
    api: Api, action: object
) -> None:
    answers = (await api.nobody().get(f"/v1/services/{CONTRACEPTION}")).json()["examples"][0]
    put(answers, "action", action)
    put(answers, "alarm_symptoms", ["thrombosis"])

    answer = await api.citizen(ERIK).submit(answers, service=CONTRACEPTION)

    assert (answer.status_code, answer.json()["code"]) == (422, STOP_112)


@pytest.mark.parametrize(
    ("service", "place", "value", "code"),
    WRONG,
    ids=[f"{service}-{place}-{code}" for service, place, _, code in WRONG],
)
async def test_a_wrong_answer_is_refused_by_its_code(
    api: Api, service: str, place: str, value: object, code: str
) -> None:
    answers = (await api.nobody().get(f"/v1/services/{service}")).json()["examples"][0]
    prepare(answers, place)
    put(answers, place, value)

    answer = await api.citizen(ERIK).submit(answers, service=service)

    problem = answer.json()
    assert answer.status_code == 422
    assert problem["code"] == (code if code in AS_A_WHOLE else "invalid_answers")
    assert [error["code"] for error in problem["errors"]] == [code]
    (error,) = problem["errors"]
    assert error["pointer"].startswith("/answers")
    assert error["message"]["sv"]
    assert error["message"]["en"]
    assert CANARY not in answer.text


@pytest.mark.parametrize(
    ("sender", "fields"),
    [
        pytest.param(UNLISTED, {}, id="not listed"),
        pytest.param(ERIK, {"clinic": NORRALA_CLOSED}, id="a closed clinic"),
        pytest.param(ERIK, {"on_behalf_of": CHILD}, id="not the guardian"),
    ],
)
async def test_a_call_for_help_goes_before_every_other_refusal(
    api: Api, sender: str, fields: dict[str, str]
) -> None:
    answers = ORDINARY_RENEWAL | {"severe_symptoms": ["chest_pain"], "contact_phone": "070"}

    answer = await api.citizen(sender).submit(answers, **fields)

    assert (answer.status_code, answer.json()["code"]) == (422, STOP_112)


def prepare(answers: dict[str, Any], place: str) -> None:
    """Make the example one in which only the answer at *place* can be wrong."""
    if place == "items/0/side_effects_text":
        answers["items"][0]["side_effects"] = True
    if place == "type":
        answers["accepts_fee"] = False
