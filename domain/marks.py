"""What happens when an instant of the plan comes and nobody has acted before it."""

from datetime import datetime

from domain.actors import SYSTEM
from domain.case import Case
from domain.events import EventKind
from domain.ladders import Ladder, Mark, MarkKind, is_visit_near
from domain.notices import NoticeRule, Recipient
from domain.transitions import ended_as
from domain.vocabulary import CaseState, Escalation, Outcome

_WARNINGS = {
    Ladder.FIRST_RESPONSE: NoticeRule.FIRST_RESPONSE_WARNING,
    Ladder.HAND_OVER: NoticeRule.HAND_OVER_WARNING,
}
"""What the role is reminded by, whoever has the case."""


def next_mark(case: Case) -> Mark | None:
    """Return the earliest mark of the plan that would still have an effect."""
    marks = case.plan.marks if case.plan else ()
    return next((mark for mark in marks if is_relevant(case, mark)), None)


def is_relevant(case: Case, mark: Mark) -> bool:
    """Whether *mark* still concerns a case in this state; a closed case has none."""
    match mark.ladder:
        case Ladder.NEW_CASE:
            return case.state is CaseState.QUEUED
        case Ladder.HAND_OVER:
            return case.state is CaseState.QUEUED and case.waits_for_decider
        case Ladder.FIRST_RESPONSE:
            return case.is_open and case.facts.first_response_at is None
        case Ladder.PATIENT:
            return case.is_paused
        case Ladder.CLOSING:
            return case.state is CaseState.RESOLVED
        case Ladder.RESOLUTION | Ladder.VISIT:
            return case.is_open


def pass_marks(case: Case, now: datetime) -> Case:
    """Return *case* after every mark due by *now*: of each ladder only the highest takes effect.

    Marks passed while the case could not be admitted thus count once, and none is repeated.
    """
    marks = case.plan.marks if case.plan else ()
    due = [mark for mark in marks if mark.at <= now]
    ahead = tuple(mark for mark in marks if mark.at > now)
    passed = _with_marks(case, ahead)
    for ladder in Ladder:
        highest = [mark for mark in due if mark.ladder is ladder][-1:]
        for mark in highest:
            if is_relevant(passed, mark):
                passed = _take_effect(passed, mark, now)
    return passed


def _with_marks(case: Case, ahead: tuple[Mark, ...]) -> Case:
    if case.plan is None:
        return case
    return case.model_copy(update={"plan": case.plan.model_copy(update={"marks": ahead})})


def _take_effect(case: Case, mark: Mark, now: datetime) -> Case:
    match mark.kind:
        case MarkKind.TOLD:
            return case.changed().with_notice(NoticeRule.NEW_CASE, Recipient.ROLE_SUBSCRIBERS, now)
        case MarkKind.WARNING:
            return _warn(case, mark, now)
        case MarkKind.BREACH | MarkKind.OVERDUE:
            return _escalate(case, mark, now)
        case MarkKind.SILENCE | MarkKind.GAVE_UP:
            return _patient_is_silent(case, mark, now)
        case MarkKind.VISIT_STARTED:
            return _overtake(case, now)
        case MarkKind.CLOSING:
            closed = case.changed(state=CaseState.CLOSED).with_facts(closed_at=now)
            return closed.with_event(EventKind.CLOSED, now)


def _warn(case: Case, mark: Mark, now: datetime) -> Case:
    rule = _WARNINGS.get(mark.ladder, NoticeRule.RESOLUTION_WARNING)
    owner = None if mark.ladder in _WARNINGS else case.assigned_to
    recipient = Recipient.OWNER if owner else Recipient.ROLE
    key = f"{rule}:{recipient}:{owner or ''}"
    if _is_told(case, key, mark):
        return case.changed()  # the row's next mark is another one now
    reminded = case.changed(told={**case.told, key: now})
    counted = reminded.with_facts(reminders=case.facts.reminders + 1)
    percent = str(mark.step) if mark.step else None
    noted = counted.with_event(EventKind.REMINDED, now, rule=rule, percent=percent)
    return noted.with_notice(rule, recipient, now, mark.step)


def _is_told(case: Case, key: str, mark: Mark) -> bool:
    """Whether this was told since the mark's working day began, as when admission came late."""
    last = case.told.get(key)
    return last is not None and last >= mark.day_from


