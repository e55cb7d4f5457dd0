"""The plan of a case: the instants at which something must happen if nobody acts before."""

from enum import StrEnum

from pydantic import AwareDatetime

from domain.catalogue import HandlingRules
from domain.clocks import ClockChange, Clocks
from domain.model import Model
from domain.vocabulary import Urgency
from domain.worktime import WorkCalendar


class Ladder(StrEnum):
    """One line of marks, lowest first; marks passed unseen take effect as the highest of them."""

    VISIT = "visit"
    PATIENT = "patient"
    CLOSING = "closing"
    FIRST_RESPONSE = "first_response"
    RESOLUTION = "resolution"
    NEW_CASE = "new_case"


class MarkKind(StrEnum):
    TOLD = "told"
    WARNING = "warning"
    BREACH = "breach"
    OVERDUE = "overdue"
    SILENCE = "silence"
    GAVE_UP = "gave_up"
    VISIT_STARTED = "visit_started"
    CLOSING = "closing"


class Mark(Model):
    """An instant of the plan. `day_from` begins its local day, for "once a working day".

    `step` is the percent of a warning, the days of a silence or the count of an overdue notice.
    `new_date` is what the citizen is told when the mark is the first to find the case late.
    """

    at: AwareDatetime
    ladder: Ladder
    kind: MarkKind
    step: int = 0
    day_from: AwareDatetime
    new_date: AwareDatetime | None = None


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
