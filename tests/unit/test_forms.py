"""The forms: what a citizen may answer, what is wrong with the rest, and what answers say."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from domain.catalogue import CutOff, CutOffKind
from domain.forms.booking_change import BOOKING_CHANGE, latest_change
from domain.forms.form import Form, Occasion
from domain.forms.prescription_renewal import PRESCRIPTION_RENEWAL
from domain.region import form_of
from domain.vocabulary import Flag, Urgency
from runtime.region import load_region
from tests.region import SHIPPED
from tests.unit.opening_samples import HEALTH_CENTRE, HOUR, at

REGION = load_region(SHIPPED)
MICROSECOND = timedelta(microseconds=1)
NOW = at("2026-09-07 10:00")
moments = st.datetimes(datetime(2025, 1, 1), datetime(2031, 1, 1), timezones=st.just(UTC))


def occasion(service: str, received_at: datetime = NOW) -> Occasion:
    entry = REGION.catalogue.find_service(service)
    assert entry is not None
    return REGION.occasion(entry, None, received_at)


@pytest.mark.parametrize("service", [entry.code for entry in REGION.catalogue.services])
@settings(max_examples=40)
@given(received_at=moments)
def test_examples_are_valid_at_any_hour_of_any_day(service: str, received_at: datetime) -> None:
    now = occasion(service, received_at)
    form = form_of(now.service)

    examples = form.examples(now)

    assert examples
    assert [form.problems(example, now) for example in examples] == [[]] * len(examples)
    assert json.loads(json.dumps(examples)) == examples


def renewal(**changes: JsonValue) -> dict[str, JsonValue]:
    first = PRESCRIPTION_RENEWAL.examples(occasion("prescription_renewal"))[0]
    return with_changes(first, changes)


def item_with(**changes: JsonValue) -> JsonValue:
    items = renewal()["items"]
    assert isinstance(items, list)
    item = items[0]
    assert isinstance(item, dict)
    return with_changes(item, changes)


def with_item(**changes: JsonValue) -> dict[str, JsonValue]:
    return renewal(items=[item_with(**changes)])


def visit(starts_at: datetime | str | None = None, **changes: JsonValue) -> dict[str, JsonValue]:
    told = starts_at.isoformat() if isinstance(starts_at, datetime) else starts_at
    booking: dict[str, JsonValue] = {
        "starts_at": told or (NOW + timedelta(days=9)).isoformat(),
        "kind": "Blood pressure",
    }
    return with_changes({"action": "cancel", "booking": booking}, changes)


def with_changes(
    answers: dict[str, JsonValue], changes: dict[str, JsonValue]
) -> dict[str, JsonValue]:
    """Return *answers* changed; a field set to "absent" is left out."""
    return {name: value for name, value in (answers | changes).items() if value != "absent"}


RENEWALS: list[tuple[dict[str, JsonValue], str, str]] = [
    (renewal(items="absent"), "/items", "missing"),
    (renewal(items=[]), "/items", "too_few"),
    (renewal(items=[item_with()] * 11), "/items", "too_many"),
    (renewal(items="SECRET"), "/items", "wrong_type"),
    (with_item(npl_id="absent"), "/items/0", "one_product_needed"),
    (with_item(not_found_text="SECRET"), "/items/0", "one_product_needed"),
    (with_item(npl_id="SECRET"), "/items/0/npl_id", "wrong_format"),
    (with_item(npl_id="2000110300001"), "/items/0/npl_id", "wrong_format"),
    (with_item(npl_id="２０００１１０３００００１５"), "/items/0/npl_id", "wrong_format"),
    (with_item(dose_now=""), "/items/0/dose_now", "too_short"),
    (with_item(dose_now="  "), "/items/0/dose_now", "too_short"),
    (with_item(dose_now="SECRET" * 40), "/items/0/dose_now", "too_long"),
    (with_item(dose_now="SECRET\x00"), "/items/0/dose_now", "unstorable_text"),
    (with_item(dose_now=1), "/items/0/dose_now", "wrong_type"),
    (with_item(taken_as_prescribed="SECRET"), "/items/0/taken_as_prescribed", "wrong_type"),
    (with_item(taken_as_prescribed=1), "/items/0/taken_as_prescribed", "wrong_type"),
    (with_item(taken_as_prescribed="absent"), "/items/0/taken_as_prescribed", "missing"),
    (with_item(effect="SECRET"), "/items/0/effect", "not_allowed"),
    (with_item(effect="absent"), "/items/0/effect", "missing"),
    (with_item(side_effects="absent"), "/items/0/side_effects", "missing"),
    (with_item(side_effects=True), "/items/0", "side_effects_text_needed"),
    (with_item(supply_left_days=-1), "/items/0/supply_left_days", "out_of_range"),
    (with_item(supply_left_days=731), "/items/0/supply_left_days", "out_of_range"),
    (with_item(supply_left_days=1.5), "/items/0/supply_left_days", "wrong_type"),
    (with_item(supply_left_days="7"), "/items/0/supply_left_days", "wrong_type"),
    (with_item(mood="SECRET"), "/items/0/mood", "unknown_field"),
    (renewal(prescribed_by="other_unit"), "", "prescribed_by_name_needed"),
    (renewal(prescribed_by="SECRET"), "/prescribed_by", "not_allowed"),
    (renewal(contact_phone="0701740605"), "/contact_phone", "wrong_format"),
    (renewal(contact_phone="+46900123456"), "/contact_phone", "wrong_phone_number"),
    (renewal(contact_phone="+461"), "/contact_phone", "wrong_format"),
    (renewal(contact_phone="absent"), "/contact_phone", "missing"),
    (renewal(message="SECRET" * 400), "/message", "too_long"),
    (renewal(message="\ufdd0"), "/message", "unstorable_text"),
    (renewal(addictive_declared=None), "/addictive_declared", "wrong_type"),
]
WISH: JsonValue = {
    "from_at": NOW.isoformat(),
    "until_at": (NOW + HOUR).isoformat(),
}
VISITS: list[tuple[dict[str, JsonValue], str, str]] = [
    (visit(action="SECRET"), "/action", "not_allowed"),
    (visit(booking="absent"), "/booking", "missing"),
    (visit("SECRET"), "/booking/starts_at", "invalid_time"),
    (visit("2026-09-20T10:00:00"), "/booking/starts_at", "invalid_time"),
    (visit("2026-09-20"), "/booking/starts_at", "invalid_time"),
    (visit(booking={"starts_at": 1790000000, "kind": "k"}), "/booking/starts_at", "invalid_time"),
    (visit(NOW), "/booking/starts_at", "visit_passed"),
    (visit(NOW + 24 * HOUR - MICROSECOND), "/booking/starts_at", "visit_too_soon"),
    (visit(NOW + timedelta(days=732)), "/booking/starts_at", "out_of_range"),
    (visit(wishes=[WISH] * 4), "/wishes", "too_many"),
    (visit(wishes=[{"from_at": NOW.isoformat()}]), "/wishes/0/until_at", "missing"),
    (
        visit(wishes=[{"from_at": NOW.isoformat(), "until_at": NOW.isoformat()}]),
        "/wishes/0",
        "end_before_start",
    ),
    (visit(reason=""), "/reason", "too_short"),
]


@pytest.mark.parametrize(
    ("form", "answers", "pointer", "code"),
    [(PRESCRIPTION_RENEWAL, *case) for case in RENEWALS]
    + [(BOOKING_CHANGE, *case) for case in VISITS],
)
def test_wrong_answer_is_pointed_at_without_its_value(
    form: Form[Any], answers: dict[str, JsonValue], pointer: str, code: str
) -> None:
    problems = form.problems(answers, occasion(form.code))

    assert (pointer, code) in [(problem.pointer, problem.code) for problem in problems]
    assert "SECRET" not in repr([problem.code for problem in problems])


def test_every_problem_is_told_at_once() -> None:
    answers = renewal(items=[], contact_phone="absent", prescribed_by="nobody")

    problems = PRESCRIPTION_RENEWAL.problems(answers, occasion("prescription_renewal"))

    assert [(problem.pointer, problem.code) for problem in problems] == [
        ("/items", "too_few"),
        ("/prescribed_by", "not_allowed"),
        ("/contact_phone", "missing"),
    ]


def test_same_product_twice_is_pointed_at_the_second_time() -> None:
    problems = PRESCRIPTION_RENEWAL.problems(
        renewal(items=[item_with()] * 2), occasion("prescription_renewal")
    )

    assert [(problem.pointer, problem.code) for problem in problems] == [
        ("/items/1", "same_product_twice")
    ]


scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5))
anything = st.recursive(
    scalars, lambda it: st.lists(it, max_size=3) | st.dictionaries(st.text(max_size=8), it)
)


@pytest.mark.parametrize("form", [PRESCRIPTION_RENEWAL, BOOKING_CHANGE], ids=lambda it: it.code)
@settings(max_examples=60)
@given(answers=st.dictionaries(st.text(max_size=8), anything, max_size=4))
def test_any_json_gets_problems_and_never_an_error(
    form: Form[Any], answers: dict[str, JsonValue]
) -> None:
    assert form.problems(answers, occasion(form.code))
    assert form.reading(answers, occasion(form.code)).flags == ()


@pytest.mark.parametrize(
    ("received", "starts", "allowed"),
    [
        pytest.param("2026-09-07 10:00", "2026-09-08 10:00", True, id="exactly a day"),
        pytest.param("2026-10-24 12:00", "2026-10-25 12:00", True, id="clocks go back: 25 hours"),
        pytest.param("2026-10-24 12:30", "2026-10-25 11:30", True, id="24 hours, 23 on the wall"),
        pytest.param("2026-03-28 12:00", "2026-03-29 12:00", False, id="clocks go forward: 23"),
        pytest.param("2026-03-28 11:00", "2026-03-29 12:00", True, id="24 hours, 25 on the wall"),
    ],
)
def test_cut_off_is_elapsed_hours(received: str, starts: str, allowed: bool) -> None:
    problems = BOOKING_CHANGE.problems(visit(at(starts)), occasion("booking_change", at(received)))

    assert [problem.code for problem in problems] == ([] if allowed else ["visit_too_soon"])


def test_a_microsecond_after_the_cut_off_is_too_late() -> None:
    late = occasion("booking_change", NOW + MICROSECOND)

    codes = [problem.code for problem in BOOKING_CHANGE.problems(visit(NOW + 24 * HOUR), late)]

    assert codes == ["visit_too_soon"]


@given(received_at=moments, ahead=st.timedeltas(MICROSECOND, timedelta(days=40)))
def test_cut_off_in_hours_is_the_same_at_any_time_of_the_year(
    received_at: datetime, ahead: timedelta
) -> None:
    now = occasion("booking_change", received_at)

    problems = BOOKING_CHANGE.problems(visit(received_at + ahead), now)

    assert bool(problems) is (ahead < 24 * HOUR)


@pytest.mark.parametrize(
    ("starts", "latest"),
    [
        ("2026-09-10 14:00", "2026-09-08 00:00"),
        ("2026-09-14 08:00", "2026-09-10 00:00"),
        ("2026-09-13 11:00", "2026-09-10 00:00"),
    ],
)
def test_cut_off_in_whole_working_days_ends_at_a_midnight(starts: str, latest: str) -> None:
    entry = occasion("booking_change").service.model_copy(
        update={"cut_off": CutOff(kind=CutOffKind.WHOLE_WORKING_DAYS, amount=2)}
    )

    assert latest_change(at(starts), Occasion(NOW, entry, HEALTH_CENTRE)) == at(latest)


@pytest.mark.parametrize(
    ("days", "urgency"),
    [(0, "urgent"), (2, "urgent"), (3, "soon"), (6, "soon"), (7, "normal"), (730, "normal")],
)
def test_short_supply_makes_a_renewal_pressing(days: int, urgency: str) -> None:
    reading = PRESCRIPTION_RENEWAL.reading(
        with_item(supply_left_days=days), occasion("prescription_renewal")
    )

    assert reading.urgency == urgency


def test_flags_of_a_renewal_tell_and_do_not_decide() -> None:
    answers = PRESCRIPTION_RENEWAL.examples(occasion("prescription_renewal"))[1]

    reading = PRESCRIPTION_RENEWAL.reading(answers, occasion("prescription_renewal"))

    assert reading.flags == (Flag.ADDICTIVE_DECLARED, Flag.UNMATCHED_PRODUCT)


@pytest.mark.parametrize(
    ("received", "starts", "urgency", "flags"),
    [
        pytest.param("2026-09-07 10:00", "2026-09-10 10:00", "normal", (), id="three days"),
        pytest.param("2026-09-07 10:01", "2026-09-10 10:00", "urgent", (), id="less"),
        pytest.param("2026-09-11 17:30", "2026-09-14 08:30", "urgent", (), id="half an hour left"),
        pytest.param(
            "2026-09-11 17:30",
            "2026-09-13 11:00",
            "urgent",
            (Flag.NO_TIME_BEFORE_VISIT,),
            id="no opening hour left",
        ),
        pytest.param(
            "2026-12-23 18:00",
            "2026-12-28 08:30",
            "urgent",
            (),
            id="due while closed",
        ),
    ],
)
def test_near_visit_is_urgent(
    received: str, starts: str, urgency: str, flags: tuple[Flag, ...]
) -> None:
    reading = BOOKING_CHANGE.reading(visit(at(starts)), occasion("booking_change", at(received)))

    assert reading.urgency is Urgency(urgency)
    assert reading.flags == flags
    assert reading.visit_at == at(starts)


def test_unit_of_a_visit_may_be_written_in_lower_case() -> None:
    booking: dict[str, JsonValue] = {
        "starts_at": (NOW + timedelta(days=9)).isoformat(),
        "kind": "Blood pressure",
        "unit": "se5560000000-test001",
    }

    assert BOOKING_CHANGE.problems(visit(booking=booking), occasion("booking_change")) == []
