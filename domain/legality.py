"""Who may send which message, and when it is lawful (the message table of design section 4)."""

from enum import StrEnum

from domain.actors import Actor, ActorKind
from domain.authority import chooses_freely, has_authority, prepares
from domain.case import Case
from domain.handing_over import finds_a_decider, names_a_holder
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
from domain.protection import handles, is_entrusted
from domain.vocabulary import OPEN_STATES, CaseState


class Refusal(StrEnum):
    """Why a message has no effect. These words are also the codes of the HTTP contract."""

    CASE_CLOSED = "case_closed"
    NOT_LAWFUL_NOW = "not_lawful_now"
    ALREADY_TAKEN = "already_taken"
    NOT_ASSIGNED_TO_YOU = "not_assigned_to_you"
    NOT_PERMITTED = "not_permitted"
    AUTHORITY_MISSING = "authority_missing"
    STALE = "stale"
    ACTION_ID_REUSED = "action_id_reused"
    COLLEAGUE_LACKS_ROLE = "colleague_lacks_role"
    NO_DECIDER = "no_decider"
    DISCLOSURE_REQUIRED = "disclosure_required"
    OUTCOME_INCOMPLETE = "outcome_incomplete"
    MERGE_REFUSED = "merge_refused"


_WITH_STAFF = frozenset({CaseState.QUEUED, CaseState.ASSIGNED, CaseState.AWAITING_PATIENT})
_IN_HAND = frozenset({CaseState.ASSIGNED, CaseState.AWAITING_PATIENT})

LAWFUL_IN: dict[type[AnyMessage], frozenset[CaseState]] = {
    Take: frozenset({CaseState.QUEUED}),
    Return: frozenset({CaseState.ASSIGNED}),
    Assign: _WITH_STAFF,
    Transfer: OPEN_STATES - {CaseState.RECEIVED},
    AskPatient: _IN_HAND,
    Answer: _WITH_STAFF,
    Reply: _IN_HAND,
    Note: OPEN_STATES,
    MarkUrgent: OPEN_STATES,
    Merge: OPEN_STATES,
    Resolve: _IN_HAND,
    HandOver: frozenset({CaseState.ASSIGNED}),
    Withdraw: OPEN_STATES,
    Reopen: frozenset({CaseState.RESOLVED}),
}


def judge(case: Case, message: AnyMessage) -> Refusal | None:
    """Return why *message* may not take effect on *case* now, or None when it may."""
    if case.is_over:
        return Refusal.CASE_CLOSED
    if message.expected_rev is not None and message.expected_rev != case.rev:
        return Refusal.STALE
    if not is_entrusted(case, message) or not _may_ever(case, message):
        return Refusal.NOT_PERMITTED
    if case.merging is not None or case.state not in LAWFUL_IN[type(message)]:
        return _wrong_state(case, message)
    return _wrong_hands(case, message) or _wrong_content(case, message)


def judge_sender(case: Case, message: AnyMessage) -> Refusal | None:
    """Return why no *message* of its kind and sender may take effect now, whatever it says.

    The right comes before the state here: who may never send it is told so of a closed case too.
    """
    if not is_entrusted(case, message) or not _may_ever(case, message):
        return Refusal.NOT_PERMITTED
    if case.is_over:
        return Refusal.CASE_CLOSED
    if message.expected_rev is not None and message.expected_rev != case.rev:
        return Refusal.STALE
    if case.merging is not None or case.state not in LAWFUL_IN[type(message)]:
        return _wrong_state(case, message)
    return _wrong_hands(case, message)


def _wrong_state(case: Case, message: AnyMessage) -> Refusal:
    is_taken = case.is_open and case.assigned_to is not None and case.merging is None
    if isinstance(message, Take) and is_taken:
        return Refusal.ALREADY_TAKEN
    return Refusal.NOT_LAWFUL_NOW


def _may_ever(case: Case, message: AnyMessage) -> bool:
    actor = message.actor
    match message:
        case Answer() | Withdraw():
            return _is_patient(case, actor)
        case Reopen():
            return _is_patient(case, actor) or _holds_role(case, actor)
        case Assign():
            return _leads(case, actor)
        case Transfer() | Return() | Merge():
            return _holds_role(case, actor) or _moves(case, message)
        case _:
            return _holds_role(case, actor) or prepares(case, actor)


