"""Whether a profile's catalogue and calendar can be used, and agree with its registers."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from commands.checkup.coverage import Organisation
from commands.checkup.findings import Finding, error, line_of, line_of_place, warning
from commands.checkup.texts import unreadable
from domain.catalogue import Catalogue
from domain.region_calendar import RegionCalendar
from domain.vocabulary import Channel
from domain.worktime_errors import DateNotCoveredError
from runtime.calendar_file import CalendarFileError
from runtime.calendars import load_region_calendar
from runtime.region import ProfileError, load_catalogue

_CATALOGUE, _CALENDAR = "catalogue.toml", "calendar.toml"
_A_YEAR = timedelta(days=365)


def read_catalogue(folder: Path, known: Organisation, findings: list[Finding]) -> Catalogue | None:
    """Return the catalogue, or None; what is wrong with it is added to *findings*."""
    path = folder / _CATALOGUE
    fault = unreadable(path, _CATALOGUE)
    if fault is not None:
        findings.append(fault)
        return None
    try:
        catalogue = load_catalogue(path, known.role_names)
    except ProfileError as error_found:
        findings += (_placed(path, problem) for problem in error_found.problems)
        return None
    findings += _leading_roles(path, known, catalogue)
    return catalogue


def _placed(path: Path, problem: str) -> Finding:
    return error(path.name, line_of_place(path, problem), problem)


def _leading_roles(path: Path, known: Organisation, catalogue: Catalogue) -> Iterator[Finding]:
    for name, role in catalogue.system_roles.model_dump().items():
        if role not in known.scopes:
            text = f"system_roles.{name}: roles.csv has no such role"
            yield error(_CATALOGUE, line_of(path, name), text)


def check_channels(folder: Path, catalogue: Catalogue, today: date) -> Iterator[Finding]:
    """Yield a warning for each service that no channel takes on the local day *today*."""
    path = folder / _CATALOGUE
    for entry in catalogue.services:
        if all(entry.dates_of(channel).is_closed_on(today) for channel in Channel):
            text = f"{entry.code}: every channel is closed, so nobody can use the service"
            yield warning(_CATALOGUE, line_of(path, entry.code), text)


def read_calendar(
    folder: Path, known: Organisation, today: date, findings: list[Finding]
) -> RegionCalendar | None:
    """Return the calendars, or None; what is wrong with keys, units or years joins *findings*."""
    path = folder / _CALENDAR
    fault = unreadable(path, _CALENDAR)
    if fault is not None:
        findings.append(fault)
        return None
    try:
        calendars = load_region_calendar(path)
    except CalendarFileError as error_found:
        findings += (_placed(path, problem) for problem in error_found.problems)
        return None
    findings += _years(path, calendars, today)
    for unit in calendars.units:
        if unit.hsa_id not in known.units:
            text = f"{unit.hsa_id}: no open unit of units.csv has this id"
            findings.append(warning(_CALENDAR, line_of(path, unit.hsa_id), text))
    return calendars


def _years(path: Path, calendars: RegionCalendar, today: date) -> Iterator[Finding]:
    line = line_of(path, "last_year")
    if not _covers(calendars, today):
        years = f"{calendars.covers_from.year} to {calendars.covers_to.year}"
        text = f"holidays: {years} is too short; a case of today needs the 24 months ahead"
        yield error(_CALENDAR, line, text)
    elif not _covers(calendars, today + _A_YEAR):
        text = f"holidays: known to the end of {calendars.covers_to.year}, within a year too short"
        yield warning(_CALENDAR, line, text)


def _covers(calendars: RegionCalendar, on: date) -> bool:
    try:
        calendars.for_unit(None, on)
    except DateNotCoveredError:
        return False
    return True
