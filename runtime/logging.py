"""Logs of every process: one JSON object a line, and no key that was not allowed by name."""

import logging
from collections.abc import Sequence
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger
from typing_extensions import override

from runtime.case_ids import case_id_of

ALLOWED = frozenset(
    {
        "action",
        "addressed",
        "attempt",
        "case_id",
        "cases",
        "channel",
        "claimed",
        "code",
        "column",
        "component",
        "constraint",
        "count",
        "deliveries",
        "dropped",
        "duration_ms",
        "entry",
        "error",
        "event",
        "failed",
        "key_name",
        "left",
        "level",
        "logger",
        "method",
        "reason",
        "recipient",
        "request_id",
        "retried",
        "rev",
        "role",
        "route",
        "rule",
        "sent",
        "service",
        "sqlstate",
        "state",
        "status",
        "table",
        "task_queue",
        "timestamp",
        "trace_id",
        "unit",
        "workflow_type",
    }
)
"""The keys a line may have. Every one holds a fixed word, a number, an opaque id or an instant."""


_WORKFLOW_LOGGER = "temporalio.workflow"
"""Where workflows log: lines of ours, so they are written from the same level on."""


def keep_allowed(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Drop every key that is not allowed, whatever it holds."""
    return {key: value for key, value in event.items() if key in ALLOWED}


def configure_logging(level: str = "INFO", observers: Sequence[Processor] = ()) -> None:
    """Make structlog and the standard library's loggers write JSON lines to standard output.

    A library's line keeps its template, logger and the class of its exception: arguments and
    tracebacks may quote a request. A line of a workflow also keeps which case it is of, and the
    fields it was given.
    *level* is a name such as INFO; *observers* see each line as it will be written.
    """
    number = logging.getLevelNamesMapping()[level]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            keep_allowed,
            *observers,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [_ToStructlog()]
    root.setLevel(max(number, logging.WARNING))
    logging.getLogger(_WORKFLOW_LOGGER).setLevel(number)


class _ToStructlog(logging.Handler):
    """Hands a library's record on, without what was filled into it."""

    @override
    def emit(self, record: logging.LogRecord) -> None:
        fields: dict[str, Any] = {"logger": record.name, **_place(record), **_said(record)}
        if record.exc_info and record.exc_info[0] is not None:
            fields["error"] = record.exc_info[0].__name__
        template = record.msg if isinstance(record.msg, str) else type(record.msg).__name__
        structlog.get_logger().log(record.levelno, _without_extra(template), **fields)


def _place(record: logging.LogRecord) -> dict[str, str]:
    """Return which case and workflow Temporal's loggers say a line is of."""
    info = getattr(record, "temporal_workflow", None) or {}
    found = {
        "case_id": case_id_of(info.get("workflow_id")),
        "workflow_type": info.get("workflow_type"),
    }
    return {key: value for key, value in found.items() if value is not None}


def _said(record: logging.LogRecord) -> dict[str, Any]:
    """Return the fields that a workflow gave its line by `extra={"fields": ...}`."""
    return getattr(record, "fields", {}) if record.name == _WORKFLOW_LOGGER else {}


def _without_extra(template: str) -> str:
    # Temporal's loggers append a dictionary of the workflow to the text.
    return template.split(" ({", 1)[0]
