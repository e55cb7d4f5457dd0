"""The marks of a plan: when somebody is told, reminded or escalated to if nobody acts."""

from datetime import datetime, timedelta

from domain.clocks import Clock, ClockChange, Clocks
from domain.ladders import Ladder, Mark, MarkKind
from domain.plan import PlanRequest
from domain.vocabulary import Urgency
from domain.worktime import WorkCalendar

_PERCENT = 100
_QUEUED_BY = frozenset(
    {ClockChange.ADMITTED, ClockChange.RETURNED, ClockChange.MOVED, ClockChange.REOPENED}
)
"""After these the case waits in an inbox, which must be told."""


def marks_ahead(request: PlanRequest, clocks: Clocks) -> list[Mark]:
    """Return every mark that follows from clocks already turned, in no order."""
    if request.change is ClockChange.STOPPED:
        return [_closing(request)]
    return [
        *_new_case(request),
        *_first_response(request, clocks),
        *_resolution(request, clocks),
        *_silence(request),
        *_visit(request),
        *_hand_over(request),
    ]


def _new_case(request: PlanRequest) -> list[Mark]:
    is_put_off = request.change is ClockChange.ABSORBED and request.new_case_untold
    if request.change not in _QUEUED_BY and not is_put_off:
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
    return mark.model_copy(update={"new_date": date_after_delay(request, mark.at)})


def date_after_delay(request: PlanRequest, at: datetime) -> datetime:
    """Return what is promised when the promise is broken at *at*, or found so at admission."""
    delay = request.rules.delay.length(request.calendar)
    return request.calendar.after(max(at, request.laid_at or at), delay)


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
    started = _mark(request, request.visit_at, Ladder.VISIT, MarkKind.VISIT_STARTED)
    return [*_visit_near(request, request.visit_at), started]


def _visit_near(request: PlanRequest, visit_at: datetime) -> list[Mark]:
    """Escalate what is still open so much working time before the visit [domain B5].

    Not laid when that has passed already: such a case was urgent from the beginning.
    """
    ahead = request.rules.visit_escalation
    if ahead is None:
        return []
    at = request.calendar.before(visit_at, ahead.length(request.calendar))
    if at <= request.at and not request.visit_near_untold:
        return []
    return [_mark(request, at, Ladder.VISIT, MarkKind.BREACH)]


def _hand_over(request: PlanRequest) -> list[Mark]:
    """Remind those who decide when the hand-over's own time is up, escalate after twice that."""
    since = request.handed_over_at
    if since is None or request.hand_over_breached:
        return []
    within = request.rules.hand_over_within.length(request.calendar)
    reminder_at = request.calendar.after(since, within)
    breach_at = request.calendar.after(since, 2 * within)
    breach = _mark(request, breach_at, Ladder.HAND_OVER, MarkKind.BREACH)
    if reminder_at <= request.at:
        return [breach]
    return [_mark(request, reminder_at, Ladder.HAND_OVER, MarkKind.WARNING), breach]


def _closing(request: PlanRequest) -> Mark:
    at = request.at + timedelta(days=request.rules.reopen_days)
    return _mark(request, at, Ladder.CLOSING, MarkKind.CLOSING)


def _mark(
    request: PlanRequest, at: datetime, ladder: Ladder, kind: MarkKind, step: int = 0
) -> Mark:
    day_from = request.calendar.start_of(request.calendar.local_day(at))
    return Mark(at=at, ladder=ladder, kind=kind, step=step, day_from=day_from)
