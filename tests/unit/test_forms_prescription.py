"""What the prescription form refuses: for each kind of field, the place and the code."""

import pytest
from pydantic import JsonValue

from tests.unit.form_samples import GONE, changed, days_from_now, said

FORM = "prescription_renewal"
ITEM: dict[str, JsonValue] = {
    "npl_id": "20001103000015",
    "dose_now": "1 a day",
    "taken_as_prescribed": True,
    "effect": "good",
    "side_effects": False,
    "supply_left_days": 20,
}


def other_items(count: int) -> list[dict[str, JsonValue]]:
    return [{**ITEM, "npl_id": f"200011030001{number:02}"} for number in range(count)]


@pytest.mark.parametrize(
    ("fields", "pointer", "code"),
    [
        ({"contact_phone": GONE}, "/contact_phone", "missing"),
        ({"contact_phone": None}, "/contact_phone", "wrong_type"),
        ({"contact_phone": "0701740605"}, "/contact_phone", "invalid_format"),
        ({"contact_phone": "+4670174060\u0665"}, "/contact_phone", "invalid_format"),
        ({"contact_phone": "+46900123456"}, "/contact_phone", "wrong_phone_number"),
        ({"addictive_declared": "yes"}, "/addictive_declared", "wrong_type"),
        ({"addictive_declared": 1}, "/addictive_declared", "wrong_type"),
        ({"prescribed_by": "someone"}, "/prescribed_by", "not_allowed"),
        ({"prescribed_by": "other_unit"}, "/prescribed_by_name", "prescribed_by_name_needed"),
        ({"items": []}, "/items", "too_few_items"),
        ({"items": {}}, "/items", "wrong_type"),
        ({"items": other_items(11)}, "/items", "too_many_items"),
        ({"items": [ITEM, ITEM]}, "/items/1", "same_product_twice"),
        ({"items": [5]}, "/items/0", "wrong_type"),
        ({"last_checkup": days_from_now(1)}, "/last_checkup", "date_in_future"),
        ({"last_checkup": "2025-02-29"}, "/last_checkup", "invalid_date"),
        ({"last_checkup": "20250228"}, "/last_checkup", "invalid_date"),
        ({"last_checkup": "2025-02-28T00:00:00"}, "/last_checkup", "invalid_date"),
        ({"last_checkup": "0001-01-01"}, "/last_checkup", "invalid_date"),
        ({"last_checkup": 1700000000}, "/last_checkup", "wrong_type"),
        ({"addictive": {"alcohol": "no"}}, "/addictive/alcohol", "wrong_type"),
        ({"addictive": {"dose": "1"}}, "/addictive/dose", "unknown_field"),
        ({"severe_symptoms": ["cough"]}, "/severe_symptoms/0", "not_allowed"),
        ({"prefers": "letter"}, "/prefers", "not_allowed"),
        ({"message": "x" * 2001}, "/message", "too_long"),
        ({"attachment": "x"}, "/attachment", "unknown_field"),
        ({"199001012384": 1}, "", "unknown_field"),
        ({"na\x00me": 1}, "", "unstorable_text"),
    ],
)
def test_wrong_answer_is_told_at_its_place(
    fields: dict[str, JsonValue], pointer: str, code: str
) -> None:
    assert said(FORM, changed(FORM, **fields)) == {(pointer, code)}


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("npl_id", "2000110300001", "invalid_format"),
        ("npl_id", "\u06620001103000015", "invalid_format"),
        ("npl_id", "2000110300\u200b0015", "invalid_format"),
        ("npl_id", 20001103000015, "wrong_type"),
        ("not_found_text", "Tablets", "one_product_needed"),
        ("dose_now", "  \n ", "too_short"),
        ("dose_now", "\u200b\u2060", "too_short"),
        ("dose_now", "x" * 201, "too_long"),
        ("dose_now", "1\x00", "unstorable_text"),
        ("dose_now", "\x85 1", "unstorable_text"),
        ("dose_now", "\x1b[31m", "unstorable_text"),
        ("dose_now", "\ud800", "unstorable_text"),
        ("dose_now", "\ufdd0", "unstorable_text"),
        ("dose_now", ["1"], "wrong_type"),
        ("effect", "great", "not_allowed"),
        ("taken_as_prescribed", None, "wrong_type"),
        ("supply_left_days", -1, "out_of_range"),
        ("supply_left_days", 2**31, "out_of_range"),
        ("supply_left_days", 10**400, "out_of_range"),
        ("supply_left_days", 1.0, "wrong_type"),
        ("supply_left_days", float("inf"), "wrong_type"),
        ("supply_left_days", True, "wrong_type"),
        ("supply_left_days", "5", "wrong_type"),
    ],
)
def test_wrong_answer_about_a_medicine_is_told_at_its_place(
    field: str, value: JsonValue, code: str
) -> None:
    answers = changed(FORM, items=[{**ITEM, field: value}])

    assert said(FORM, answers) == {(f"/items/0/{field}", code)}


def test_medicine_needs_an_id_or_a_text() -> None:
    answers = changed(FORM, items=[{**ITEM, "npl_id": None}])

    assert said(FORM, answers) == {("/items/0/not_found_text", "one_product_needed")}


def test_side_effects_must_be_described() -> None:
    answers = changed(FORM, items=[{**ITEM, "side_effects": True}])

    assert said(FORM, answers) == {("/items/0/side_effects_text", "side_effects_text_needed")}


@pytest.mark.parametrize(
    "fields",
    [
        {"last_checkup": days_from_now(0)},
        {"items": [{**ITEM, "supply_left_days": 0}]},
        {"items": other_items(10)},
        {"message": "\N{GRINNING FACE}" * 2000},
        {"message": "'; DROP TABLE cases; --\n<script>\t${jndi:x} =1+1 %n {0.__class__}"},
        {"severe_symptoms": []},
        {"addictive": {}},
        {"prefers": None},
        {"contact_phone": " +46701740605 "},
    ],
)
def test_answer_at_the_edge_is_taken(fields: dict[str, JsonValue]) -> None:
    assert said(FORM, changed(FORM, **fields)) == set()


def test_every_problem_is_told_at_once() -> None:
    """Rules between fields are told together with fields that do not fit."""
    broken = {**ITEM, "side_effects": True, "effect": "great", "not_found_text": "Tablets"}
    answers = changed(
        FORM,
        items=[broken, ITEM],
        prescribed_by="other_unit",
        contact_phone=GONE,
        last_checkup=days_from_now(9),
    )

    assert said(FORM, answers) == {
        ("/items/0/effect", "not_allowed"),
        ("/items/0/not_found_text", "one_product_needed"),
        ("/items/0/side_effects_text", "side_effects_text_needed"),
        ("/items/1", "same_product_twice"),
        ("/prescribed_by_name", "prescribed_by_name_needed"),
        ("/contact_phone", "missing"),
        ("/last_checkup", "date_in_future"),
    }
