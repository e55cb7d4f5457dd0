"""Working time on known dates: promised times, cut-offs and opening hours."""

from datetime import date, timedelta

import pytest

from domain.opening import SpecialDay
from domain.worktime import WorkCalendar
from tests.unit.opening_samples import HEALTH_CENTRE, HOUR, NIGHT_WARD, NONE, OFFICE, at, calendar


@pytest.mark.parametrize(
    ("start", "working_days", "expected"),
    [
        pytest.param("2026-01-02 14:00", 3, "2026-01-08 14:00", id="over Epiphany"),
        pytest.param("2026-04-02 16:30", 2, "2026-04-08 16:30", id="over Easter"),
        pytest.param("2026-06-18 10:00", 3, "2026-06-24 10:00", id="over Midsummer"),
        pytest.param("2026-12-23 15:00", 5, "2027-01-05 15:00", id="over the year's end"),
        pytest.param("2026-03-27 16:00", 2, "2026-03-31 16:00", id="clocks go forward"),
        pytest.param("2026-10-23 16:00", 1, "2026-10-26 16:00", id="clocks go back"),
        pytest.param("2025-05-28 12:00", 2, "2025-06-02 12:00", id="over Ascension"),
        pytest.param("2026-05-13 16:59", 1, "2026-05-15 16:59", id="a minute before closing"),
    ],
)
def test_a_promise_counts_working_days_only(start: str, working_days: int, expected: str) -> None:
    amount = working_days * HEALTH_CENTRE.working_day

    assert HEALTH_CENTRE.after(at(start), amount) == at(expected)
    assert HEALTH_CENTRE.before(at(expected), amount) == at(start)
    assert HEALTH_CENTRE.between(at(start), at(expected)) == amount


@pytest.mark.parametrize(("year", "count"), [(2025, 249), (2026, 251), (2027, 253)])
def test_a_year_has_its_known_number_of_working_days(year: int, count: int) -> None:
    days = (date(year, 1, 1) + timedelta(days=n) for n in range(365))

    assert sum(bool(HEALTH_CENTRE.hours_on(day)) for day in days) == count


@pytest.mark.parametrize(
    ("start", "hours", "expected"),
    [
        pytest.param("2026-03-02 12:00", 5, "2026-03-02 17:00", id="ends exactly at closing"),
        pytest.param("2026-03-02 12:00", 6, "2026-03-03 09:00", id="over the night"),
        pytest.param("2026-03-01 03:00", 1, "2026-03-02 09:00", id="sent on a Sunday night"),
        pytest.param("2026-03-02 06:00", 1, "2026-03-02 09:00", id="sent before opening"),
        pytest.param("2026-03-02 17:00", 1, "2026-03-03 09:00", id="sent at closing"),
        pytest.param("2026-03-02 12:00", 0, "2026-03-02 12:00", id="nothing, while open"),
        pytest.param("2026-03-07 12:00", 0, "2026-03-09 08:00", id="nothing, while closed"),
        pytest.param("2026-03-02 17:00", 0, "2026-03-02 17:00", id="nothing, at closing"),
        pytest.param("2026-03-02 12:00", 905, "2026-07-27 17:00", id="a hundred days and more"),
    ],
)
def test_after_counts_from_the_next_opening(start: str, hours: int, expected: str) -> None:
    assert HEALTH_CENTRE.after(at(start), hours * HOUR) == at(expected)


