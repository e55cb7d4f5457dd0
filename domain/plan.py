"""The plan of a case: the instants at which something must happen if nobody acts before."""

from pydantic import AwareDatetime

from domain.catalogue import HandlingRules
from domain.clocks import ClockChange, Clocks
from domain.ladders import Mark
from domain.model import Model
from domain.promise import Promise
from domain.vocabulary import Urgency
from domain.worktime import WorkCalendar


class Plan(Model):
    """Both clocks as they now stand and the marks ahead, earliest first.

    `new_date` is what a late case may promise instead, if the date it named has come.
    """

    as_of: AwareDatetime
    clocks: Clocks
    marks: tuple[Mark, ...]
    new_date: AwareDatetime | None = None


class PlanRequest(Model):
    """All that a plan depends on; no clock is read and nothing is looked up.

    `at` is the instant of the change, `asked_at` of the last question while the patient is
    awaited. `first_response_due` is False once a first response was given. What has been told
    is not laid again: a breach, overdue notices, and reminders before `at`. `moved_from` is the
    calendar the case had before a move, `promise` an absorbed case's. `new_case_untold`: its role
    waits for the next opening to be told of it. `visit_near_untold`: an escalation before the visit
    is laid and has not come yet. `handed_over_at` is set while nobody who may decide has taken what
    was handed over; `hand_over_breached` once that has been escalated. `laid_at`: when the plan is
    laid, where that may be long after `at`; no date before it is promised.
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
    promise: Promise | None = None
    new_case_untold: bool = False
    visit_near_untold: bool = False
    handed_over_at: AwareDatetime | None = None
    hand_over_breached: bool = False
    laid_at: AwareDatetime | None = None
