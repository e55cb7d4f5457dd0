"""Which payload keys were asked for and not there: said aloud, and remembered for a while."""

from collections.abc import Callable
from datetime import timedelta
from time import monotonic

import structlog

from runtime.payload_keys import is_key_name

_SAID_EVERY = timedelta(seconds=10)
_REMEMBERED = timedelta(minutes=15)
"""Longer than Temporal ever waits before it tries a failed task again, which is ten minutes."""

log = structlog.get_logger()


class MissingKeys:
    """Notes each look-up that failed. A name comes from a payload, so a strange one is not said.

    *clock* gives seconds that never run backwards.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._said: dict[str, float] = {}
        self._missed: dict[str, float] = {}

    def note(self, name: str) -> None:
        """Log that the key *name* is not in the ring, every ten seconds at most."""
        known = name if is_key_name(name) else "unnamed"
        now = self._clock()
        self._missed[known] = now
        said = self._said.get(known)
        if said is None or now - said >= _SAID_EVERY.total_seconds():
            self._said[known] = now
            log.error("payload_key_missing", key_name=known)

    def recent(self) -> list[str]:
        """Return the names that were missed in the last quarter of an hour."""
        since = self._clock() - _REMEMBERED.total_seconds()
        return sorted(name for name, at in self._missed.items() if at >= since)
