"""The two clocks of a case: first response, which never pauses, and resolution, which may.

Every function takes the calendar and the instant; results are absolute UTC instants, so that a
case in flight is moved by nothing but its own messages (design section 3.3).
"""

from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import AwareDatetime

from domain.catalogue import HandlingRules
from domain.model import Model
from domain.promise import Promise
from domain.vocabulary import Urgency
from domain.worktime import WorkCalendar

_NOTHING = timedelta()


class ClockChange(StrEnum):
    """What turns the clocks, and so needs a new plan."""

    ADMITTED = "admitted"
    PAUSED = "paused"
    ASKED_AGAIN = "asked_again"
    RESUMED = "resumed"
    RETURNED = "returned"
    MOVED = "moved"
    MADE_URGENT = "made_urgent"
    REOPENED = "reopened"
    STOPPED = "stopped"
    ABSORBED = "absorbed"
    HANDED_OVER = "handed_over"


class Clock(Model):
    """One clock: `left` is the working time left at `counts_from`, used up at `due_at`."""

    counts_from: AwareDatetime
    left: timedelta
    due_at: AwareDatetime

    def settled(self, at: datetime, calendar: WorkCalendar) -> "Clock":
        """Return the clock with the working time until *at* taken off, counting on from there."""
        used = calendar.between(self.counts_from, at)
        return self.model_copy(update={"counts_from": at, "left": max(self.left - used, _NOTHING)})

    def counted_from(self, at: datetime, calendar: WorkCalendar) -> "Clock":
        """Return the clock counting what is left from *at*; one used up keeps its due instant."""
        due_at = calendar.after(at, self.left) if self.left > _NOTHING else self.due_at
        return self.model_copy(update={"counts_from": at, "due_at": due_at})

    def bounded(self, latest: datetime | None, calendar: WorkCalendar) -> "Clock":
        """Return the clock due no later than *latest*, with no more working time than fits."""
        if latest is None or self.due_at <= latest:
            return self
        left = calendar.between(self.counts_from, latest)
        return self.model_copy(update={"due_at": latest, "left": left})


class Clocks(Model):
    """Both clocks and what the resolution clock has used.

    `paused_since` is set while the patient is awaited; meanwhile the resolution clock counts
    from `pause_ends_at`, when its pause allowance is used up. `worked` is working time,
    `paused` calendar time.
    """

    first_response: Clock
    resolution: Clock
    paused_since: AwareDatetime | None = None
    pause_ends_at: AwareDatetime | None = None
    paused: timedelta = _NOTHING
    worked: timedelta = _NOTHING


def start_clocks(
    received_at: datetime,
    rules: HandlingRules,
    urgency: Urgency,
    calendar: WorkCalendar,
    visit_at: datetime | None,
) -> Clocks:
    """Start both clocks at receipt; outside hours they count from the next opening."""
    amount = rules.resolution_for(urgency).length(calendar)
    first = _new_clock(min(rules.first_response.length(calendar), amount), received_at, calendar)
    latest = latest_before_visit(visit_at, received_at, rules, calendar)
    resolution = _new_clock(amount, received_at, calendar).bounded(latest, calendar)
    return Clocks(first_response=first.bounded(resolution.due_at, calendar), resolution=resolution)


def latest_before_visit(
    visit_at: datetime | None, received_at: datetime, rules: HandlingRules, calendar: WorkCalendar
) -> datetime | None:
    """Return the last instant to resolve before a visit; never before receipt plus the floor."""
    if visit_at is None:
        return None
    margin_at = calendar.before(visit_at, rules.visit_margin.length(calendar))
    return max(margin_at, received_at + timedelta(minutes=rules.visit_floor_minutes))


def pause(clocks: Clocks, at: datetime, rules: HandlingRules, calendar: WorkCalendar) -> Clocks:
    """Pause the resolution clock until the patient answers or the allowance of days is used up."""
    settled, worked = _settle(clocks, at, calendar)
    ends_at = at + max(timedelta(days=rules.pause_limit_days) - clocks.paused, _NOTHING)
    return clocks.model_copy(
        update={
            "resolution": settled.counted_from(ends_at, calendar),
            "paused_since": at,
            "pause_ends_at": ends_at,
            "worked": worked,
        }
    )


def resume(clocks: Clocks, at: datetime, calendar: WorkCalendar) -> Clocks:
    """Let the resolution clock go on with what is left; what passed in the pause is not counted."""
    settled, worked = _settle(clocks, at, calendar)
    return clocks.model_copy(
        update={
            "resolution": settled.counted_from(at, calendar),
            "paused_since": None,
            "pause_ends_at": None,
            "paused": _paused_until(clocks, at),
            "worked": worked,
        }
    )


