"""What the engine's own steps do to a case: its admission, a new plan, a retried delivery."""

from datetime import datetime

from domain.admission import Admission
from domain.case import Case, Turn
from domain.clocks import ClockChange
from domain.events import EventKind
from domain.ladders import Ladder, is_visit_near
from domain.messages import Route
from domain.notices import NoticeRule, Recipient
from domain.plan import Plan, PlanRequest
from domain.protection import Protection, protect
from domain.vocabulary import CaseState, Flag
from domain.worktime import WorkCalendar

_PROMISED_ANEW = frozenset({ClockChange.RESUMED, ClockChange.MOVED})
"""After these a late case whose date has come is given a new one."""


def admit(case: Case, admission: Admission, at: datetime) -> Case:
    """Return *case* after admission at *at*: queued, undeliverable or rejected.

    A case withdrawn before it was admitted keeps its outcome and only learns its rules.
    """
    known = case.changed(
        admission=admission,
        route=admission.route,
        calendar=admission.calendar,
        urgency=admission.urgency,
    )
    if admission.problems:
        codes = ",".join(admission.problems)
        refused = known.model_copy(update={"state": CaseState.REJECTED, "turns": ()})
        return refused.with_event(EventKind.REJECTED, at, codes=codes)
    stranded = admission.undeliverable is not None
    planned = known.model_copy(update={"plan": admission.plan, "stranded": stranded}).with_facts(
        **_promised(admission)
    )
    waiting = case.state is CaseState.RECEIVED
    if not stranded:
        return _admitted(planned, at) if waiting else planned.with_event(EventKind.ADMITTED, at)
    return _undeliverable(planned, admission, at) if waiting else planned


def _promised(admission: Admission) -> dict[str, object]:
    plan = admission.plan
    if plan is None:
        return {}
    return {
        "first_response_promised": plan.clocks.first_response.due_at,
        "resolution_promised": plan.clocks.resolution.due_at,
    }


def _admitted(case: Case, at: datetime) -> Case:
    queued = case.model_copy(update={"state": CaseState.QUEUED}).with_facts(queued_at=at)
    return _asked_to_phone(queued.with_event(EventKind.ADMITTED, at), at)


def _undeliverable(case: Case, admission: Admission, at: datetime) -> Case:
    stuck = case.model_copy(update={"state": CaseState.UNDELIVERABLE})
    return _asked_to_phone(_told_undeliverable(stuck, admission, at), at)


def _asked_to_phone(case: Case, at: datetime) -> Case:
    """Send the citizen to the phone when nobody opens before the visit (design section 4)."""
    if Flag.NO_TIME_BEFORE_VISIT not in case.flags:
        return case
    return case.with_notice(NoticeRule.PHONE_THE_UNIT, Recipient.CITIZEN, at)


def _told_undeliverable(case: Case, admission: Admission, at: datetime) -> Case:
    """Tell the unit's coordinator; without a unit those who keep the registers and the system."""
    rule = NoticeRule.UNDELIVERABLE
    noted = case.with_event(EventKind.UNDELIVERABLE, at, reason=admission.undeliverable)
    if case.route is not None:
        return noted.with_notice(rule, Recipient.COORDINATOR, at)
    told = noted.with_notice(rule, Recipient.ROLE_CATALOGUE_OWNER, at)
    return told.with_notice(rule, Recipient.OPERATIONS, at)


def redeliver(case: Case, admission: Admission, at: datetime) -> Case:
    """Return an undeliverable case after another try: queued when it now has a holder.

    One that has come to a unit or role where nobody holds it either is told of there.
    """
    if case.state is not CaseState.UNDELIVERABLE or admission.route is None:
        return case
    if admission.named_only:  # the registers may have learnt it since the first look
        case = protect(case, Protection(protected=True, at=at), at)
    if admission.undeliverable is not None:
        is_same = case.route is not None and _place(case.route) == _place(admission.route)
        elsewhere = case.changed(route=admission.route)
        return case if is_same else _told_undeliverable(elsewhere, admission, at)
    moved = case.changed(
        state=CaseState.QUEUED,
        stranded=False,
        route=admission.route,
        calendar=admission.calendar,
        admission=case.admission and case.admission.model_copy(update={"undeliverable": None}),
    )
    queued = moved.with_facts(queued_at=at).with_event(EventKind.ADMITTED, at)
    return queued.turned(ClockChange.MOVED, at, moved_from=case.calendar)


def _place(route: Route) -> tuple[str, str]:
    return route.unit, route.role


def plan_request(case: Case, turn: Turn) -> PlanRequest | None:
    """Return what the plan after *turn* depends on; None until the case is admitted."""
    admission = case.admission
    calendar = _calendar_at(case, turn)
    if admission is None or admission.rules is None or calendar is None or case.plan is None:
        return None
    return PlanRequest(
        change=turn.change,
        at=turn.at,
        rules=admission.rules,
        calendar=calendar,
        moved_from=turn.moved_from,
        urgency=case.urgency,
        received_at=case.submission.received_at,
        clocks=case.plan.clocks,
        visit_at=admission.visit_at,
        asked_at=case.asked_at,
        first_response_due=case.facts.first_response_at is None,
        first_response_breached=case.first_response_late,
        resolution_breached=case.breached,
        overdue_told=case.overdue_told,
        promise=turn.promise,
        new_case_untold=any(mark.ladder is Ladder.NEW_CASE for mark in case.plan.marks),
        visit_near_untold=any(is_visit_near(mark) for mark in case.plan.marks),
        handed_over_at=case.handed_over_at if case.waits_for_decider else None,
        hand_over_breached=case.hand_over_late,
    )


def _calendar_at(case: Case, turn: Turn) -> WorkCalendar | None:
    """Return the calendar that held when *turn* came: the one the next move leaves behind."""
    later = case.turns[case.turns.index(turn) + 1 :]
    return next((move.moved_from for move in later if move.moved_from), case.calendar)


def adopt_plan(case: Case, turn: Turn, plan: Plan) -> Case:
    """Return *case* with the plan laid for its oldest turn; the promise it shows follows.

    A date told by a delay notice falls away when the clock gets a new due instant. One that has
    come meanwhile is moved when the patient has answered, or the case has.
    """
    left = tuple(other for other in case.turns if other != turn)
    is_same_due = case.plan is not None and plan.clocks.resolution.due_at == (
        case.plan.clocks.resolution.due_at
    )
    new_date = case.new_date if is_same_due or case.breached else None
    adopted = case.changed(plan=plan, turns=left, new_date=new_date)
    return _with_later_promise(adopted, turn) if turn.change in _PROMISED_ANEW else adopted


def _with_later_promise(case: Case, turn: Turn) -> Case:
    later = case.plan.new_date if case.plan else None
    has_come = case.new_date is None or case.new_date <= turn.at
    if not (case.breached and case.is_open and has_come and later):
        return case
    moved = case.model_copy(update={"new_date": later})
    rule = NoticeRule.MOVED_PROMISE
    if any(notice.rule == rule and notice.at == turn.at for notice in case.notices):
        return moved
    return moved.with_notice(rule, Recipient.CITIZEN, turn.at)
