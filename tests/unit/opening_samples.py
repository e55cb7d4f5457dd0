"""Calendars and instants that the tests of working time share."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from domain.opening import OpeningHours, SpecialDay
from domain.worktime import WorkCalendar

STOCKHOLM = ZoneInfo("Europe/Stockholm")
HOUR = timedelta(hours=1)
NONE = timedelta()
OFFICE: OpeningHours = (("08:00", "17:00"),)
ROUND_THE_CLOCK: OpeningHours = (("00:00", "24:00"),)
CLOSED_WEEKDAYS = {
    2025: "01-01 01-06 04-18 04-21 05-01 05-29 06-06 06-20 12-24 12-25 12-26 12-31",
    2026: "01-01 01-06 04-03 04-06 05-01 05-14 06-19 12-24 12-25 12-31",
    2027: "01-01 01-06 03-26 03-29 05-06 06-25 12-24 12-31",
}


def closed_weekdays() -> tuple[date, ...]:
    return tuple(
        date.fromisoformat(f"{year}-{day}")
        for year, days in CLOSED_WEEKDAYS.items()
        for day in days.split()
    )


def calendar(
    *week: OpeningHours,
    closed_on: tuple[date, ...] = (),
    special: tuple[SpecialDay, ...] = (),
    working_day: timedelta = 9 * HOUR,
) -> WorkCalendar:
    return WorkCalendar(
        version="test",
        zone="Europe/Stockholm",
        weekly=week,
        closed_on=closed_on,
        special=special,
        working_day=working_day,
    )


HEALTH_CENTRE = calendar(*[OFFICE] * 5, (), (), closed_on=closed_weekdays())
EMERGENCY = calendar(*[ROUND_THE_CLOCK] * 7, working_day=24 * HOUR)
NIGHT_WARD = calendar(*[(("00:00", "06:00"), ("22:00", "24:00"))] * 7, working_day=8 * HOUR)


def at(local: str) -> datetime:
    return datetime.fromisoformat(local).replace(tzinfo=STOCKHOLM).astimezone(UTC)