def give_back(clocks: Clocks, at: datetime, calendar: WorkCalendar) -> Clocks:
    """Count what is left of both clocks from *at*; neither gets another due instant."""
    settled, worked = _settle(clocks, at, calendar)
    first = clocks.first_response.settled(at, calendar)
    return clocks.model_copy(
        update={"first_response": first, "resolution": settled, "worked": worked}
    )


def move(clocks: Clocks, at: datetime, old: WorkCalendar, new: WorkCalendar) -> Clocks:
    """Count what is left of both clocks in the hours of the unit the case moves to."""
    running = resume(clocks, at, old)
    first = clocks.first_response.settled(at, old).counted_from(at, new)
    resolution = running.resolution.counted_from(at, new)
    return running.model_copy(update={"first_response": first, "resolution": resolution})


def hasten(clocks: Clocks, at: datetime, rules: HandlingRules, calendar: WorkCalendar) -> Clocks:
    """Give both clocks the urgent handling time from now, never later than promised."""
    amount = rules.urgent.length(calendar)
    latest = calendar.after(at, amount)
    first = clocks.first_response.settled(at, calendar).bounded(latest, calendar)
    if clocks.pause_ends_at is not None and at < clocks.pause_ends_at:
        left = min(clocks.resolution.left, amount)
        resolution = clocks.resolution.model_copy(update={"left": left})
        resolution = resolution.counted_from(resolution.counts_from, calendar)
        return clocks.model_copy(update={"first_response": first, "resolution": resolution})
    settled, worked = _settle(clocks, at, calendar)
    return clocks.model_copy(
        update={
            "first_response": first,
            "resolution": settled.bounded(latest, calendar),
            "worked": worked,
        }
    )


def take_over(clocks: Clocks, at: datetime, promise: Promise, calendar: WorkCalendar) -> Clocks:
    """Bound both clocks by what an absorbed case was promised, never later than before.

    While the patient is awaited the resolution clock keeps its pause, and counts no more working
    time after it than the other case had left.
    """
    first = clocks.first_response.settled(at, calendar)
    first = first.bounded(promise.first_response_by, calendar)
    if clocks.pause_ends_at is not None and at < clocks.pause_ends_at:
        left = min(clocks.resolution.left, calendar.between(at, promise.resolution_by))
        from_at = clocks.resolution.counts_from
        due_at = calendar.after(from_at, left) if left > _NOTHING else from_at
        bound = {"left": left, "due_at": min(due_at, clocks.resolution.due_at)}
        resolution = clocks.resolution.model_copy(update=bound)
        return clocks.model_copy(update={"first_response": first, "resolution": resolution})
    settled, worked = _settle(clocks, at, calendar)
    resolution = settled.bounded(promise.resolution_by, calendar)
    return clocks.model_copy(
        update={"first_response": first, "resolution": resolution, "worked": worked}
    )


def restart(
    clocks: Clocks, at: datetime, rules: HandlingRules, urgency: Urgency, calendar: WorkCalendar
) -> Clocks:
    """Give a reopened case a new resolution clock; what was worked and paused stays counted."""
    amount = rules.resolution_for(urgency).length(calendar)
    first = _new_clock(min(rules.first_response.length(calendar), amount), at, calendar)
    return clocks.model_copy(
        update={"first_response": first, "resolution": _new_clock(amount, at, calendar)}
    )


def stop(clocks: Clocks, at: datetime, calendar: WorkCalendar) -> Clocks:
    """Stop the resolution clock at *at* and book what it has used; its due instant stays told.

    One stopped in a pause is due when it would have been, had the patient answered then.
    """
    running = clocks if clocks.paused_since is None else resume(clocks, at, calendar)
    settled, worked = _settle(running, at, calendar)
    return running.model_copy(update={"resolution": settled, "worked": worked})


def _settle(clocks: Clocks, at: datetime, calendar: WorkCalendar) -> tuple[Clock, timedelta]:
    used = calendar.between(clocks.resolution.counts_from, at)
    return clocks.resolution.settled(at, calendar), clocks.worked + used


def _paused_until(clocks: Clocks, at: datetime) -> timedelta:
    if clocks.paused_since is None or clocks.pause_ends_at is None:
        return clocks.paused
    return clocks.paused + min(at, clocks.pause_ends_at) - clocks.paused_since


def _new_clock(amount: timedelta, at: datetime, calendar: WorkCalendar) -> Clock:
    return Clock(counts_from=at, left=amount, due_at=calendar.after(at, amount))
