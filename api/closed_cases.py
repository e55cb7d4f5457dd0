"""Answers messages to a case whose workflow has ended, from what its events say."""

from api.problems import ProblemError
from domain.events import Event, EventKind
from domain.legality import Refusal
from domain.messages import AnyMessage
from domain.projection import Snapshot
from domain.vocabulary import CaseState

OVER = frozenset({CaseState.CLOSED, CaseState.REJECTED})

_TOLD_AS = {
    "take": EventKind.TAKEN,
    "return": EventKind.RETURNED,
    "assign": EventKind.ASSIGNED,
    "transfer": EventKind.TRANSFERRED,
    "ask_patient": EventKind.PATIENT_ASKED,
    "answer": EventKind.PATIENT_ANSWERED,
    "reply": EventKind.REPLIED,
    "note": EventKind.NOTED,
    "mark_urgent": EventKind.MARKED_URGENT,
    "merge": EventKind.MERGED,
    "resolve": EventKind.RESOLVED,
    "hand_over": EventKind.HANDED_OVER,
    "withdraw": EventKind.WITHDRAWN,
    "reopen": EventKind.REOPENED,
}


def answer_from_record(snapshot: Snapshot, message: AnyMessage) -> Snapshot:
    """Return the case when it once took in *message*.

    Raises `ProblemError`: 409 `case_closed` for a new action id, `action_id_reused` for one that
    came with another message, and what was answered then for one that was refused.
    """
    known = [event for event in snapshot.events if event.action_id == message.action_id]
    if not known:
        raise ProblemError(Refusal.CASE_CLOSED)
    event = known[0]
    if event.kind is EventKind.REFUSED and event.detail.get("message") == message.kind:
        raise ProblemError(event.detail["code"])
    if not _tells_of(event, message):
        raise ProblemError(Refusal.ACTION_ID_REUSED)
    return snapshot


def _tells_of(event: Event, message: AnyMessage) -> bool:
    is_same_text = all(
        event.detail.get(name) == getattr(message, name, None)
        for name in ("text", "reason", "into", "note")
    )
    is_same_sender = event.actor.id == message.actor.id
    return event.kind is _TOLD_AS[message.kind] and is_same_sender and is_same_text
