"""What the forms with variants and the food form refuse: the place and the code."""

import pytest
from pydantic import JsonValue

from domain.answer_rules import MunicipalCare
from domain.forms.codes import leading_code
from tests.unit.form_samples import (
    GONE,
    Answers,
    changed,
    days_from_now,
    entry,
    example,
    occasion,
    problems,
    said,
)

RENEW, START, SWITCH, STOP = (
    f"contraception.{kind}" for kind in ("renew", "start", "switch", "stop")
)
DIABETES, PADS, OSTOMY = (f"medical_aid.{kind}" for kind in ("diabetes", "incontinence", "ostomy"))
OLD, NEW = "certificate.renew", "certificate.new"
CROSSED = {"systolic": 120, "diastolic": 120, "measured_on": "2026-10-01"}
UNMEASURED = {"systolic": 120, "diastolic": 80, "measured_on": days_from_now(1)}
BACKWARDS = {"from_on": days_from_now(3), "until_on": days_from_now(2)}
LONG_AGO = {"from_on": "2020-01-01", "until_on": days_from_now(2)}
BAGS = [{"name": "Bag", "quantity": 1}, {"name": " BAG", "quantity": 2}]


@pytest.mark.parametrize(
    ("kind", "fields", "pointer", "code"),
    [
        (RENEW, {"action": "pause"}, "/action", "not_allowed"),
        (RENEW, {"action": ["renew"]}, "/action", "not_allowed"),
        (RENEW, {"action": GONE}, "/action", "missing"),
        (RENEW, {"wished_method": "ring"}, "/wished_method", "unknown_field"),
        (RENEW, {"migraine_with_aura": GONE}, "/migraine_with_aura", "missing"),
        (START, {"current_method": "ring"}, "/current_method", "unknown_field"),
        (START, {"wished_method": "other"}, "/wished_method", "not_allowed"),
        (SWITCH, {"current_method": GONE}, "/current_method", "missing"),
        (SWITCH, {"weight_kg": float("nan")}, "/weight_kg", "out_of_range"),
        (SWITCH, {"weight_kg": "64"}, "/weight_kg", "wrong_type"),
        (SWITCH, {"height_cm": 1.68}, "/height_cm", "wrong_type"),
        (
            SWITCH,
            {"blood_pressure": CROSSED},
            "/blood_pressure/diastolic",
            "diastolic_above_systolic",
        ),
        (
            SWITCH,
            {"blood_pressure": UNMEASURED},
            "/blood_pressure/measured_on",
            "date_in_future",
        ),
        (STOP, {"smoking": False}, "/smoking", "unknown_field"),
        (STOP, {"current_method": "none"}, "/current_method", "not_allowed"),
        (DIABETES, {"aid_kind": "walker"}, "/aid_kind", "not_allowed"),
        (DIABETES, {"device": "phone"}, "/device", "not_allowed"),
        (DIABETES, {"skin_problems": "Red"}, "/skin_problems", "unknown_field"),
        (DIABETES, {"products": [{"quantity": 1}]}, "/products/0/name", "one_product_needed"),
        (
            DIABETES,
            {"products": [{"name": "Strips", "quantity": 0}]},
            "/products/0/quantity",
            "out_of_range",
        ),
        (PADS, {"device": "pump"}, "/device", "unknown_field"),
        (PADS, {"need_changed": GONE}, "/need_changed", "missing"),
        (OSTOMY, {"products": BAGS}, "/products/1", "same_product_twice"),
        (OSTOMY, {"last_withdrawal_on": days_from_now(2)}, "/last_withdrawal_on", "date_in_future"),
        ("special_food", {"category": "cake"}, "/category", "not_allowed"),
        (
            "special_food",
            {"products": [{"name": "Drink"}]},
            "/products/0/amount_per_day",
            "missing",
        ),
        ("special_food", {"weight_kg": False}, "/weight_kg", "wrong_type"),
        ("special_food", {"weight_change_kg": 1e300}, "/weight_change_kg", "out_of_range"),
        ("special_food", {"supply_left_days": GONE}, "/supply_left_days", "missing"),
        (OLD, {"type": "passport"}, "/type", "not_allowed"),
        (OLD, {"what_changed": GONE}, "/what_changed", "missing"),
        (OLD, {"period": BACKWARDS}, "/period/until_on", "end_before_start"),
        (OLD, {"period": LONG_AGO}, "/period/from_on", "out_of_range"),
        (NEW, {"needed_by": days_from_now(-1)}, "/needed_by", "date_passed"),
        (NEW, {"needed_by": days_from_now(732)}, "/needed_by", "out_of_range"),
        (NEW, {"accepts_fee": False}, "/accepts_fee", "fee_not_accepted"),
        (NEW, {"accepts_fee": GONE}, "/accepts_fee", "fee_not_accepted"),
        (NEW, {"earlier_issuer": "The clinic"}, "/earlier_issuer", "unknown_field"),
    ],
)
def test_wrong_answer_is_told_at_its_place(
    kind: str, fields: dict[str, JsonValue], pointer: str, code: str
) -> None:
    assert said(kind, changed(kind, **fields)) == {(pointer, code)}


