"""Logs of every process: one JSON object a line, and no key that was not allowed by name."""

import logging
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger
from typing_extensions import override

ALLOWED = frozenset(
    {
        "action",
        "attempt",
        "case_id",
        "cases",
        "claimed",
        "code",
        "component",
        "count",
        "deliveries",
        "dropped",
        "duration_ms",
        "error",
        "event",
        "failed",
        "left",
        "level",
        "logger",
        "method",
        "reason",
        "recipient",
        "request_id",
        "rev",
        "role",
        "route",
        "rule",
        "sent",
        "service",
        "sqlstate",
        "state",
        "status",
        "task_queue",
        "timestamp",
        "trace_id",
        "unit",
        "workflow_type",
    }
)
"""The keys a line may have. Every one holds a fixed word, a number, an opaque id or an instant."""


def keep_allowed(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Drop every key that is not allowed, whatever it holds."""
    return {key: value for key, value in event.items() if key in ALLOWED}


def configure_logging(level: str = "INFO") -> None:
    """Make structlog and the standard library's loggers write JSON lines to standard output.

    A library's line keeps its template, logger and the class of its exception: arguments and
    tracebacks may quote a request. *level* is a name such as INFO.
    """
    number = logging.getLevelNamesMapping()[level]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            keep_allowed,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [_ToStructlog()]
    root.setLevel(max(number, logging.WARNING))


class _ToStructlog(logging.Handler):
    """Hands a library's record on, without what was filled into it."""

    @override
    def emit(self, record: logging.LogRecord) -> None:
        fields: dict[str, Any] = {"logger": record.name}
        if record.exc_info and record.exc_info[0] is not None:
            fields["error"] = record.exc_info[0].__name__
        template = record.msg if isinstance(record.msg, str) else type(record.msg).__name__
        structlog.get_logger().log(record.levelno, _without_extra(template), **fields)


def _without_extra(template: str) -> str:
    # Temporal's loggers append a dictionary of the workflow to the text.
    return template.split(" ({", 1)[0]
