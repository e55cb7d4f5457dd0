"""The days that law and custom give a region, as the `holidays` library knows them."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from holidays import country_holidays
from holidays.constants import PUBLIC
from holidays.holiday_base import HolidayBase

from runtime.calendar_file import CalendarFileError, HolidayRules


@dataclass(frozen=True)
class KnownDays:
    """The holidays a region keeps, and every eve it could close or shorten, by name."""

    holidays: frozenset[date]
    eves: dict[str, frozenset[date]]

    def eve(self, name: str) -> frozenset[date]:
        """Return an eve's dates in the covered years. Raises CalendarFileError."""
        if name not in self.eves:
            known = ", ".join(sorted(self.eves))
            raise CalendarFileError([f"closed_eves, short_eves: an eve must be one of {known}"])
        return self.eves[name]


def find_known_days(rules: HolidayRules) -> KnownDays:
    """Return the days of the years that *rules* cover.

    Sundays are holidays in Swedish law, but not in the library's list [S38]: whether
    a unit is open on them is for its week to say. Raises CalendarFileError.
    """
    country = _country(rules)
    if not country.start_year <= rules.first_year <= rules.last_year <= country.end_year:
        reach = f"{country.start_year} to {country.end_year}"
        raise CalendarFileError([f"holidays.first_year, last_year: must be in order, in {reach}"])
    if not set(rules.categories) <= set(country.supported_categories):
        known = ", ".join(country.supported_categories)
        raise CalendarFileError([f"holidays.categories: must be among {known}"])
    others = tuple(category for category in country.supported_categories if category != PUBLIC)
    return KnownDays(
        holidays=frozenset(_days(rules, rules.categories)),
        eves=_by_name(_days(rules, others)),
    )


def _country(rules: HolidayRules) -> HolidayBase:
    try:
        country = country_holidays(rules.country)
    except NotImplementedError as error:
        raise CalendarFileError(["holidays.country: the library knows no such country"]) from error
    if rules.language not in country.supported_languages:
        known = ", ".join(country.supported_languages)
        raise CalendarFileError([f"holidays.language: must be one of {known}"])
    return country


def _days(rules: HolidayRules, categories: tuple[str, ...]) -> HolidayBase:
    return country_holidays(
        rules.country,
        years=range(rules.first_year, rules.last_year + 1),
        categories=categories,
        language=rules.language,
    )


def _by_name(days: HolidayBase) -> dict[str, frozenset[date]]:
    named: defaultdict[str, set[date]] = defaultdict(set)
    for day in days:
        for name in days.get_list(day):
            named[name.split(" (")[0]].add(day)  # the library adds "(from 2 pm)" to some
    return {name: frozenset(dates) for name, dates in named.items()}