@pytest.mark.parametrize(
    ("end", "hours", "expected"),
    [
        pytest.param("2026-03-02 12:00", 4, "2026-03-02 08:00", id="begins at opening"),
        pytest.param("2026-03-03 10:00", 4, "2026-03-02 15:00", id="over the night"),
        pytest.param("2026-03-08 12:00", 4, "2026-03-06 13:00", id="an end on a Sunday"),
        pytest.param("2026-03-02 08:00", 4, "2026-02-27 13:00", id="an end at opening"),
        pytest.param("2026-03-08 12:00", 0, "2026-03-06 17:00", id="nothing, while closed"),
    ],
)
def test_before_counts_back_from_the_closing_before(end: str, hours: int, expected: str) -> None:
    assert HEALTH_CENTRE.before(at(end), hours * HOUR) == at(expected)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        pytest.param("2026-03-06 16:00", "2026-03-09 09:00", 2 * HOUR, id="over a weekend"),
        pytest.param("2026-03-07 10:00", "2026-03-08 10:00", NONE, id="within a weekend"),
        pytest.param("2026-03-03 10:00", "2026-03-02 10:00", NONE, id="an end before the start"),
    ],
)
def test_between_counts_opening_hours_only(start: str, end: str, expected: timedelta) -> None:
    assert HEALTH_CENTRE.between(at(start), at(end)) == expected


@pytest.mark.parametrize(
    ("moment", "is_open", "next_opening"),
    [
        pytest.param("2026-03-02 07:59", False, "2026-03-02 08:00", id="before opening"),
        pytest.param("2026-03-02 08:00", True, "2026-03-02 08:00", id="at opening"),
        pytest.param("2026-03-02 12:00", True, "2026-03-02 12:00", id="at noon"),
        pytest.param("2026-03-02 17:00", True, "2026-03-03 08:00", id="at closing"),
        pytest.param("2026-04-02 17:01", False, "2026-04-07 08:00", id="before Easter"),
    ],
)
def test_the_closing_instant_is_in_hours_but_opens_nothing(
    moment: str, is_open: bool, next_opening: str
) -> None:
    assert HEALTH_CENTRE.is_open(at(moment)) is is_open
    assert HEALTH_CENTRE.next_opening(at(moment)) == at(next_opening)


@pytest.mark.parametrize(
    ("visit", "days", "expected"),
    [
        pytest.param("2026-03-05 10:00", 3, "2026-03-02 00:00", id="within a week"),
        pytest.param("2026-04-08 10:00", 3, "2026-04-01 00:00", id="over Easter"),
        pytest.param("2026-03-31 10:00", 3, "2026-03-26 00:00", id="over the clock change"),
        pytest.param("2026-03-05 10:00", 0, "2026-03-05 00:00", id="the day itself"),
    ],
)
def test_a_cut_off_in_whole_working_days_ends_at_a_local_midnight(
    visit: str, days: int, expected: str
) -> None:
    assert HEALTH_CENTRE.whole_working_days_before(at(visit), days) == at(expected)


def test_a_lunch_closing_counts_nothing() -> None:
    lunch = calendar(*[(("08:00", "12:00"), ("13:00", "17:00"))] * 5, (), (), working_day=8 * HOUR)

    assert lunch.after(at("2026-03-02 11:30"), HOUR) == at("2026-03-02 13:30")
    assert lunch.next_opening(at("2026-03-02 12:00")) == at("2026-03-02 13:00")


def test_special_hours_win_over_a_closed_date_and_that_over_the_week() -> None:
    half_day = SpecialDay(on=date(2026, 4, 30), hours=(("08:00", "12:00"),))
    on_duty = SpecialDay(on=date(2026, 5, 1), hours=(("10:00", "11:00"),))
    unit = calendar(
        *[OFFICE] * 5,
        (),
        (),
        closed_on=(date(2026, 5, 1), date(2026, 4, 29)),
        special=(on_duty, half_day),
    )

    assert unit.after(at("2026-04-29 09:00"), 6 * HOUR) == at("2026-05-04 09:00")


def test_a_calendar_survives_its_journey_as_json() -> None:
    assert WorkCalendar.model_validate_json(NIGHT_WARD.model_dump_json()) == NIGHT_WARD
    assert WorkCalendar.model_validate_json(HEALTH_CENTRE.model_dump_json()) == HEALTH_CENTRE