def _moves(case: Case, message: Transfer | Return | Merge) -> bool:
    """Whether one without the case's role may do this all the same."""
    actor = message.actor
    match message:
        case Transfer():
            return _leads(case, actor) or _operates(case, actor)
        case Return():
            return _leads(case, actor) or prepares(case, actor)
        case Merge():
            return False


def _wrong_hands(case: Case, message: AnyMessage) -> Refusal | None:
    is_assignee = message.actor.id == case.assigned_to
    match message:
        case AskPatient() | Reply() | Resolve() | HandOver() if not is_assignee:
            return Refusal.NOT_ASSIGNED_TO_YOU
        case Take() | HandOver() if _goes_astray(case, message):
            return Refusal.NOT_LAWFUL_NOW
        case Return() if not (is_assignee or _leads(case, message.actor)):
            return Refusal.NOT_ASSIGNED_TO_YOU
        case Reopen() if case.route is None:
            return Refusal.NOT_LAWFUL_NOW
        case Merge() if message.into == case.submission.case_id:
            return Refusal.NOT_LAWFUL_NOW
        case _:
            return None


def _goes_astray(case: Case, message: Take | HandOver) -> bool:
    """Whether who decides would hand the case over, or another take what waits for a decider.

    A handler stands in for the role without being licensed for what it decides.
    """
    decides = _holds_role(case, message.actor) and chooses_freely(case, message.actor)
    return decides if isinstance(message, HandOver) else case.waits_for_decider and not decides


def _wrong_content(case: Case, message: AnyMessage) -> Refusal | None:
    match message:
        case Assign() if not _suits(case, message):
            return Refusal.COLLEAGUE_LACKS_ROLE
        case Transfer() if _leaves_provider(case, message) and message.disclosure is None:
            return Refusal.DISCLOSURE_REQUIRED
        case Resolve() if not message.is_complete():
            return Refusal.OUTCOME_INCOMPLETE
        case Resolve() if not _may_choose(case, message):
            return Refusal.AUTHORITY_MISSING
        case HandOver():
            return _wrong_receiver(case, message)
        case _:
            return None


def _wrong_receiver(case: Case, message: HandOver) -> Refusal | None:
    if not names_a_holder(case, message):
        return Refusal.COLLEAGUE_LACKS_ROLE
    return None if finds_a_decider(case, message) else Refusal.NO_DECIDER


def _is_patient(case: Case, actor: Actor) -> bool:
    ours = {case.submission.patient, case.submission.submitted_by}
    return actor.kind is ActorKind.CITIZEN and actor.id in ours


def _holds_role(case: Case, actor: Actor) -> bool:
    holds = case.route is not None and actor.holds(case.route.role, case.route.unit)
    return holds or handles(case, actor)


def _leads(case: Case, actor: Actor) -> bool:
    rules = case.admission.rules if case.admission else None
    if rules is None or actor.kind is not ActorKind.STAFF:
        return False
    if handles(case, actor):
        return True
    leading = {rules.system_roles.coordinator, rules.system_roles.unit_manager}
    if case.route is None:
        return not leading.isdisjoint(actor.roles)
    return actor.unit == case.route.unit and not leading.isdisjoint(actor.roles)


def _operates(case: Case, actor: Actor) -> bool:
    rules = case.admission.rules if case.admission else None
    holds = rules is not None and rules.system_roles.operations in actor.roles
    return actor.kind is ActorKind.OPERATIONS or (actor.kind is ActorKind.STAFF and holds)


def _suits(case: Case, message: Assign) -> bool:
    colleague, route = message.colleague, case.route
    if colleague is None or route is None or colleague.id != message.to:
        return False
    return colleague.unit == route.unit and route.role in colleague.roles


def _leaves_provider(case: Case, message: Transfer) -> bool:
    target = message.destination.route.provider
    return case.route is not None and target != case.route.provider


def _may_choose(case: Case, message: Resolve) -> bool:
    """Whether the outcome is the sender's to choose; one who only prepares chooses none."""
    actor = message.actor
    return _holds_role(case, actor) and has_authority(case, actor, message.outcome)
