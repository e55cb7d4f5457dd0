"""What clients meant and were told: against it stands, at the end, what the service has kept."""

from dataclasses import dataclass, field

from domain.events import EventKind

EVENT_OF = {
    "take": EventKind.TAKEN,
    "ask-patient": EventKind.PATIENT_ASKED,
    "answer": EventKind.PATIENT_ANSWERED,
    "transfer": EventKind.TRANSFERRED,
    "hand-over": EventKind.HANDED_OVER,
    "resolve": EventKind.RESOLVED,
}
"""The event of each message that the play sends."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message to a case; `action_id` is the idempotency key it was sent with."""

    case_id: str
    action_id: str
    event: EventKind


@dataclass(slots=True)
class Ledger:
    """Kept in memory: the process that holds it is the only one that nobody kills.

    `undecided` are keys whose callers gave up without an answer: they may or may not have had
    their effect.
    """

    cases: dict[str, str] = field(default_factory=dict)
    """The case that each accepted submission led to, by its key."""
    messages: list[Message] = field(default_factory=list)
    """Those that were answered with a yes."""
    refused: set[str] = field(default_factory=set)
    """The keys of messages that were answered with a no."""
    undecided: set[str] = field(default_factory=set)

    def resolved(self) -> int:
        """Return how many cases have been given an outcome by a person."""
        return sum(message.event is EventKind.RESOLVED for message in self.messages)
