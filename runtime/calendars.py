"""Builds the region's calendars from its calendar.toml and the holidays of law and custom."""

from collections.abc import Iterable
from datetime import date, timedelta
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from zoneinfo import ZoneInfo

from domain.opening import OpeningHours, SpecialDay
from domain.region_calendar import RegionCalendar, UnitCalendar
from domain.worktime import WorkCalendar
from runtime.calendar_file import CalendarFile, CalendarFileError, UnitRules, parse_calendar_file
from runtime.public_holidays import KnownDays, find_known_days

_VERSION_LENGTH = 12

Days = dict[date, OpeningHours]
"""The dates that differ from the week, with their hours; none means closed."""


def load_region_calendar(path: Path) -> RegionCalendar:
    """Return the region's calendars as *path*, a calendar.toml, decides them.

    Takes some tenths of a second, so it is for the start of a process. Raises
    CalendarFileError, whose words say which key is wrong and why.
    """
    content = _read(path)
    rules = parse_calendar_file(content)
    builder = _Builder(rules, find_known_days(rules.holidays), _version_of(content))
    return RegionCalendar(
        default=builder.ordinary(),
        units=tuple(
            UnitCalendar(hsa_id=hsa_id, calendar=builder.of_unit(unit))
            for hsa_id, unit in rules.units.items()
        ),
        covers_from=date(rules.holidays.first_year, 1, 1),
        covers_to=date(rules.holidays.last_year, 12, 31),
    )


def load_zone(path: Path) -> ZoneInfo:
    """Return the time zone that *path*, a calendar.toml, names; raises CalendarFileError."""
    return ZoneInfo(parse_calendar_file(_read(path)).zone)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CalendarFileError(["the file cannot be read"]) from error


def _version_of(content: bytes) -> str:
    """Name what the calendar was made of: the file, the holidays and the time zones."""
    sources = (content, version("holidays").encode(), version("tzdata").encode())
    return sha256(b"\0".join(sources)).hexdigest()[:_VERSION_LENGTH]


class _Builder:
    """Lays a region's and a unit's days over a week."""

    def __init__(self, rules: CalendarFile, known: KnownDays, version: str) -> None:
        self._rules = rules
        self._known = known
        self._version = version

    def ordinary(self) -> WorkCalendar:
        week = self._rules.weekly.by_weekday()
        return self._calendar(week, self._region_days(week), self._rules.working_day_hours)

    def of_unit(self, unit: UnitRules) -> WorkCalendar:
        week = (unit.weekly or self._rules.weekly).by_weekday()
        days: Days = {} if unit.open_on_holidays else self._region_days(week)
        days |= _closed(unit.closed_days)
        days |= {day.on: day.hours for day in unit.special_days}
        return self._calendar(week, days, unit.working_day_hours or self._rules.working_day_hours)

    def _region_days(self, week: tuple[OpeningHours, ...]) -> Days:
        days = _closed(self._known.holidays)
        for eve in self._rules.holidays.closed_eves:
            days |= _closed(self._known.eve(eve))
        for short in self._rules.short_eves:
            dates = self._known.eve(short.eve)
            days = {day: short.hours for day in dates if week[day.weekday()]} | days
        days |= _closed(self._rules.closed_days)
        return days | {day.on: day.hours for day in self._rules.special_days}

    def _calendar(
        self, week: tuple[OpeningHours, ...], days: Days, working_day_hours: float
    ) -> WorkCalendar:
        return WorkCalendar(
            version=self._version,
            zone=self._rules.zone,
            weekly=week,
            closed_on=tuple(day for day, hours in days.items() if not hours),
            special=tuple(SpecialDay(on=day, hours=hours) for day, hours in days.items() if hours),
            working_day=timedelta(hours=working_day_hours),
        )


def _closed(days: Iterable[date]) -> Days:
    return dict.fromkeys(days, ())
