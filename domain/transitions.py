"""What a lawful message does to a case. Never refuses, never raises: `judge` has said yes."""

from datetime import datetime

from domain.admission import Admission
from domain.case import Case
from domain.clocks import ClockChange
from domain.events import EventKind
from domain.handing_over import hand_over, hand_over_ended
from domain.messages import (
    Answer,
    AnyMessage,
    AskPatient,
    Assign,
    HandOver,
    MarkUrgent,
    Merge,
    Note,
    Reopen,
    Reply,
    Resolve,
    Return,
    Take,
    Transfer,
    Withdraw,
)
from domain.notices import NoticeRule, Recipient
from domain.vocabulary import CaseState, Escalation, Flag, Outcome, Urgency


def apply(case: Case, message: AnyMessage, at: datetime) -> Case:
    """Return *case* after *message*, judged lawful, took effect at *at*."""
    applied = _applied(case, message, at)
    is_alarming = isinstance(message, Answer | Withdraw | Reopen) and message.red_flag_words
    return applied.with_flag(Flag.RED_FLAG_WORDS) if is_alarming else applied


def _applied(case: Case, message: AnyMessage, at: datetime) -> Case:
    match message:
        case Take() | Return() | Assign() | HandOver():
            return _hand(case, message, at)
        case Transfer():
            return _transfer(case, message, at)
        case AskPatient() | Answer() | Reply() | Note():
            return _speak(case, message, at)
        case MarkUrgent():
            return _mark_urgent(case, message, at)
        case Merge() | Resolve() | Withdraw():
            return _end(case, message, at)
        case Reopen():
            return _reopen(case, message, at)


def _hand(case: Case, message: Take | Return | Assign | HandOver, at: datetime) -> Case:
    match message:
        case Take():
            taken = hand_over_ended(case).changed(
                state=CaseState.ASSIGNED, assigned_to=message.actor.id
            )
            return _event(_first_taken(taken, at), EventKind.TAKEN, message, at)
        case Return():
            returned = case.changed(state=CaseState.QUEUED, assigned_to=None)
            counted = returned.with_facts(returns=case.facts.returns + 1)
            noted = _event(counted, EventKind.RETURNED, message, at)
            return noted.turned(ClockChange.RETURNED, at)
        case Assign():
            is_new = case.state is CaseState.QUEUED
            state = CaseState.ASSIGNED if is_new else case.state
            given = hand_over_ended(case).changed(state=state, assigned_to=message.to)
            noted = _event(_first_taken(given, at), EventKind.ASSIGNED, message, at, to=message.to)
            return noted.with_notice(NoticeRule.ASSIGNED_TO_YOU, Recipient.OWNER, at)
        case HandOver():
            return hand_over(case, message, at)


def _transfer(case: Case, message: Transfer, at: datetime) -> Case:
    destination = message.destination
    delivered = destination.has_holder
    moved = (
        hand_over_ended(case)
        .changed(
            state=CaseState.QUEUED if delivered else CaseState.UNDELIVERABLE,
            stranded=not delivered,
            assigned_to=None,
            asked_at=None,
            route=destination.route,
            calendar=destination.calendar,
        )
        .with_facts(
            transfers=case.facts.transfers + 1,
            queued_at=case.facts.queued_at or (at if delivered else None),
        )
    )
    told = _event(
        moved,
        EventKind.TRANSFERRED,
        message,
        at,
        unit=destination.route.unit,
        role=destination.route.role,
        disclosure=message.disclosure,
    ).turned(ClockChange.MOVED, at, moved_from=case.calendar)
    if not delivered:
        told = told.with_notice(NoticeRule.UNDELIVERABLE, Recipient.COORDINATOR, at)
    return told.with_notice(NoticeRule.MOVED_PROMISE, Recipient.CITIZEN, at)


def _speak(case: Case, message: AskPatient | Answer | Reply | Note, at: datetime) -> Case:
    match message:
        case AskPatient():
            waits = case.is_paused
            asked = case.changed(state=CaseState.AWAITING_PATIENT, asked_at=at)
            spoken = _event(_responded(asked, at), EventKind.PATIENT_ASKED, message, at)
            change = ClockChange.ASKED_AGAIN if waits else ClockChange.PAUSED
            return spoken.turned(change, at).with_notice(NoticeRule.QUESTION, Recipient.CITIZEN, at)
        case Answer():
            return _answer(case, message, at)
        case Reply():
            spoken = _event(_responded(case.changed(), at), EventKind.REPLIED, message, at)
            return spoken.with_notice(NoticeRule.REPLY, Recipient.CITIZEN, at)
        case Note():
            return _event(case.changed(), EventKind.NOTED, message, at)