def _escalate(case: Case, mark: Mark, now: datetime) -> Case:
    if mark.kind is MarkKind.OVERDUE:
        return _tell_overdue(case, mark, now)
    raised = case.changed().with_facts(escalations=case.facts.escalations + 1)
    if mark.ladder is Ladder.HAND_OVER:
        late = _raised_to_unit(raised).model_copy(update={"hand_over_late": True})
        return _told_to_unit(late, NoticeRule.HAND_OVER_BREACH, now)
    if is_visit_near(mark):
        near = _raised_to_unit(raised)
        noted = near.with_event(EventKind.ESCALATED, now, rule=NoticeRule.VISIT_NEAR)
        return noted.with_notice(NoticeRule.VISIT_NEAR, Recipient.COORDINATOR, now)
    if mark.ladder is Ladder.FIRST_RESPONSE:
        late = _raised_to_unit(raised).with_facts(first_response_breached=True)
        late = late.model_copy(update={"first_response_late": True})
        return _told_to_unit(late, NoticeRule.FIRST_RESPONSE_BREACH, now)
    rule = NoticeRule.RESOLUTION_BREACH
    noted = _raised_to_unit(raised).with_event(EventKind.ESCALATED, now, rule=rule)
    return _apologise(noted, mark, now).with_notice(rule, Recipient.UNIT_MANAGER, now)


def _told_to_unit(case: Case, rule: NoticeRule, now: datetime) -> Case:
    noted = case.with_event(EventKind.ESCALATED, now, rule=rule)
    told = noted.with_notice(rule, Recipient.COORDINATOR, now)
    return told.with_notice(rule, Recipient.UNIT_MANAGER, now)


def _tell_overdue(case: Case, mark: Mark, now: datetime) -> Case:
    rule = NoticeRule.RESOLUTION_OVERDUE
    if _is_told(case, rule, mark):
        return case.changed()
    top = case.changed(
        told={**case.told, rule: now}, escalation=Escalation.OPERATIONS, overdue_told=mark.step
    ).with_facts(escalations=case.facts.escalations + 1)
    noted = top.with_event(EventKind.ESCALATED, now, rule=rule, number=str(mark.step))
    told = noted.with_notice(rule, Recipient.OPERATIONS_MANAGER, now, mark.step)
    if told.breached:
        return _with_later_promise(told, mark, now)
    return _apologise(told, mark, now)


def _raised_to_unit(case: Case) -> Case:
    if case.escalation is not Escalation.NONE:
        return case
    return case.model_copy(update={"escalation": Escalation.UNIT})


def _apologise(case: Case, mark: Mark, now: datetime) -> Case:
    new_date = _date_ahead(case, mark, now)
    late = case.model_copy(update={"breached": True, "new_date": new_date})
    noted = late.with_facts(resolution_breached=True).with_event(
        EventKind.DELAYED, now, new_date=new_date.isoformat() if new_date else None
    )
    return noted.with_notice(NoticeRule.DELAY, Recipient.CITIZEN, now)


def _date_ahead(case: Case, mark: Mark, now: datetime) -> datetime | None:
    """Return the date *mark* promises, or a later mark's when that has come; None when all have."""
    ahead = case.plan.marks if case.plan else ()
    dates = (one.new_date for one in (mark, *ahead))
    return next((date for date in dates if date is not None and date > now), None)


def _with_later_promise(case: Case, mark: Mark, now: datetime) -> Case:
    """Move the promise once its date has come, as long as the plan has a later one."""
    if case.new_date is not None and case.new_date > now:
        return case
    new_date = _date_ahead(case, mark, now)
    if new_date is None:
        return case
    moved = case.model_copy(update={"new_date": new_date})
    return moved.with_notice(NoticeRule.MOVED_PROMISE, Recipient.CITIZEN, now)


def _patient_is_silent(case: Case, mark: Mark, now: datetime) -> Case:
    if mark.kind is MarkKind.SILENCE:
        return _remind_patient(case, mark, now)
    ended = ended_as(case, Outcome.NO_ANSWER, now)
    noted = ended.with_event(EventKind.RESOLVED, now, SYSTEM, outcome=Outcome.NO_ANSWER)
    return noted.with_notice(NoticeRule.OUTCOME, Recipient.CITIZEN, now)


def _remind_patient(case: Case, mark: Mark, now: datetime) -> Case:
    rule = NoticeRule.PATIENT_SILENCE
    if _is_told(case, rule, mark):
        return case.changed()
    reminded = case.changed(told={**case.told, rule: now})
    noted = reminded.with_event(EventKind.PATIENT_REMINDED, now, days=str(mark.step))
    return noted.with_notice(rule, Recipient.CITIZEN, now, mark.step)


def _overtake(case: Case, now: datetime) -> Case:
    ended = ended_as(case, Outcome.OVERTAKEN, now)
    noted = ended.with_event(EventKind.OVERTAKEN, now, outcome=Outcome.OVERTAKEN)
    told = noted.with_notice(NoticeRule.OUTCOME, Recipient.CITIZEN, now)
    return told.with_notice(NoticeRule.VISIT_OVERTAKEN, Recipient.UNIT_MANAGER, now)
