"""Counts the lines of the log that somebody should act on, by their event."""

import re

from prometheus_client import CollectorRegistry, Counter
from structlog.typing import EventDict, WrappedLogger

ALERTING = (
    "access_log_failed",
    "case_quarantined",
    "case_without_row",
    "credentials_refused",
    "engine_away",
    "nobody_to_tell",
    "payload_key_missing",
    "person_unreachable",
    "recipient_missing",
    "row_ahead_of_workflow",
    "row_without_workflow",
    "runs_not_forgotten",
    "searches_exceeded",
    "unhandled_error",
)
"""Events that alerts are made of: counted from 0, so that the first one is already a rise."""

_COUNTED = frozenset({"warning", "error", "critical"})
_EVENT = re.compile(r"[a-z][a-z_]{2,40}")
_OTHER = "other"


class LogCounter:
    """A structlog processor for `configure_logging`; it changes nothing in the line."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._lines = Counter(
            "arende_log_events",
            "Lines of the log at warning or above, by event; lines of libraries are `other`.",
            ["event"],
            registry=registry,
        )
        for event in ALERTING:
            self._lines.labels(event)

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        """Count one line."""
        if event.get("level") in _COUNTED:
            text = str(event.get("event", ""))
            is_ours = _EVENT.fullmatch(text) and (text in ALERTING or "logger" not in event)
            self._lines.labels(text if is_ours else _OTHER).inc()
        return event
