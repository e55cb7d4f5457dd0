"""What valid answers tell: urgency that nobody chooses, and flags that never decide."""

import pytest
from pydantic import JsonValue

from domain.vocabulary import Flag, Urgency
from tests.unit.form_samples import (
    MONDAY_NOON,
    Answers,
    changed,
    days_from_now,
    example,
    occasion,
    reading,
)

RENEWAL = "prescription_renewal"
RENEW, START = "contraception.renew", "contraception.start"
DIABETES, PADS, OSTOMY = (f"medical_aid.{kind}" for kind in ("diabetes", "incontinence", "ostomy"))
HIGH = {"systolic": 140, "diastolic": 80, "measured_on": "2026-10-01"}
YEAR_OLD = {"systolic": 120, "diastolic": 80, "measured_on": "2025-11-23"}
OLDER = {"systolic": 120, "diastolic": 80, "measured_on": "2025-11-22"}


def item(**fields: JsonValue) -> Answers:
    items = example(RENEWAL)["items"]
    assert isinstance(items, list)
    assert isinstance(items[0], dict)
    return {**items[0], **fields}


@pytest.mark.parametrize(
    ("days", "urgency"),
    [(7, Urgency.NORMAL), (6, Urgency.SOON), (3, Urgency.SOON), (2, Urgency.URGENT)],
)
def test_short_supply_hastens_a_renewal(days: int, urgency: Urgency) -> None:
    assert (
        reading(RENEWAL, changed(RENEWAL, items=[item(supply_left_days=days)])).urgency is urgency
    )


@pytest.mark.parametrize(
    ("kind", "fields", "urgency"),
    [
        (DIABETES, {"supply_left_days": 2, "device": "cgm"}, Urgency.URGENT),
        (DIABETES, {"supply_left_days": 2, "uses_insulin": True}, Urgency.URGENT),
        (
            DIABETES,
            {"supply_left_days": 2, "device": None, "uses_insulin": None},
            Urgency.URGENT,
        ),
        (DIABETES, {"supply_left_days": 2}, Urgency.SOON),
        (DIABETES, {"supply_left_days": 7}, Urgency.NORMAL),
        (PADS, {"supply_left_days": 0}, Urgency.SOON),
        (OSTOMY, {"supply_left_days": 6}, Urgency.SOON),
        (
            "special_food",
            {"category": "tube_feed", "sole_nutrition": True, "supply_left_days": 2},
            Urgency.URGENT,
        ),
        ("special_food", {"category": "tube_feed", "supply_left_days": 2}, Urgency.SOON),
        ("special_food", {"sole_nutrition": True, "supply_left_days": 2}, Urgency.SOON),
        ("certificate.new", {"needed_by": days_from_now(7)}, Urgency.NORMAL),
        ("certificate.new", {"needed_by": days_from_now(6)}, Urgency.SOON),
        ("certificate.new", {"needed_by": days_from_now(2)}, Urgency.URGENT),
    ],
)
def test_need_decides_the_urgency(
    kind: str, fields: dict[str, JsonValue], urgency: Urgency
) -> None:
    assert reading(kind, changed(kind, **fields)).urgency is urgency


@pytest.mark.parametrize(
    ("kind", "fields", "flag"),
    [
        (RENEWAL, {"addictive_declared": True}, Flag.ADDICTIVE_DECLARED),
        (RENEWAL, {"dose_dispensed": True}, Flag.DOSE_DISPENSED),
        (RENEWAL, {"pregnancy": "possible"}, Flag.PREGNANCY_POSSIBLE),
        (RENEW, {"migraine_with_aura": True}, Flag.COMBINED_CONTRAINDICATION),
        (RENEW, {"own_thrombosis": True}, Flag.COMBINED_CONTRAINDICATION),
        (RENEW, {"weight_kg": 90, "height_cm": 173}, Flag.COMBINED_CONTRAINDICATION),
        (RENEW, {"weight_kg": 86.71, "height_cm": 170}, Flag.COMBINED_CONTRAINDICATION),
        (RENEW, {"blood_pressure": HIGH}, Flag.COMBINED_CONTRAINDICATION),
        (RENEW, {"smoking": True}, Flag.COMBINED_CONTRAINDICATION),
        (RENEW, {"blood_pressure": None}, Flag.BP_MISSING),
        (RENEW, {"blood_pressure": OLDER}, Flag.BP_MISSING),
        (START, {"wished_method": "unsure", "blood_pressure": None}, Flag.BP_MISSING),
        (RENEW, {"possible_pregnancy": True}, Flag.PREGNANCY_POSSIBLE),
        ("contraception.stop", {"current_method": "copper_iud"}, Flag.REMOVAL_VISIT),
        (DIABETES, {"need_changed": True}, Flag.NEED_CHANGED),
        (PADS, {"municipal_home_care": True}, Flag.MUNICIPAL_CARE),
        (PADS, {"last_withdrawal_on": "2026-09-24"}, Flag.TOO_EARLY),
        (OSTOMY, {"last_withdrawal_on": "2026-08-24"}, Flag.TOO_EARLY),
        ("special_food", {"last_dietitian_contact": "2026-05-22"}, Flag.NEW_ASSESSMENT_DUE),
    ],
)
def test_answer_sets_its_flag_and_no_other(
    kind: str, fields: dict[str, JsonValue], flag: Flag
) -> None:
    assert reading(kind, changed(kind, **fields)).flags == (flag,)


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (RENEW, {"weight_kg": 90, "height_cm": 174}),
        (RENEW, {"weight_kg": 86.7, "height_cm": 170}),
        (RENEW, {"family_thrombosis": True, "enzyme_inducing_medicines": True}),
        (RENEW, {"blood_pressure": YEAR_OLD}),
        (START, {"wished_method": "implant", "blood_pressure": None}),
        ("contraception.stop", {"current_method": "combined_pill"}),
        (PADS, {"last_withdrawal_on": "2026-09-23"}),
        (OSTOMY, {"last_withdrawal_on": "2026-08-23"}),
        ("special_food", {"last_dietitian_contact": "2026-05-23"}),
        ("special_food", {"last_dietitian_contact": None}),
    ],
)
def test_answer_just_within_the_limit_sets_no_flag(kind: str, fields: dict[str, JsonValue]) -> None:
    assert reading(kind, changed(kind, **fields)).flags == ()


def test_product_without_id_is_flagged() -> None:
    answers = changed(RENEWAL, items=[item(npl_id=None, not_found_text="Drops")])

    assert reading(RENEWAL, answers).flags == (Flag.UNMATCHED_PRODUCT,)


def test_shortest_supply_counts() -> None:
    items: list[JsonValue] = [
        item(supply_left_days=40),
        item(npl_id="20001103000022", supply_left_days=1),
    ]

    assert reading(RENEWAL, changed(RENEWAL, items=items)).urgency is Urgency.URGENT


@pytest.mark.parametrize(
    ("kind", "fields", "age", "flags"),
    [
        (RENEW, {"smoking": True}, 34, ()),
        (RENEW, {"smoking": True}, 35, (Flag.COMBINED_CONTRAINDICATION,)),
        (RENEW, {}, 14, (Flag.UNDER_15,)),
        (RENEW, {}, 15, ()),
        ("special_food", {}, 15, (Flag.NATIONAL_BENEFIT,)),
        ("special_food", {}, 16, ()),
    ],
)
def test_age_counts(
    kind: str, fields: dict[str, JsonValue], age: int, flags: tuple[Flag, ...]
) -> None:
    on = occasion(kind.partition(".")[0], MONDAY_NOON, age=age)

    assert reading(kind, changed(kind, **fields), on).flags == flags
