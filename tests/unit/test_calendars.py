"""The region's calendar as loaded, against the law and an independent library."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from workalendar.europe import Sweden

from domain.region_calendar import RegionCalendar
from domain.worktime import WorkCalendar
from domain.worktime_errors import DateNotCoveredError
from runtime.calendars import load_region_calendar
from tests.unit.calendar_samples import CLOSED_EVES, SHIPPED, UNIT, UNIT_TABLES, changed, extended
from tests.unit.opening_samples import CLOSED_WEEKDAYS, OFFICE

YEARS = range(2000, 2061)
NATIONAL_DAY_BECAME_HOLIDAY = 2005


@pytest.fixture(scope="module")
def region() -> RegionCalendar:
    return load_region_calendar(SHIPPED)


def days_of(years: range) -> list[date]:
    first, last = date(years[0], 1, 1), date(years[-1], 12, 31)
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def eves_by_rule(year: int) -> set[date]:
    """The Friday in 19 to 25 June, 24 December and 31 December."""
    june = [date(year, 6, day) for day in range(19, 26)]
    midsummer = next(day for day in june if day.isoweekday() == 5)
    return {midsummer, date(year, 12, 24), date(year, 12, 31)}


def lawful_holidays(oracle: Sweden, year: int) -> set[date]:
    """The holidays of act 1989:253, from a library that knows its wording since 2005 only.

    Act 2004:1320 made 6 June a holiday from 2005 and took Whit Monday away. The
    library counts the three eves as holidays; the law does not.
    """
    days = {day for day, _ in oracle.holidays(year)} - eves_by_rule(year)
    if year < NATIONAL_DAY_BECAME_HOLIDAY:
        days.remove(date(year, 6, 6))
        days.add(oracle.get_easter_sunday(year) + timedelta(days=50))
    return days


def test_each_day_of_six_decades_agrees_with_an_independent_library(
    region: RegionCalendar,
) -> None:
    oracle = Sweden()
    off = {day for year in YEARS for day in lawful_holidays(oracle, year) | eves_by_rule(year)}

    for day in days_of(YEARS):
        is_working = day.isoweekday() <= 5 and day not in off
        assert region.default.hours_on(day) == (OFFICE if is_working else ()), day


def test_without_closed_eves_only_the_law_closes(tmp_path: Path) -> None:
    """The eves are the region's choice: the rest is exactly what the act lists."""
    plain = load_region_calendar(changed(tmp_path, CLOSED_EVES, "closed_eves = []"))
    oracle = Sweden()

    for year in YEARS:
        ours = {day for day in plain.default.closed_on if day.year == year}
        assert ours == lawful_holidays(oracle, year)


@pytest.mark.parametrize(("year", "closed"), CLOSED_WEEKDAYS.items())
def test_the_closed_weekdays_of_a_year_are_known(
    region: RegionCalendar, year: int, closed: str
) -> None:
    weekdays = [day for day in days_of(range(year, year + 1)) if day.isoweekday() <= 5]

    off = " ".join(f"{day:%m-%d}" for day in weekdays if not region.default.hours_on(day))
    assert off == closed


@pytest.mark.parametrize(
    ("day", "is_open"),
    [
        pytest.param(date(2003, 6, 6), True, id="6 June before it was a holiday"),
        pytest.param(date(2005, 6, 6), False, id="6 June since"),
        pytest.param(date(2004, 5, 31), False, id="the last Whit Monday"),
        pytest.param(date(2005, 5, 16), True, id="Whit Monday since"),
    ],
)
def test_the_law_of_its_year_holds(region: RegionCalendar, day: date, is_open: bool) -> None:
    assert bool(region.default.hours_on(day)) is is_open


def test_saint_martin_is_an_ordinary_day(region: RegionCalendar) -> None:
    """Zammad took its holidays from a feed that listed days nobody has off."""
    days = [date(year, 11, 11) for year in YEARS]

    assert all(region.default.hours_on(day) for day in days if day.isoweekday() <= 5)


