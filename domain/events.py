"""What has happened to a case: events in order, each chained to the one before by a hash."""

import hashlib
import hmac
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
    HANDED_OVER = "handed_over"
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
    PROTECTION_CHANGED = "protection_changed"


SEEN_BY_CITIZEN = frozenset(EventKind) - {
    EventKind.NOTED,
    EventKind.REFUSED,
    EventKind.REMINDED,
    EventKind.ESCALATED,
    EventKind.MARKED_URGENT,
    EventKind.RETURNED,
    EventKind.ASSIGNED,
    EventKind.HANDED_OVER,
    EventKind.PROTECTION_CHANGED,
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
    `salt` is the case's, empty for one that was started without. `digest` is set when the event
    was erased, and stands for what it said; it is empty if there was no salt to make it with.
    """

    seq: int
    at: AwareDatetime
    kind: EventKind
    actor: EventActor
    action_id: str | None = None
    detail: dict[str, str] = Field(default_factory=dict)
    hash: str = ""
    salt: str = ""
    digest: str | None = None


def digest_of(event: Event) -> str:
    """Return what stands in the chain for a salted event: HMAC-SHA256 of all it says, in hex.

    Without the salt, which goes when the event is erased, a guess at a short text cannot be
    tried against it. Empty for an event without a salt.
    """
    if event.digest is not None:
        return event.digest
    body = _body_of(event).encode()
    return hmac.new(event.salt.encode(), body, hashlib.sha256).hexdigest() if event.salt else ""


def erased(event: Event) -> Event:
    """Return what is left of *event*: when, of what kind, by which kind of actor, and its links."""
    return event.model_copy(
        update={
            "actor": EventActor(kind=event.actor.kind, id=""),
            "action_id": None,
            "detail": {},
            "salt": "",
            "digest": digest_of(event),
        }
    )


def chained(event: Event, before: str) -> Event:
    """Return *event* with its hash, which also covers *before*, the hash of the event before it.

    SHA-256 in hex over the previous hash and the digest of the event, or the event itself where
    it has no salt. Any edit, swap or deletion breaks every later link. The link of an event
    erased without a salt cannot be made again: it is left, and its erasure proof covers it.
    """
    if not event.salt and event.digest == "":
        return event
    link = digest_of(event) or _body_of(event)
    return event.model_copy(
        update={"hash": hashlib.sha256(f"{before}\n{link}".encode()).hexdigest()}
    )


def _body_of(event: Event) -> str:
    """Return the event as JSON with sorted keys and its instant in UTC: the same from any store."""
    told = event.model_dump(mode="json", exclude={"at", "hash", "salt", "digest"})
    told["at"] = event.at.astimezone(UTC).isoformat()
    return json.dumps(told, sort_keys=True, separators=(",", ":"))


def is_unbroken(events: tuple[Event, ...]) -> bool:
    """Whether *events*, from the first on, are gapless and every hash fits.

    Either none or all are erased; that an erasure was decided is for its proof to say.
    """
    if not _is_as_one(events):
        return False
    before = ""
    for position, event in enumerate(events, start=1):
        if event.seq != position or chained(event, before).hash != event.hash:
            return False
        before = event.hash
    return True


def _is_as_one(events: tuple[Event, ...]) -> bool:
    gone = [event for event in events if event.digest is not None]
    return not gone or (len(gone) == len(events) and all(event == erased(event) for event in gone))
