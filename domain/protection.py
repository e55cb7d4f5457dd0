"""Protected identity that begins or ends while a case goes on, and whose hands it is in [L10]."""

from datetime import datetime

from pydantic import AwareDatetime

from domain.actors import SYSTEM, Actor, ActorKind
from domain.admission import Undeliverable
from domain.case import Case
from domain.clocks import ClockChange
from domain.events import EventKind
from domain.handing_over import hand_over_ended
from domain.messages import AnyMessage, Transfer
from domain.model import Model
from domain.notices import NoticeRule, Recipient
from domain.vocabulary import CaseState, Flag


class Protection(Model):
    """What the register says of a case's patient, looked up at `at`.

    `handlers` are the HSA-ids of those who may handle this patient's case at `unit`, where the
    case lay then. News without a unit says nothing of there being none.
    """

    protected: bool
    at: AwareDatetime
    unit: str | None = None
    handlers: tuple[str, ...] = ()


def protect(case: Case, news: Protection, now: datetime) -> Case:
    """Return *case* after *news*; what is old, known or of no concern changes nothing.

    A protected case that somebody else has is handed to the first handler, and one that waits in
    the queue is told to all of them. Where there is none it is undeliverable, as at admission.
    """
    admission, heard = case.admission, case.protection_heard_at
    if admission is None or case.is_over or admission.protected is news.protected:
        return case
    if heard is not None and news.at <= heard:
        return case
    others = tuple(flag for flag in admission.flags if flag is not Flag.PROTECTED_IDENTITY)
    known = admission.model_copy(
        update={
            "protected": news.protected,
            "named_only": news.protected,
            "flags": (*others, Flag.PROTECTED_IDENTITY) if news.protected else others,
        }
    )
    changed = case.changed(admission=known, protection_heard_at=news.at).with_event(
        EventKind.PROTECTION_CHANGED, now, protected=str(news.protected).lower()
    )
    return _into_their_hands(changed, news, now) if news.protected else changed


def _into_their_hands(case: Case, news: Protection, now: datetime) -> Case:
    handlers, is_here = news.handlers, case.route is not None and case.route.unit == news.unit
    if not case.is_open or not (is_here or news.unit is None):
        return case
    if not handlers:
        return _left_to_nobody(case, now) if is_here else case
    if case.state is CaseState.QUEUED:
        return case.with_notice(NoticeRule.NEW_CASE, Recipient.ROLE, now)
    if case.assigned_to is None or case.assigned_to in handlers:
        return case
    given = case.model_copy(update={"assigned_to": handlers[0]})
    told = given.with_event(EventKind.ASSIGNED, now, SYSTEM, None, to=handlers[0])
    return told.with_notice(NoticeRule.ASSIGNED_TO_YOU, Recipient.OWNER, now)


def _left_to_nobody(case: Case, now: datetime) -> Case:
    """Return *case* out of the hands of who may not see it any more; its clocks go on."""
    if case.state is CaseState.UNDELIVERABLE or case.admission is None:
        return case
    reason = Undeliverable.NO_HOLDER
    stuck = hand_over_ended(case).model_copy(
        update={
            "state": CaseState.UNDELIVERABLE,
            "stranded": True,
            "assigned_to": None,
            "asked_at": None,
            "admission": case.admission.model_copy(update={"undeliverable": reason}),
        }
    )
    told = stuck.with_event(EventKind.UNDELIVERABLE, now, reason=reason)
    told = told.with_notice(NoticeRule.UNDELIVERABLE, Recipient.COORDINATOR, now)
    return told.turned(ClockChange.MOVED, now, moved_from=case.calendar)


def handles(case: Case, actor: Actor) -> bool:
    """Whether *actor* is one of those who handle protected patients' cases where this case lies.

    They stand in for every role there and lead such cases; the right to decide stays a matter of
    licence.
    """
    is_named = actor.kind is ActorKind.STAFF and actor.handles_protected
    return is_named and case.route is not None and actor.unit == case.route.unit


def is_entrusted(case: Case, message: AnyMessage) -> bool:
    """Whether the sender may touch the case at all, as far as its protection goes.

    Of staff only those who handle it, but for a transfer out of nowhere, which whoever runs the
    system does unseen. A case admitted before units named handlers goes by roles.
    """
    actor = message.actor
    if actor.kind is not ActorKind.STAFF or not case.is_for_handlers_only:
        return True
    is_stuck = case.state is CaseState.UNDELIVERABLE
    return handles(case, actor) or (is_stuck and isinstance(message, Transfer))