def _answer(case: Case, message: Answer, at: datetime) -> Case:
    answered = case.changed()
    if case.is_paused:
        ended = answered.model_copy(update={"state": CaseState.ASSIGNED, "asked_at": None})
        answered = ended.turned(ClockChange.RESUMED, at)
    recipient = Recipient.OWNER if case.assigned_to else Recipient.ROLE
    return _event(answered, EventKind.PATIENT_ANSWERED, message, at).with_notice(
        NoticeRule.PATIENT_ANSWERED, recipient, at
    )


def _mark_urgent(case: Case, message: MarkUrgent, at: datetime) -> Case:
    urgent = _event(case.changed(urgency=Urgency.URGENT), EventKind.MARKED_URGENT, message, at)
    recipient = Recipient.OWNER if case.assigned_to else Recipient.ROLE
    return urgent.turned(ClockChange.MADE_URGENT, at).with_notice(
        NoticeRule.MARKED_URGENT, recipient, at
    )


def _end(case: Case, message: Merge | Resolve | Withdraw, at: datetime) -> Case:
    match message:
        case Merge():
            return case.changed(merging=message)
        case Resolve():
            ended = _responded(ended_as(case, message.outcome, at), at).with_facts(
                qualified_contact=message.qualified_contact,
                documented_in_record=message.documented_in_record,
            )
            told = _event(ended, EventKind.RESOLVED, message, at, outcome=message.outcome)
            return told.with_notice(NoticeRule.OUTCOME, Recipient.CITIZEN, at)
        case Withdraw():
            ended = ended_as(case, Outcome.WITHDRAWN, at)
            told = _event(ended, EventKind.WITHDRAWN, message, at, outcome=Outcome.WITHDRAWN)
            if case.assigned_to is None:
                return told
            return told.with_notice(NoticeRule.PATIENT_WITHDREW, Recipient.OWNER, at)


def ended_as(case: Case, outcome: Outcome, at: datetime) -> Case:
    """Return *case* resolved with *outcome*; its clocks stop and its reopening days begin."""
    ended = hand_over_ended(case).changed(state=CaseState.RESOLVED, outcome=outcome, asked_at=None)
    return ended.with_facts(resolved_at=at).turned(ClockChange.STOPPED, at)


def _reopen(case: Case, message: Reopen, at: datetime) -> Case:
    reopened = case.changed(
        state=CaseState.UNDELIVERABLE if case.stranded else CaseState.QUEUED,
        outcome=None,
        assigned_to=None,
        new_date=None,
        admission=_without_past_visit(case, at),
        first_response_late=False,
        breached=False,
        overdue_told=0,
        escalation=Escalation.NONE,
    ).with_facts(resolved_at=None, reopens=case.facts.reopens + 1)
    told = _event(reopened, EventKind.REOPENED, message, at).turned(ClockChange.REOPENED, at)
    if case.stranded:
        told = told.with_notice(NoticeRule.UNDELIVERABLE, Recipient.COORDINATOR, at)
    return told


def _without_past_visit(case: Case, at: datetime) -> Admission | None:
    admission = case.admission
    if admission is None or admission.visit_at is None or at < admission.visit_at:
        return admission
    flags = tuple(flag for flag in admission.flags if flag is not Flag.NO_TIME_BEFORE_VISIT)
    return admission.model_copy(update={"visit_at": None, "flags": flags})


def _first_taken(case: Case, at: datetime) -> Case:
    return case.with_facts(first_taken_at=case.facts.first_taken_at or at)


def _responded(case: Case, at: datetime) -> Case:
    return case.with_facts(first_response_at=case.facts.first_response_at or at)


def _event(
    case: Case, kind: EventKind, message: AnyMessage, at: datetime, **detail: str | None
) -> Case:
    text = getattr(message, "text", None)
    reason = getattr(message, "reason", None)
    return case.with_event(
        kind, at, message.actor, message.action_id, text=text, reason=reason, **detail
    )


def noted_refusal(
    case: Case, message: AnyMessage, refusal: str, at: datetime, why: str | None = None
) -> Case:
    """Return *case* with a refused message on record; nothing else changes."""
    return case.changed().with_event(
        EventKind.REFUSED,
        at,
        message.actor,
        message.action_id,
        message=message.kind,
        code=refusal,
        why=why,
    )
