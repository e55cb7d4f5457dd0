"""Break-glass: who has stated a reason to read payloads, and until when it counts."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta

LONGEST = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Operator:
    """A member of staff in the commission chosen at login."""

    hsa_id: str
    commission: str


@dataclass(frozen=True, slots=True)
class Window:
    """An operator may decode until *closes_at*, for *reason*."""

    operator: Operator
    reason: str
    closes_at: datetime
    handle_digest: bytes


def window_for(
    operator: Operator, reason: str, lasts: timedelta, handle: str, now: datetime
) -> Window:
    """Return a window of at most an hour from *now*, to which *handle* is the key."""
    return Window(operator, reason, now + min(lasts, LONGEST), _digest(handle))


@dataclass(frozen=True, slots=True)
class Windows:
    """The open windows of this process, one for each operator; a restart closes them all.

    A handle is the secret that a browser keeps instead of a token; only its digest is kept here.
    """

    _open: dict[Operator, Window] = field(default_factory=dict)

    def open(self, window: Window) -> None:
        """Open a window; it takes the place of one that its operator had open."""
        self._open[window.operator] = window

    def of(self, operator: Operator, now: datetime) -> Window | None:
        """Return this operator's window, if it is open."""
        window = self._open.get(operator)
        return window if window is not None and now < window.closes_at else None

    def behind(self, handle: str, now: datetime) -> Window | None:
        """Return the open window that gave out this handle."""
        digest = _digest(handle)
        return next(
            (
                window
                for window in self._open.values()
                if window.handle_digest == digest and now < window.closes_at
            ),
            None,
        )

    def close(self, window: Window) -> None:
        """Close a window; closed already is fine."""
        self._open.pop(window.operator, None)


def _digest(handle: str) -> bytes:
    return hashlib.sha256(handle.encode()).digest()
