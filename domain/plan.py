"""The plan of a case: the instants at which something must happen if nobody acts before."""

from collections.abc import Callable
from datetime import datetime, timedelta

from pydantic import AwareDatetime

from domain import clocks as turning
from domain.catalogue import HandlingRules
from domain.clocks import Clock, ClockChange, Clocks
from domain.ladders import Ladder, Mark, MarkKind
from domain.model import Model
from domain.vocabulary import Urgency
from domain.worktime import WorkCalendar

_PERCENT = 100


class Plan(Model):
    """Both clocks as they now stand and the marks ahead, earliest first."""

    as_of: AwareDatetime
    clocks: Clocks
    marks: tuple[Mark, ...]


class PlanRequest(Model):
    """All that a plan depends on; no clock is read and nothing is looked up.

    `at` is the instant of the change, `asked_at` of the last question while the patient is
    awaited. `first_response_due` is False once a first response was given. What has been told
    is not laid again: a breach, overdue notices, and reminders before `at`. `moved_from` is the
    calendar the case had before a move.
    """

    change: ClockChange
    at: AwareDatetime
    rules: HandlingRules
    calendar: WorkCalendar
    urgency: Urgency
    received_at: AwareDatetime
    clocks: Clocks | None = None
    moved_from: WorkCalendar | None = None
    visit_at: AwareDatetime | None = None
    asked_at: AwareDatetime | None = None
    first_response_due: bool = True
    first_response_breached: bool = False
    resolution_breached: bool = False
    overdue_told: int = 0


def lay_plan(request: PlanRequest) -> Plan:
    """Return the clocks after the change and every mark that follows from them.

    Marks are sorted; warnings lie at their percent of the time left, inside opening hours.
    """
    clocks = _turn(request)
    if request.change is ClockChange.STOPPED:
        marks = [_closing(request)]
    else:
        marks = [
            *_new_case(request),
            *_first_response(request, clocks),
            *_resolution(request, clocks),
            *_silence(request),
            *_visit(request),
        ]
    ordered = sorted(marks, key=lambda mark: (mark.at, list(Ladder).index(mark.ladder), mark.step))
    return Plan(as_of=request.at, clocks=clocks, marks=tuple(ordered))


def _turn(request: PlanRequest) -> Clocks:
    if request.clocks is None:
        return turning.start_clocks(
            request.received_at,
            request.rules,
            request.urgency,
            request.calendar,
            request.visit_at,
        )
    turn = _TURNS.get(request.change)
    return turn(request.clocks, request) if turn else request.clocks


def _resumed(clocks: Clocks, request: PlanRequest) -> Clocks:
    return _bounded(turning.resume(clocks, request.at, request.calendar), request)


def _moved(clocks: Clocks, request: PlanRequest) -> Clocks:
    old = request.moved_from or request.calendar
    return _bounded(turning.move(clocks, request.at, old, request.calendar), request)


def _reopened(clocks: Clocks, request: PlanRequest) -> Clocks:
    restarted = turning.restart(
        clocks, request.at, request.rules, request.urgency, request.calendar
    )
    return _bounded(restarted, request)


_TURNS: dict[ClockChange, Callable[[Clocks, PlanRequest], Clocks]] = {
    ClockChange.PAUSED: lambda clocks, it: turning.pause(clocks, it.at, it.rules, it.calendar),
    ClockChange.RESUMED: _resumed,
    ClockChange.RETURNED: lambda clocks, it: turning.give_back(clocks, it.at, it.calendar),
    ClockChange.MOVED: _moved,
    ClockChange.MADE_URGENT: lambda clocks, it: turning.hasten(
        clocks, it.at, it.rules, it.calendar
    ),
    ClockChange.REOPENED: _reopened,
    ClockChange.STOPPED: lambda clocks, it: turning.stop(clocks, it.at, it.calendar),
}
"""How each change turns running clocks; a change not named here leaves them as they are."""


_QUEUED_BY = frozenset(
    {ClockChange.ADMITTED, ClockChange.RETURNED, ClockChange.MOVED, ClockChange.REOPENED}
)
"""After these the case waits in an inbox, which must be told."""


def _bounded(clocks: Clocks, request: PlanRequest) -> Clocks:
    latest = turning.latest_before_visit(
        request.visit_at, request.received_at, request.rules, request.calendar
    )
    resolution = clocks.resolution.bounded(latest, request.calendar)
    return clocks.model_copy(update={"resolution": resolution})


