"""Laying a plan: the clocks are turned, and every instant that follows from them is named."""

from collections.abc import Callable

from domain import clocks as turning
from domain.clocks import ClockChange, Clocks
from domain.ladders import Ladder
from domain.marks_ahead import date_after_delay, marks_ahead
from domain.plan import Plan, PlanRequest


def lay_plan(request: PlanRequest) -> Plan:
    """Return the clocks after the change and every mark that follows from them.

    Marks are sorted; warnings lie at their percent of the time left, inside opening hours.
    """
    clocks = _turn(request)
    marks = marks_ahead(request, clocks)
    ordered = sorted(marks, key=lambda mark: (mark.at, list(Ladder).index(mark.ladder), mark.step))
    new_date = date_after_delay(request, request.at) if request.resolution_breached else None
    return Plan(as_of=request.at, clocks=clocks, marks=tuple(ordered), new_date=new_date)


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


def _absorbed(clocks: Clocks, request: PlanRequest) -> Clocks:
    if request.promise is None:
        return clocks
    return turning.take_over(clocks, request.at, request.promise, request.calendar)


_TURNS: dict[ClockChange, Callable[[Clocks, PlanRequest], Clocks]] = {
    ClockChange.PAUSED: lambda clocks, it: turning.pause(clocks, it.at, it.rules, it.calendar),
    ClockChange.RESUMED: _resumed,
    ClockChange.RETURNED: lambda clocks, it: turning.give_back(clocks, it.at, it.calendar),
    ClockChange.MOVED: _moved,
    ClockChange.MADE_URGENT: lambda clocks, it: turning.hasten(
        clocks, it.at, it.rules, it.calendar
    ),
    ClockChange.REOPENED: _reopened,
    ClockChange.ABSORBED: _absorbed,
    ClockChange.STOPPED: lambda clocks, it: turning.stop(clocks, it.at, it.calendar),
}
"""How each change turns running clocks; a change not named here leaves them as they are."""


def _bounded(clocks: Clocks, request: PlanRequest) -> Clocks:
    latest = turning.latest_before_visit(
        request.visit_at, request.received_at, request.rules, request.calendar
    )
    resolution = clocks.resolution.bounded(latest, request.calendar)
    return clocks.model_copy(update={"resolution": resolution})
