"""Whether a plan can be laid for every service, at each kind of calendar a case may get."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from commands.checkup.findings import Finding, error, line_of_place
from domain.catalogue import Catalogue, HandlingRules
from domain.clocks import ClockChange
from domain.ladders import Mark
from domain.plan import PlanRequest
from domain.planning import lay_plan
from domain.region_calendar import RegionCalendar
from domain.vocabulary import Urgency
from domain.worktime import WorkCalendar
from domain.worktime_errors import DateNotCoveredError, WorktimeError

_FILE = "catalogue.toml"
_ORDINARY = "the ordinary calendar"
_VISIT_IN = timedelta(days=30)
_KNOWN_FOR = timedelta(days=731)
"""How far ahead the holidays in a case's calendar reach."""


def check_plans(
    folder: Path, catalogue: Catalogue, calendars: RegionCalendar, today: date
) -> Iterator[Finding]:
    """Yield an error for each service or variant whose cases would stand still or be late at once.

    Judged for a case received at noon of the local day *today*, once at each distinct calendar.
    """
    path = folder / _FILE
    at = datetime.combine(today, time(12), UTC)
    for place, calendar in _distinct(calendars, today):
        for handling in (one for entry in catalogue.services for one in entry.handlings()):
            fault = _fault_in(handling, calendar, at)
            if fault is not None:
                problem = f"{handling.variant or handling.service}: {fault} at {place}"
                yield error(_FILE, line_of_place(path, problem), problem)


def _distinct(calendars: RegionCalendar, on: date) -> Iterator[tuple[str, WorkCalendar]]:
    seen: list[WorkCalendar] = []
    for unit in (None, *(unit.hsa_id for unit in calendars.units)):
        try:
            calendar = calendars.for_unit(unit, on)
        except DateNotCoveredError:  # told of the calendar itself
            return
        if calendar not in seen:
            seen.append(calendar)
            yield unit or _ORDINARY, calendar


def _fault_in(handling: HandlingRules, calendar: WorkCalendar, at: datetime) -> str | None:
    if handling.first_response.length(calendar) > handling.resolution.length(calendar):
        return "first_response: this is longer than resolution"
    try:
        last = max(
            mark.at for urgency in Urgency for mark in _marks(handling, calendar, at, urgency)
        )
    except (WorktimeError, OverflowError) as fault:
        return f"no plan can be laid, {type(fault).__name__},"
    if last > at + _KNOWN_FOR:
        return "the plan reaches further than 24 months"
    return None


def _marks(
    handling: HandlingRules, calendar: WorkCalendar, at: datetime, urgency: Urgency
) -> Iterator[Mark]:
    """Yield the marks of a case of its own, of one before a visit, and of one that is over."""
    plain = PlanRequest(
        change=ClockChange.ADMITTED,
        at=at,
        rules=handling,
        calendar=calendar,
        urgency=urgency,
        received_at=at,
        asked_at=at,
        handed_over_at=at,
    )
    laid = lay_plan(plain)
    before_visit = plain.model_copy(update={"visit_at": at + _VISIT_IN})
    over = plain.model_copy(update={"change": ClockChange.STOPPED, "clocks": laid.clocks})
    yield from (*laid.marks, *lay_plan(before_visit).marks, *lay_plan(over).marks)
