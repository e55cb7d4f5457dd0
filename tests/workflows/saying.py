"""The messages that workflow tests send."""

from itertools import count

from domain.actors import Actor
from domain.messages import (
    Answer,
    AskPatient,
    Documented,
    HandOver,
    MarkUrgent,
    Note,
    Reopen,
    Reply,
    Resolve,
    Take,
    Withdraw,
)
from domain.vocabulary import Outcome
from tests.workflows.people import PATIENT_ACTOR, PHYSICIAN, PREPARER

_actions = count(1)


def new_id() -> str:
    """Return an action id no other message has."""
    return f"action-{next(_actions)}"


def take(actor: Actor = PHYSICIAN) -> Take:
    return Take(action_id=new_id(), actor=actor)


def ask(text: str = "Since when?") -> AskPatient:
    return AskPatient(action_id=new_id(), actor=PHYSICIAN, text=text)


def answer(text: str = "Since May.") -> Answer:
    return Answer(action_id=new_id(), actor=PATIENT_ACTOR, text=text)


def reply(text: str = "We look into it.") -> Reply:
    return Reply(action_id=new_id(), actor=PHYSICIAN, text=text)


def note(text: str = "Called the pharmacy.") -> Note:
    return Note(action_id=new_id(), actor=PHYSICIAN, text=text)


def urgent() -> MarkUrgent:
    return MarkUrgent(action_id=new_id(), actor=PHYSICIAN, reason="Worse")


def resolve(outcome: Outcome = Outcome.APPROVED, text: str | None = None) -> Resolve:
    return Resolve(
        action_id=new_id(),
        actor=PHYSICIAN,
        outcome=outcome,
        text=text,
        documented_in_record=Documented.YES,
        qualified_contact=False,
    )


def hand_over(actor: Actor = PREPARER, note: str = "Last checked in May.") -> HandOver:
    return HandOver(action_id=new_id(), actor=actor, note=note)


def withdraw(actor: Actor = PATIENT_ACTOR) -> Withdraw:
    return Withdraw(action_id=new_id(), actor=actor)


def reopen(actor: Actor = PATIENT_ACTOR) -> Reopen:
    return Reopen(action_id=new_id(), actor=actor)