@pytest.mark.parametrize(
    ("kind", "fields", "pointer"),
    [
        ("booking_change", {"reason": "I am 19710620-9823"}, "/reason"),
        (OLD, {"recipient": "197106209823"}, "/recipient"),
        (OLD, {"earlier_issuer": "710620-9823"}, "/earlier_issuer"),
        (OLD, {"what_changed": "It concerns my husband 19710620-9823."}, "/what_changed"),
        (PADS, {"delivery_address": "c/o 710620-9823"}, "/delivery_address"),
        (
            "special_food",
            {"products": [{"name": "7106209823", "amount_per_day": "2"}]},
            "/products/0/name",
        ),
    ],
)
def test_nobody_is_named_by_identity_in_an_answer(
    kind: str, fields: dict[str, JsonValue], pointer: str
) -> None:
    assert said(kind, changed(kind, **fields)) == {(pointer, "identity_not_allowed")}


def test_numbers_of_companies_and_phones_are_taken_in_answers() -> None:
    fields: dict[str, JsonValue] = {
        "recipient": "The company 556036-0793",
        "contact_phone": "+46701740605",
        "what_changed": "Phone me at 0701011231 or 070-174 06 05.",
    }

    assert said(OLD, changed(OLD, **fields)) == set()


def test_certificate_needed_today_or_free_of_charge_is_taken() -> None:
    assert said(NEW, changed(NEW, needed_by=days_from_now(0))) == set()
    assert said(OLD, changed(OLD, accepts_fee=GONE)) == set()


def test_article_may_have_both_number_and_name() -> None:
    products: JsonValue = [{"article_number": "7001", "name": "Strips", "quantity": 2}]

    assert said(DIABETES, changed(DIABETES, products=products)) == set()


@pytest.mark.parametrize(
    ("kind", "field", "symptom", "code"),
    [
        ("prescription_renewal", "severe_symptoms", "breathing", "stop_call_112"),
        ("prescription_renewal", "severe_symptoms", "swelling", "stop_call_112"),
        ("prescription_renewal", "severe_symptoms", "chest_pain", "stop_call_112"),
        ("prescription_renewal", "severe_symptoms", "suicidal_thoughts", "stop_call_112"),
        (RENEW, "alarm_symptoms", "thrombosis", "stop_call_112"),
        (START, "alarm_symptoms", "chest_pain", "stop_call_112"),
        (SWITCH, "alarm_symptoms", "heavy_bleeding", "stop_call_1177"),
        (STOP, "alarm_symptoms", "severe_abdominal_pain", "stop_call_1177"),
    ],
)
def test_alarming_symptom_stops_the_form(kind: str, field: str, symptom: str, code: str) -> None:
    answers: Answers = {field: [symptom]}

    found = problems(kind, changed(kind, **answers))

    assert {(problem.pointer, problem.code) for problem in found} == {(f"/{field}/0", code)}
    assert leading_code([problem.code for problem in found]) == code


def test_alarming_symptom_is_told_in_answers_that_do_not_fit_otherwise() -> None:
    found = problems(STOP, {"action": "stop", "alarm_symptoms": ["thrombosis"] * 5})

    assert leading_code([problem.code for problem in found]) == "stop_call_112"


def test_call_for_help_leads_whatever_else_is_wrong() -> None:
    assert leading_code(["missing", "stop_call_1177", "stop_call_112"]) == "stop_call_112"
    assert leading_code(["missing", "stop_call_1177"]) == "stop_call_1177"
    assert leading_code(["visit_too_soon", "missing"]) == "invalid_answers"
    assert leading_code(["visit_too_soon"]) == "visit_too_soon"
    assert leading_code(["missing"]) == "invalid_answers"


def test_municipal_care_is_redirected_where_the_region_says_so() -> None:
    rules = entry("medical_aid").model_copy(update={"municipal_care": MunicipalCare.REDIRECT})
    on = occasion("medical_aid", rules=rules)

    assert said(PADS, example(PADS), on) == set()
    assert said(PADS, changed(PADS, municipal_home_care=True), on) == {
        ("/municipal_home_care", "ask_municipality")
    }
