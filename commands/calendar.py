"""`arende calendar`: the yearly look at a region's days off, and more years of holidays."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from commands.exits import explained
from domain.opening import OpeningHours
from domain.region_calendar import RegionCalendar
from domain.worktime import WorkCalendar
from runtime.calendars import load_region_calendar
from runtime.errors import OperatorError

_FILE = "calendar.toml"
_LAST_YEAR = re.compile(r"^(last_year[ \t]*=[ \t]*)\d+", re.MULTILINE)
_DAY = timedelta(days=1)

app = typer.Typer(help="Look at a region's days off, and extend its years.", no_args_is_help=True)

Year = Annotated[int, typer.Argument(min=1970, max=2200, help="A calendar year.")]
Profile = Annotated[
    Path,
    typer.Option(
        exists=True, file_okay=False, envvar="ARENDE_REGION_DIR", help="The region's profile."
    ),
]
_REGION = Path("region")


class YearError(OperatorError):
    """The calendar does not know a year, or is not made longer by it."""


@app.command()
def show(year: Year, profile: Profile = _REGION) -> None:
    """List the days of a year that differ from the region's ordinary week, with their hours.

    For the yearly comparison with what the region has decided. Units' own days are not listed.

    Exit codes: 0 listed, 1 the calendar is wrong or does not know the year, 2 usage.
    """
    with explained():
        calendars = load_region_calendar(profile / _FILE)
        for day, hours in _differing(calendars, year):
            typer.echo(f"{day:%a %Y-%m-%d}  {_spelt(hours)}")


@app.command()
def extend(year: Year, profile: Profile = _REGION) -> None:
    """Know the holidays to the end of a later year: writes last_year in calendar.toml.

    The file is read in full before it takes the place of the old one. Running processes keep the
    calendar they started with, and open cases theirs, until they move.

    Exit codes: 0 written, 1 not a later year, or the calendar is wrong, 2 usage.
    """
    with explained():
        covers_to = _extend(profile / _FILE, year)
    typer.echo(f"holidays known to {covers_to}")


def _extend(path: Path, year: int) -> date:
    known = load_region_calendar(path).covers_to.year
    if year <= known:
        raise YearError(f"The calendar already knows {known}, the year must be a later one")
    text, count = _LAST_YEAR.subn(rf"\g<1>{year}", path.read_text(encoding="utf-8"))
    if count != 1:
        raise YearError(f"{_FILE} must say last_year on one line of its own")
    try:
        return _replace(path, text)
    except OSError:
        raise YearError(f"{_FILE} cannot be written; is the profile's folder yours?") from None


def _replace(path: Path, text: str) -> date:
    with TemporaryDirectory(dir=path.parent, prefix=".calendar-") as folder:
        draft = Path(folder) / _FILE
        draft.write_text(text, encoding="utf-8")
        covers_to = load_region_calendar(draft).covers_to
        draft.replace(path)
    return covers_to


def _differing(calendars: RegionCalendar, year: int) -> Iterator[tuple[date, OpeningHours]]:
    if not calendars.covers_from.year <= year <= calendars.covers_to.year:
        reach = f"{calendars.covers_from.year} to {calendars.covers_to.year}"
        raise YearError(f"The calendar knows the years {reach}")
    calendar = calendars.default
    day = date(year, 1, 1)
    while day.year == year:
        usual = calendar.weekly[day.weekday()]
        hours = _hours_on(calendar, day)
        if hours != usual:
            yield day, hours
        day += _DAY


def _hours_on(calendar: WorkCalendar, day: date) -> OpeningHours:
    if day in calendar.closed_on:
        return ()
    special = (one.hours for one in calendar.special if one.on == day)
    return next(special, calendar.weekly[day.weekday()])


def _spelt(hours: OpeningHours) -> str:
    return ", ".join(f"{opens}-{closes}" for opens, closes in hours) or "closed"