def _new_case(request: PlanRequest) -> list[Mark]:
    if request.change not in _QUEUED_BY:
        return []
    is_urgent = request.urgency is Urgency.URGENT
    at = request.at if is_urgent else request.calendar.next_opening(request.at)
    return [_mark(request, at, Ladder.NEW_CASE, MarkKind.TOLD)]


def _first_response(request: PlanRequest, clocks: Clocks) -> list[Mark]:
    if request.first_response_breached or not request.first_response_due:
        return []
    clock = clocks.first_response
    breach = _mark(request, clock.due_at, Ladder.FIRST_RESPONSE, MarkKind.BREACH)
    return [*_warnings(request, clock, Ladder.FIRST_RESPONSE), breach]


def _resolution(request: PlanRequest, clocks: Clocks) -> list[Mark]:
    clock = clocks.resolution
    if request.resolution_breached:
        return _overdue(request, max(clock.due_at, clock.counts_from, request.at))
    breach = _mark(request, clock.due_at, Ladder.RESOLUTION, MarkKind.BREACH)
    return [
        *_warnings(request, clock, Ladder.RESOLUTION),
        _with_new_date(breach, request),
        *_overdue(request, clock.due_at),
    ]


def _with_new_date(mark: Mark, request: PlanRequest) -> Mark:
    delay = request.rules.delay.length(request.calendar)
    return mark.model_copy(update={"new_date": request.calendar.after(mark.at, delay)})


def _warnings(request: PlanRequest, clock: Clock, ladder: Ladder) -> list[Mark]:
    if clock.left <= timedelta():
        return []
    calendar = request.calendar
    instants = {
        percent: calendar.after(clock.counts_from, clock.left * percent / _PERCENT)
        for percent in request.rules.warn_percents
    }
    return [
        _mark(request, at, ladder, MarkKind.WARNING, percent)
        for percent, at in instants.items()
        if _is_untold(request, at)
    ]


def _is_untold(request: PlanRequest, at: datetime) -> bool:
    return request.change is ClockChange.ADMITTED or at > request.at


def _overdue(request: PlanRequest, since: datetime) -> list[Mark]:
    at, marks = since, []
    for number in range(request.overdue_told + 1, request.rules.overdue_notices + 1):
        at = _a_working_day_after(at, request.calendar)
        mark = _mark(request, at, Ladder.RESOLUTION, MarkKind.OVERDUE, number)
        marks.append(_with_new_date(mark, request))
    return marks


def _a_working_day_after(at: datetime, calendar: WorkCalendar) -> datetime:
    """Return when a working day has passed, and never on the same local day."""
    next_day = calendar.start_of(calendar.local_day(at) + timedelta(days=1))
    return max(calendar.after(at, calendar.working_day), calendar.next_opening(next_day))


def _silence(request: PlanRequest) -> list[Mark]:
    asked_at = request.asked_at
    if asked_at is None:
        return []
    gave_up_at = asked_at + timedelta(days=request.rules.patient_silence_days)
    instants = {
        days: request.calendar.next_opening(asked_at + timedelta(days=days))
        for days in request.rules.patient_reminder_days
    }
    reminders = [
        _mark(request, at, Ladder.PATIENT, MarkKind.SILENCE, days)
        for days, at in instants.items()
        if _is_untold(request, at)
    ]
    return [*reminders, _mark(request, gave_up_at, Ladder.PATIENT, MarkKind.GAVE_UP)]


def _visit(request: PlanRequest) -> list[Mark]:
    if request.visit_at is None:
        return []
    return [_mark(request, request.visit_at, Ladder.VISIT, MarkKind.VISIT_STARTED)]


def _closing(request: PlanRequest) -> Mark:
    at = request.at + timedelta(days=request.rules.reopen_days)
    return _mark(request, at, Ladder.CLOSING, MarkKind.CLOSING)


def _mark(
    request: PlanRequest, at: datetime, ladder: Ladder, kind: MarkKind, step: int = 0
) -> Mark:
    day_from = request.calendar.start_of(request.calendar.local_day(at))
    return Mark(at=at, ladder=ladder, kind=kind, step=step, day_from=day_from)