def test_a_case_gets_two_years_of_calendar_and_no_more(region: RegionCalendar) -> None:
    small = region.for_unit(None, date(2026, 1, 20))

    assert small.closed_on[0] == date(2025, 12, 24)
    assert small.closed_on[-1] == date(2028, 1, 6)
    assert region.for_unit(None, date(2024, 12, 24)).closed_on[-1] == date(2026, 12, 25)
    assert len(small.model_dump_json()) < 1000
    assert WorkCalendar.model_validate_json(small.model_dump_json()) == small


def test_a_case_promises_the_same_by_its_small_calendar(region: RegionCalendar) -> None:
    received = datetime(2026, 12, 23, 14, tzinfo=UTC)
    small = region.for_unit(None, received.date())

    amount = 100 * small.working_day
    assert small.after(received, amount) == region.default.after(received, amount)


@pytest.mark.parametrize("on", [date(1998, 6, 1), date(1999, 1, 15), date(2061, 6, 1)])
def test_a_date_whose_holidays_are_unknown_is_refused(region: RegionCalendar, on: date) -> None:
    with pytest.raises(DateNotCoveredError):
        region.for_unit(None, on)


@pytest.fixture(scope="module")
def varied(tmp_path_factory: pytest.TempPathFactory) -> RegionCalendar:
    return load_region_calendar(extended(tmp_path_factory.mktemp("region"), UNIT_TABLES))


def test_a_half_day_comes_each_year_but_never_opens_a_closed_day(varied: RegionCalendar) -> None:
    ordinary = varied.for_unit(None, date(2026, 3, 1))

    assert ordinary.hours_on(date(2026, 4, 2)) == (("08:00", "14:00"),)
    assert ordinary.hours_on(date(2026, 4, 30)) == (("08:00", "14:00"),)
    assert ordinary.hours_on(date(2027, 3, 25)) == (("08:00", "14:00"),)
    saturday = date(2022, 4, 30)
    assert varied.for_unit(None, date(2022, 3, 1)).hours_on(saturday) == ()
    assert varied.for_unit(UNIT, date(2025, 3, 1)).hours_on(date(2025, 4, 30)) == ()


def test_a_unit_keeps_its_own_week_with_the_days_of_the_region(varied: RegionCalendar) -> None:
    evenings = varied.for_unit(UNIT.lower(), date(2026, 3, 1))

    assert evenings.working_day == timedelta(hours=3)
    assert evenings.hours_on(date(2026, 4, 7)) == (("17:00", "20:00"),)
    assert evenings.hours_on(date(2026, 4, 8)) == ()
    assert evenings.hours_on(date(2026, 4, 6)) == ()


def test_a_units_own_days_win_over_those_of_the_region(varied: RegionCalendar) -> None:
    evenings = varied.for_unit(UNIT, date(2026, 3, 1))
    ordinary = varied.for_unit("SE5560000000-TEST902", date(2026, 3, 1))

    assert ordinary.hours_on(date(2026, 5, 15)) == (("10:00", "12:00"),)
    assert evenings.hours_on(date(2026, 5, 15)) == ()
    assert evenings.hours_on(date(2026, 6, 19)) == (("17:00", "18:00"),)
    assert ordinary.hours_on(date(2026, 6, 19)) == ()


def test_a_unit_may_be_open_on_every_holiday(varied: RegionCalendar) -> None:
    emergency = varied.for_unit("SE5560000000-TEST901", date(2026, 3, 1))

    assert emergency.closed_on == ()
    assert emergency.hours_on(date(2026, 12, 25)) == (("00:00", "24:00"),)


def test_the_version_follows_the_file(region: RegionCalendar, varied: RegionCalendar) -> None:
    assert load_region_calendar(SHIPPED).default.version == region.default.version
    assert varied.default.version != region.default.version
    assert {unit.calendar.version for unit in varied.units} == {varied.default.version}
