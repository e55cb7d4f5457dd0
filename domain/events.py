"""What has happened to a case: events in order, each chained to the one before by a hash."""

import hashlib
import json
from datetime import UTC
from enum import StrEnum

from pydantic import AwareDatetime, Field

from domain.actors import ActorKind
from domain.model import Model


class EventKind(StrEnum):
    RECEIVED = "received"
    ADMITTED = "admitted"
    UNDELIVERABLE = "undeliverable"
    REJECTED = "rejected"
    TAKEN = "taken"
    RETURNED = "returned"
    ASSIGNED = "assigned"
    TRANSFERRED = "transferred"
    PATIENT_ASKED = "patient_asked"
    PATIENT_ANSWERED = "patient_answered"
    REPLIED = "replied"
    NOTED = "noted"
    MARKED_URGENT = "marked_urgent"
    MERGED = "merged"
    ABSORBED = "absorbed"
    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"
    REOPENED = "reopened"
    OVERTAKEN = "overtaken"
    REMINDED = "reminded"
    ESCALATED = "escalated"
    PATIENT_REMINDED = "patient_reminded"
    DELAYED = "delayed"
    REFUSED = "refused"
    CLOSED = "closed"


SEEN_BY_CITIZEN = frozenset(EventKind) - {
    EventKind.NOTED,
    EventKind.REFUSED,
    EventKind.REMINDED,
    EventKind.ESCALATED,
    EventKind.MARKED_URGENT,
    EventKind.RETURNED,
    EventKind.ASSIGNED,
}
"""The timeline of a citizen: nothing internal to the unit."""


class EventActor(Model):
    """Who did it: kind, id and, for staff, the commission used."""

    kind: ActorKind
    id: str
    commission: str | None = None
    unit: str | None = None


class Event(Model):
    """One thing that happened. `seq` counts from 1 within the case; `at` is workflow time, UTC.

    `action_id` names the message it came from; `hash` covers all of it and the hash before.
    """

    seq: int
    at: AwareDatetime
    kind: EventKind
    actor: EventActor
    action_id: str | None = None
    detail: dict[str, str] = Field(default_factory=dict)
    hash: str = ""


def chained(event: Event, before: str) -> Event:
    """Return *event* with its hash, which also covers *before*, the hash of the event before it.

    SHA-256 in hex over the previous hash and the event as JSON with sorted keys and its instant
    in UTC, so that an event read back from any store hashes the same. Any edit, swap or
    deletion breaks every later link.
    """
    told = event.model_dump(mode="json", exclude={"at", "hash"})
    told["at"] = event.at.astimezone(UTC).isoformat()
    body = json.dumps(told, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(f"{before}\n{body}".encode()).hexdigest()
    return event.model_copy(update={"hash": digest})


def is_unbroken(events: tuple[Event, ...]) -> bool:
    """Whether *events*, from the first on, are gapless and every hash fits."""
    before = ""
    for position, event in enumerate(events, start=1):
        if event.seq != position or chained(event, before).hash != event.hash:
            return False
        before = event.hash
    return True
