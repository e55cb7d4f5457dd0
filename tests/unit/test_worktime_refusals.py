"""What working time refuses: questions without an answer and calendars without sense."""

from datetime import date, datetime, timedelta

import pytest
from pydantic import ValidationError

from domain.opening import OpeningHours, SpecialDay
from domain.worktime import WorkCalendar
from domain.worktime_errors import NaiveInstantError, NegativeAmountError, NoOpeningError
from tests.unit.opening_samples import HEALTH_CENTRE, HOUR, NONE, OFFICE, at, calendar


@pytest.mark.parametrize("method", ["is_open", "next_opening", "local_day"])
def test_an_instant_without_zone_is_refused(method: str) -> None:
    with pytest.raises(NaiveInstantError):
        getattr(HEALTH_CENTRE, method)(datetime(2026, 3, 2, 12))


def test_naive_ends_of_a_stretch_are_refused() -> None:
    naive, aware = datetime(2026, 3, 2, 12), at("2026-03-02 12:00")

    for start, end in ((naive, aware), (aware, naive)):
        with pytest.raises(NaiveInstantError):
            HEALTH_CENTRE.between(start, end)
    with pytest.raises(NaiveInstantError):
        HEALTH_CENTRE.after(naive, HOUR)
    with pytest.raises(NaiveInstantError):
        HEALTH_CENTRE.before(naive, HOUR)


def test_negative_amounts_are_refused() -> None:
    noon = at("2026-03-02 12:00")

    with pytest.raises(NegativeAmountError):
        HEALTH_CENTRE.after(noon, -HOUR)
    with pytest.raises(NegativeAmountError):
        HEALTH_CENTRE.before(noon, -HOUR)
    with pytest.raises(NegativeAmountError):
        HEALTH_CENTRE.whole_working_days_before(noon, -1)


def test_a_unit_closed_for_good_is_an_error_and_not_an_endless_search() -> None:
    first = date(2024, 1, 1)
    shut = calendar(*[OFFICE] * 7, closed_on=tuple(first + timedelta(days=n) for n in range(1500)))
    noon = at("2026-03-02 12:00")

    with pytest.raises(NoOpeningError):
        shut.after(noon, NONE)
    with pytest.raises(NoOpeningError):
        shut.before(noon, NONE)
    with pytest.raises(NoOpeningError):
        shut.next_opening(noon)
    with pytest.raises(NoOpeningError):
        shut.whole_working_days_before(noon, 1)


@pytest.mark.parametrize(
    ("week", "why"),
    [
        pytest.param([OFFICE] * 6, "at least 7", id="six days"),
        pytest.param([()] * 7, "at least one opening", id="never open"),
        pytest.param([(("17:00", "08:00"),)] * 7, "close later", id="closes before it opens"),
        pytest.param([(("08:00", "08:00"),)] * 7, "close later", id="opens for no time"),
        pytest.param([(("13:00", "17:00"), ("08:00", "12:00"))] * 7, "in order", id="unordered"),
        pytest.param([(("08:00", "12:00"), ("11:00", "17:00"))] * 7, "overlap", id="overlapping"),
        pytest.param([(("8:00", "17:00"),)] * 7, "HH:MM", id="one digit"),
        pytest.param([(("08:00", "24:01"),)] * 7, "HH:MM", id="after midnight"),
    ],
)
def test_a_week_that_makes_no_sense_is_refused(week: list[OpeningHours], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        calendar(*week)


@pytest.mark.parametrize("zone", ["Europe/Gavle", "Europe", "../etc/passwd", ""])
def test_an_unknown_zone_is_refused(zone: str) -> None:
    with pytest.raises(ValidationError, match="time zone"):
        WorkCalendar(version="test", zone=zone, weekly=(OFFICE,) * 7, working_day=HOUR)


def test_a_date_has_special_hours_only_once() -> None:
    day = SpecialDay(on=date(2026, 4, 30), hours=())

    with pytest.raises(ValidationError, match="only once"):
        calendar(*[OFFICE] * 7, special=(day, day))


def test_a_working_day_has_a_length() -> None:
    with pytest.raises(ValidationError, match="working_day"):
        calendar(*[OFFICE] * 7, working_day=NONE)
