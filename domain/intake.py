"""Taking messages in: each has its effect once, or is refused, and is answered the same again."""

from dataclasses import dataclass
from datetime import datetime

from domain.case import Case
from domain.legality import Refusal, judge
from domain.messages import AnyMessage
from domain.seen import Seen, digest_of, earlier_answer, remembered
from domain.transitions import apply, noted_refusal


@dataclass(frozen=True, slots=True)
class Intake:
    """A case and its memory after a message, with the answer the message got."""

    case: Case
    seen: dict[str, Seen]
    answer: Seen


def refusal_of(case: Case, seen: dict[str, Seen], message: AnyMessage) -> Refusal | None:
    """Return why *message* would be refused: as it was before, else as *case* stands."""
    earlier = earlier_answer(seen, message)
    return earlier.refusal if earlier else judge(case, message)


def take_in(case: Case, seen: dict[str, Seen], message: AnyMessage, at: datetime) -> Intake:
    """Let *message* take effect at *at*, or record why it may not; a known one changes nothing."""
    earlier = earlier_answer(seen, message)
    if earlier is not None:
        return Intake(case, seen, earlier)
    refusal = judge(case, message)
    after = noted_refusal(case, message, refusal, at) if refusal else apply(case, message, at)
    answer = Seen(digest=digest_of(message), refusal=refusal, rev=after.rev)
    return Intake(after, remembered(seen, message, answer), answer)
