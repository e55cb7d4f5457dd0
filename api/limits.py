"""How often one caller may do a thing: token buckets in the memory of this process.

Each API process counts by itself, so a caller who meets several gets as many times the limit.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from time import monotonic

import structlog

from api.callers import Caller, CitizenCaller
from api.problems import ProblemError
from domain.submission import keyed_hash

_MOST_KEPT = 50_000
_TOLERANCE_S = 1e-6  # sums of fractions of a second are not exact

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Budget:
    """At most *most* at once, and as many again, evenly, in each *per*."""

    most: int
    per: timedelta


class Limiter:
    """Buckets of one *budget*, one for each caller; without a budget nothing is refused.

    A bucket is known by a keyed hash of *who*: no identity is kept. At most *most_kept* are; the
    one unused longest is forgotten first.
    """

    def __init__(
        self,
        name: str,
        budget: Budget | None,
        secret: bytes,
        clock: Callable[[], float] = monotonic,
        most_kept: int = _MOST_KEPT,
    ) -> None:
        self._name = name
        self._budget = budget
        self._secret = secret
        self._clock = clock
        self._most_kept = most_kept
        self._full_again: OrderedDict[bytes, float] = OrderedDict()

    def __len__(self) -> int:
        """Return how many buckets are kept."""
        return len(self._full_again)

    def take(self, *who: str) -> None:
        """Count one, or raise what `refusal` returns."""
        refusal = self.refusal(*who)
        if refusal is not None:
            raise refusal

    def refusal(self, *who: str) -> ProblemError | None:
        """Count one; return 429 `too_many_requests`, with the wait in whole seconds, for too many.

        What is refused does not count.
        """
        wait = self._wait_after(1, who)
        if wait <= 0:
            return None
        log.warning("limit_reached", code=self._name)
        return ProblemError("too_many_requests", headers={"Retry-After": str(ceil(wait))})

    def give_back(self, *who: str) -> None:
        """Take back a count for something that did not come about."""
        self._wait_after(-1, who)

    def _wait_after(self, count: int, who: tuple[str, ...]) -> float:
        """Count, unless one has to wait; return how many seconds."""
        if self._budget is None:
            return 0.0
        per = self._budget.per.total_seconds()
        now, bucket = self._clock(), keyed_hash(self._secret, "limit", self._name, *who)
        full_again = max(self._full_again.get(bucket, now), now) + count * per / self._budget.most
        wait = full_again - now - per
        if wait > _TOLERANCE_S:
            return wait
        self._full_again[bucket] = full_again
        self._full_again.move_to_end(bucket)
        while len(self._full_again) > self._most_kept:
            self._full_again.popitem(last=False)
        return 0.0


class Limits:
    """Every limit of one process.

    *requests* is judged for each call of a person who is signed in, *submits* only for a new case,
    *messages* for each case and sender. A repeated submission or message counts for *requests*
    alone (design 3.1).
    """

    def __init__(
        self,
        secret: bytes,
        *,
        requests: Budget | None = None,
        submits: Budget | None = None,
        messages: Budget | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.requests = Limiter("requests", requests, secret, clock)
        self.submits = Limiter("submits", submits, secret, clock)
        self.messages = Limiter("messages", messages, secret, clock)
        self._secret = secret
        self._heard: OrderedDict[bytes, None] = OrderedDict()

    def take_message(self, caller: Caller, case_id: str, action_id: str) -> None:
        """Count a message to a case, unless this sender has sent it before; else raises 429."""
        sender = name_of(caller)
        message = keyed_hash(self._secret, "heard", sender, case_id, action_id)
        if message not in self._heard:
            self.messages.take(sender, case_id)
        self._heard[message] = None
        self._heard.move_to_end(message)
        while len(self._heard) > _MOST_KEPT:
            self._heard.popitem(last=False)


def name_of(caller: Caller) -> str:
    """Return who *caller* is, to be hashed: the person, whatever token or commission they use."""
    if isinstance(caller, CitizenCaller):
        return f"citizen {caller.issuer} {caller.identity}"
    return f"staff {caller.hsa_id}"


NO_LIMITS = Limits(b"")
"""Refuses nobody."""
