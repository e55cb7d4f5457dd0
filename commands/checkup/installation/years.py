"""Whether the region's calendar reaches as far as admission will soon need it."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from commands.checkup.installation.faults import Fault, Part, error, warning
from runtime.calendar_file import CalendarFileError
from runtime.calendars import load_region_calendar

_FIRST_MONTH_OF_WARNING = 9
_YEARS_PINNED = 2  # an admitted case carries 24 months of its unit's calendar (design 3.3)
_REMEDY = "Raise holidays.last_year in the profile's calendar.toml."


def check_years(calendar: Path, now: datetime) -> Iterator[Fault]:
    """Yield an error when cases cannot be admitted now, from September on a warning for next year.

    Each case is admitted with two years of holidays ahead. The year is that of the region's local
    day at *now*.
    """
    try:
        calendars = load_region_calendar(calendar)
    except CalendarFileError:
        text = "the region's calendar cannot be used"
        yield error(Part.CALENDAR, text, "Run `arende doctor --profile` on its folder.")
        return
    today, known = calendars.default.local_day(now), calendars.covers_to.year
    needed = today.year + _YEARS_PINNED
    if known < needed:
        text = f"cases need the holidays of {needed}; the calendar ends with {known}"
        yield error(Part.CALENDAR, text, _REMEDY)
    elif known == needed and today.month >= _FIRST_MONTH_OF_WARNING:
        text = f"from new year on cases need the holidays of {needed + 1}, not known yet"
        yield warning(Part.CALENDAR, text, _REMEDY)
