"""The action ids a case has seen, with what it answered: a message takes effect once."""

import hashlib

from domain.legality import Refusal
from domain.messages import AnyMessage, content_of
from domain.model import Model

REMEMBERED = 500


class Seen(Model):
    """One answered message: a digest of what was asked, and the refusal or the rev it led to."""

    digest: str
    refusal: Refusal | None
    rev: int


def digest_of(message: AnyMessage) -> str:
    """Return SHA-256, in hex, of what makes two messages the same."""
    return hashlib.sha256(content_of(message).encode()).hexdigest()


def earlier_answer(seen: dict[str, Seen], message: AnyMessage) -> Seen | None:
    """Return what this action id was answered before, or None when it is new.

    An id that came with another message is answered `action_id_reused`, whatever it did before.
    """
    earlier = seen.get(message.action_id)
    if earlier is None or earlier.digest == digest_of(message):
        return earlier
    return earlier.model_copy(update={"refusal": Refusal.ACTION_ID_REUSED})


def refused_later(seen: dict[str, Seen], action_id: str, refusal: Refusal) -> dict[str, Seen]:
    """Return *seen* with the answer that came after the message was taken in: a refusal."""
    answer = seen.get(action_id)
    if answer is None:
        return seen
    return {**seen, action_id: answer.model_copy(update={"refusal": refusal})}


def remembered(seen: dict[str, Seen], message: AnyMessage, answer: Seen) -> dict[str, Seen]:
    """Return *seen* with this answer, the oldest forgotten beyond the last 500."""
    grown = {**seen, message.action_id: answer}
    surplus = len(grown) - REMEMBERED
    return dict(list(grown.items())[surplus:]) if surplus > 0 else grown
