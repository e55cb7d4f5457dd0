"""Answers to "rebook or cancel a visit" [A§1, A§18; domain 2.2]."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AwareDatetime, Field, JsonValue, model_validator

from domain.catalogue import CutOffKind
from domain.clocks import latest_before_visit
from domain.forms.form import AnswerModel, Form, Occasion, Reading
from domain.forms.problems import AnswerProblem
from domain.model import HsaId, ShortText, Text
from domain.vocabulary import Flag, Urgency

_MOST_WISHES = 3
_FURTHEST_AHEAD = timedelta(days=731)
_EXAMPLE_DAYS_AHEAD = 14


class BookingAction(StrEnum):
    CANCEL = "cancel"
    REBOOK = "rebook"


class Booking(AnswerModel):
    """The visit in question; `starts_at` is one aware instant."""

    unit: HsaId | None = None
    starts_at: AwareDatetime
    kind: ShortText


class Wish(AnswerModel):
    """A span in which a new time would suit."""

    from_at: AwareDatetime
    until_at: AwareDatetime

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.until_at <= self.from_at:
            raise ValueError("end_before_start")
        return self


class BookingChange(AnswerModel):
    action: BookingAction
    booking: Booking
    wishes: Annotated[tuple[Wish, ...], Field(max_length=_MOST_WISHES)] = ()
    reason: Text | None = None


def _check(answers: BookingChange, occasion: Occasion) -> list[AnswerProblem]:
    starts_at = answers.booking.starts_at
    if starts_at <= occasion.received_at:
        return [AnswerProblem(pointer="/booking/starts_at", code="visit_passed")]
    if starts_at - occasion.received_at > _FURTHEST_AHEAD:
        return [AnswerProblem(pointer="/booking/starts_at", code="out_of_range")]
    if occasion.received_at > latest_change(starts_at, occasion):
        return [AnswerProblem(pointer="/booking/starts_at", code="visit_too_soon")]
    return []


def latest_change(starts_at: datetime, occasion: Occasion) -> datetime:
    """Return the last instant at which a change may arrive; that instant itself is in time.

    Hours are elapsed time [A§18]; whole working days end at the midnight before them [S4].
    """
    cut_off = occasion.service.cut_off
    if cut_off.kind is CutOffKind.HOURS:
        return starts_at - timedelta(hours=cut_off.amount)
    return occasion.calendar.whole_working_days_before(starts_at, cut_off.amount)


def _read(answers: BookingChange, occasion: Occasion) -> Reading:
    starts_at = answers.booking.starts_at
    near = timedelta(hours=occasion.service.urgency.visit_urgent_hours)
    no_time = occasion.calendar.between(occasion.received_at, starts_at) <= timedelta()
    is_urgent = (
        no_time
        or starts_at - occasion.received_at < near
        or _is_due_when_closed(starts_at, occasion)
    )
    return Reading(
        urgency=Urgency.URGENT if is_urgent else Urgency.NORMAL,
        flags=(Flag.NO_TIME_BEFORE_VISIT,) if no_time else (),
        visit_at=starts_at,
    )


def _is_due_when_closed(starts_at: datetime, occasion: Occasion) -> bool:
    """Whether the visit moves the deadline to an hour at which only the urgent is told."""
    handling, calendar = occasion.service.handling, occasion.calendar
    latest = latest_before_visit(starts_at, occasion.received_at, handling, calendar)
    return latest is not None and not calendar.is_open(latest)


def _examples(occasion: Occasion) -> list[dict[str, JsonValue]]:
    ahead = timedelta(days=_EXAMPLE_DAYS_AHEAD)
    starts_at = occasion.calendar.next_opening(occasion.received_at + ahead)
    booking: dict[str, JsonValue] = {"starts_at": starts_at.isoformat(), "kind": "Blood pressure"}
    wish: dict[str, JsonValue] = {
        "from_at": (starts_at + timedelta(days=7)).isoformat(),
        "until_at": (starts_at + timedelta(days=9)).isoformat(),
    }
    return [
        {"action": "cancel", "booking": booking, "reason": "I am well again."},
        {"action": "rebook", "booking": booking, "wishes": [wish]},
    ]


BOOKING_CHANGE = Form(
    code="booking_change",
    answers=BookingChange,
    check=_check,
    read=_read,
    examples=_examples,
)
