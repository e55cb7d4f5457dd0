"""A hand-over: what was prepared goes to those who decide, and waits for one of them to take it."""

from datetime import datetime

from domain.authority import may_decide
from domain.case import Case
from domain.clocks import ClockChange
from domain.events import EventKind
from domain.messages import HandOver, Route
from domain.notices import NoticeRule, Recipient
from domain.vocabulary import CaseState


def target_of(case: Case, message: HandOver) -> Route | None:
    """Return where a hand-over leads: the role that decides, at the case's unit; None if unknown.

    What the sender looked up counts; without it the case's own role, where that one decides.
    """
    rules = case.admission.rules if case.admission else None
    route, found = case.route, message.destination
    if rules is None or route is None:
        return None
    if found is not None:
        return found.route if found.has_holder and found.route.unit == route.unit else None
    return route if route.role == rules.role else None


def names_a_holder(case: Case, message: HandOver) -> bool:
    """Whether the named colleague was looked up and holds the role that decides; none is named."""
    colleague, target = message.colleague, target_of(case, message)
    if message.to is None:
        return True
    if colleague is None or target is None or colleague.id != message.to:
        return False
    return colleague.unit == target.unit and target.role in colleague.roles


def finds_a_decider(case: Case, message: HandOver) -> bool:
    """Whether somebody may decide where the hand-over leads, so that it is not left to nobody."""
    if target_of(case, message) is None:
        return False
    return message.colleague is None or may_decide(case, message.colleague)


def hand_over(case: Case, message: HandOver, at: datetime) -> Case:
    """Return *case* in the queue of those who decide, or with the colleague named for it.

    Both clocks go on as they are; a case in the queue also gets the hand-over's own time.
    """
    named = message.to
    handed = case.changed(
        state=CaseState.ASSIGNED if named else CaseState.QUEUED,
        assigned_to=named,
        route=target_of(case, message),
        prepared_by=message.actor.id,
        handed_over_at=at,
        waits_for_decider=named is None,
        hand_over_late=False,
    ).with_event(
        EventKind.HANDED_OVER, at, message.actor, message.action_id, to=named, note=message.note
    )
    if named:
        return handed.with_notice(NoticeRule.HANDED_OVER, Recipient.OWNER, at)
    told = handed.turned(ClockChange.HANDED_OVER, at)
    return told.with_notice(NoticeRule.HANDED_OVER, Recipient.ROLE, at)


def hand_over_ended(case: Case) -> Case:
    """Return *case* no longer waiting for somebody to take what was handed over."""
    if not case.waits_for_decider:
        return case
    return case.model_copy(update={"waits_for_decider": False, "hand_over_late": False})
