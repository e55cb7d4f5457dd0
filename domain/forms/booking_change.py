"""Answers to "rebook or cancel a visit" [A§1, A§18; domain 2.2]."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, JsonValue, TypeAdapter, ValidationInfo

from domain.catalogue import CutOffKind
from domain.clocks import latest_before_visit
from domain.forms.codes import AnswerCode
from domain.forms.form import AnswerModel, Form, Occasion, Reading, occasion_of
from domain.forms.lengths import at_most
from domain.forms.texts import FreeText, Line
from domain.forms.times import FURTHEST_AHEAD, Instant
from domain.model import HsaId
from domain.vocabulary import Flag, Urgency

_MOST_WISHES = 3
_EXAMPLE_AHEAD = timedelta(days=14)


def _check_visit(starts_at: datetime, info: ValidationInfo) -> datetime:
    occasion = occasion_of(info)
    if occasion is None:
        return starts_at
    if starts_at <= occasion.received_at:
        raise ValueError(AnswerCode.VISIT_PASSED)
    if starts_at - occasion.received_at > FURTHEST_AHEAD:
        raise ValueError(AnswerCode.OUT_OF_RANGE)
    if occasion.received_at > latest_change(starts_at, occasion):
        raise ValueError(AnswerCode.VISIT_TOO_SOON)
    return starts_at


def _check_wish(until_at: datetime, info: ValidationInfo) -> datetime:
    occasion = occasion_of(info)
    from_at = info.data.get("from_at")
    if from_at is not None and until_at <= from_at:
        raise ValueError(AnswerCode.END_BEFORE_START)
    if occasion and until_at <= occasion.received_at:
        raise ValueError(AnswerCode.WISH_PASSED)
    if occasion and until_at - occasion.received_at > FURTHEST_AHEAD:
        raise ValueError(AnswerCode.OUT_OF_RANGE)
    return until_at


class BookingAction(StrEnum):
    CANCEL = "cancel"
    REBOOK = "rebook"


class Booking(AnswerModel):
    """The visit in question; `starts_at` is one aware instant."""

    unit: HsaId | None = None
    starts_at: Annotated[Instant, AfterValidator(_check_visit)]
    kind: Line


class Wish(AnswerModel):
    """A span in which a new time would suit."""

    from_at: Instant
    until_at: Annotated[Instant, AfterValidator(_check_wish)]


class BookingChange(AnswerModel):
    """The whole form. `wishes` matter to a new time only; without any, every time suits."""

    action: BookingAction
    booking: Booking
    wishes: Annotated[tuple[Wish, ...], at_most(_MOST_WISHES)] = ()
    reason: FreeText | None = None


def latest_change(starts_at: datetime, occasion: Occasion) -> datetime:
    """Return the last instant at which a change may arrive; that instant itself is in time.

    Hours are elapsed time, so a change of clocks moves nothing [A§18]; whole working days end at
    the midnight before them [S4]. A variant may have a cut-off of its own.
    """
    cut_off = occasion.service.cut_off_for(occasion.variant)
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
    calendar = occasion.calendar
    at = occasion.received_at.replace(second=0, microsecond=0) + _EXAMPLE_AHEAD
    visits = [at := calendar.next_opening(at + timedelta(days=1)) for _ in range(4)]
    first, second, third, fourth = (visit.isoformat() for visit in visits)
    after: dict[str, JsonValue] = {
        "from_at": (at + timedelta(days=7)).isoformat(),
        "until_at": (at + timedelta(days=9)).isoformat(),
    }
    later: dict[str, JsonValue] = {
        "from_at": (at + timedelta(days=14)).isoformat(),
        "until_at": (at + timedelta(days=15)).isoformat(),
    }
    return [
        {
            "action": "cancel",
            "booking": {"starts_at": first, "kind": "Blood pressure"},
            "reason": "I am well again.",
        },
        {"action": "cancel", "booking": {"starts_at": second, "kind": "Vaccination"}},
        {
            "action": "rebook",
            "booking": {"starts_at": third, "kind": "Wound dressing"},
            "wishes": [after],
        },
        {
            "action": "rebook",
            "booking": {"starts_at": fourth, "kind": "Blood test"},
            "wishes": [after, later],
        },
    ]


BOOKING_CHANGE: Form[BookingChange] = Form(
    code="booking_change",
    answers=TypeAdapter(BookingChange),
    read=_read,
    examples=_examples,
    tag="action",
    kinds=("cancel", "rebook"),
    asks_alike=True,
)
