"""What the booking form refuses, and the cut-off in both its kinds [A§18, S4]."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from domain.catalogue import BilingualText, CutOff, CutOffKind, Variant
from domain.forms.booking_change import latest_change
from domain.vocabulary import Flag, Urgency
from tests.unit.form_samples import WHENEVER, Answers, changed, entry, occasion, reading, said
from tests.unit.opening_samples import at

FORM = "booking_change"
SECOND = timedelta(seconds=1)
WISH: JsonValue = {"from_at": "2026-12-08T09:00Z", "until_at": "2026-12-09T09:00Z"}
WHOLE_DAYS = entry(FORM).model_copy(
    update={"cut_off": CutOff(kind=CutOffKind.WHOLE_WORKING_DAYS, amount=3)}
)


def cancelling(starts_at: datetime | str) -> Answers:
    text = starts_at if isinstance(starts_at, str) else starts_at.isoformat()
    return {"action": "cancel", "booking": {"starts_at": text, "kind": "Blood pressure"}}


@pytest.mark.parametrize(
    ("fields", "pointer", "code"),
    [
        ({"action": "move"}, "/action", "not_allowed"),
        ({"booking": {"starts_at": "2026-12-08T09:00Z"}}, "/booking/kind", "missing"),
        ({"booking": "tomorrow"}, "/booking", "wrong_type"),
        ({"wishes": [{"from_at": "2026-12-08T09:00Z"}]}, "/wishes/0/until_at", "missing"),
        ({"wishes": [WISH] * 4}, "/wishes", "too_many_items"),
        ({"reason": "x" * 2001}, "/reason", "too_long"),
    ],
)
def test_wrong_answer_is_told_at_its_place(
    fields: dict[str, JsonValue], pointer: str, code: str
) -> None:
    assert said(FORM, changed(FORM, **fields)) == {(pointer, code)}


@pytest.mark.parametrize(
    ("starts_at", "code"),
    [
        ("2026-12-08T09:00:00", "invalid_time"),
        ("1796716800", "invalid_time"),
        ("2026-12-08 09:00+01:00", "invalid_time"),
        ("2026-12-08T09:00:60Z", "invalid_time"),
        ("2026-12-08T09:00+99:99", "invalid_time"),
        ("0000-12-08T09:00Z", "invalid_time"),
        ("9999-12-31T23:59-14:00", "invalid_time"),
        ("2029-12-08T09:00Z", "out_of_range"),
        ("2026-11-23T11:00Z", "visit_passed"),
        ("2026-11-24T10:59:59Z", "visit_too_soon"),
    ],
)
def test_wrong_time_of_a_visit_is_refused(starts_at: str, code: str) -> None:
    assert said(FORM, cancelling(starts_at)) == {("/booking/starts_at", code)}


@pytest.mark.parametrize(
    ("from_at", "until_at", "code"),
    [
        ("2026-12-08T09:00Z", "2026-12-08T09:00Z", "end_before_start"),
        ("2026-12-08T09:00+01:00", "2026-12-08T08:00Z", "end_before_start"),
        ("2026-11-01T09:00Z", "2026-11-02T09:00Z", "wish_passed"),
        ("2026-12-08T09:00Z", "2029-12-08T09:00Z", "out_of_range"),
    ],
)
def test_wish_lies_ahead_and_ends_after_it_begins(from_at: str, until_at: str, code: str) -> None:
    answers = changed(FORM, wishes=[WISH, {"from_at": from_at, "until_at": until_at}])

    assert said(FORM, answers) == {("/wishes/1/until_at", code)}


def test_visit_too_soon_is_told_beside_other_faults() -> None:
    assert said(FORM, {"booking": {"starts_at": "2026-11-23T20:00Z", "kind": ""}}) == {
        ("/action", "missing"),
        ("/booking/starts_at", "visit_too_soon"),
        ("/booking/kind", "too_short"),
    }


@pytest.mark.parametrize(
    "starts_at",
    [
        pytest.param(at("2026-11-25 10:00"), id="an ordinary day"),
        pytest.param(at("2026-03-29 12:00"), id="the day clocks go forward"),
        pytest.param(at("2026-10-25 12:00"), id="the day clocks go back"),
    ],
)
def test_change_exactly_24_hours_before_is_in_time(starts_at: datetime) -> None:
    """Hours are elapsed time, whatever the clocks on the wall do [A§18]."""
    last = starts_at - timedelta(hours=24)

    assert said(FORM, cancelling(starts_at), occasion(FORM, last)) == set()
    assert said(FORM, cancelling(starts_at), occasion(FORM, last + SECOND)) == {
        ("/booking/starts_at", "visit_too_soon")
    }


@given(received_at=WHENEVER, ahead=st.timedeltas(SECOND, timedelta(days=40)))
def test_cut_off_in_hours_is_the_same_at_any_time_of_the_year(
    received_at: datetime, ahead: timedelta
) -> None:
    found = said(FORM, cancelling(received_at + ahead), occasion(FORM, received_at))

    assert bool(found) is (ahead < timedelta(hours=24))


def test_three_whole_working_days_end_at_the_midnight_before_them() -> None:
    """A visit on the Tuesday after Easter has Wednesday to Thursday and Tuesday before it."""
    starts_at = at("2026-04-07 10:00")
    last = at("2026-03-31 00:00")

    assert latest_change(starts_at, occasion(FORM, last, rules=WHOLE_DAYS)) == last
    assert said(FORM, cancelling(starts_at), occasion(FORM, last, rules=WHOLE_DAYS)) == set()
    late = occasion(FORM, last + SECOND, rules=WHOLE_DAYS)
    assert said(FORM, cancelling(starts_at), late) == {("/booking/starts_at", "visit_too_soon")}


def test_variant_has_the_cut_off_of_its_own() -> None:
    rebooking = Variant(
        code="booking_change.rebook",
        name=BilingualText(sv="Omboka", en="Rebook"),
        cut_off=WHOLE_DAYS.cut_off,
    )
    rules = entry(FORM).model_copy(update={"variants": (rebooking,)})
    on = occasion(FORM, at("2026-03-31 00:00") + SECOND, rules=rules)
    answers = cancelling(at("2026-04-07 10:00"))

    assert said(FORM, answers, on) == set()
    assert said(FORM, answers | {"action": "rebook"}, on) == {
        ("/booking/starts_at", "visit_too_soon")
    }


def test_answers_judged_before_are_read_without_judging_their_time_again() -> None:
    starts_at = at("2026-11-25 10:00")

    told = reading(FORM, cancelling(starts_at), occasion(FORM, at("2026-11-24 10:00")))

    assert told.visit_at == starts_at


@pytest.mark.parametrize(
    ("received_at", "starts_at", "urgency", "flags"),
    [
        (at("2026-11-23 12:00"), at("2026-11-26 12:00"), Urgency.NORMAL, ()),
        (at("2026-11-23 12:00"), at("2026-11-26 11:59"), Urgency.URGENT, ()),
        (
            at("2026-04-02 18:00"),
            at("2026-04-05 10:00"),
            Urgency.URGENT,
            (Flag.NO_TIME_BEFORE_VISIT,),
        ),
        (at("2026-09-11 17:30"), at("2026-09-14 08:30"), Urgency.URGENT, ()),
        (at("2026-12-23 18:00"), at("2026-12-28 08:30"), Urgency.URGENT, ()),
    ],
    ids=[
        "72 hours",
        "less than 72 hours",
        "nobody works before the visit",
        "half an hour left",
        "due while closed",
    ],
)
def test_near_visit_is_urgent(
    received_at: datetime, starts_at: datetime, urgency: Urgency, flags: tuple[Flag, ...]
) -> None:
    told = reading(FORM, cancelling(starts_at), occasion(FORM, received_at))

    assert (told.urgency, told.flags) == (urgency, flags)
