"""What of a span may leave the process: keys allowed by name, and no text of an exception."""

import re
from collections.abc import Mapping, Sequence

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import Link, SpanContext, Status
from opentelemetry.util.types import AttributeValue
from typing_extensions import override

ALLOWED_ATTRIBUTES = frozenset(
    {
        "error.type",
        "exception.type",
        "http.request.method",
        "http.response.status_code",
        "http.route",
        "network.protocol.version",
        "service.name",
        "service.version",
        "temporalActivityID",
        "temporalRunID",
        "temporalUpdateID",
        "temporalWorkflowID",
        "url.scheme",
    }
)
"""Fixed words, numbers, route templates and opaque ids; no path, query, header or address."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_ :/{}.-]{0,99}")
_DIGITS = re.compile(r"\d{6}")
_UNNAMED = "unnamed"


class AllowedOnly(SpanExporter):
    """Hands spans on to *exporter* with nothing in them that was not allowed."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter

    @override
    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return self._exporter.export([_bare(span) for span in spans])

    @override
    def shutdown(self) -> None:
        self._exporter.shutdown()

    @override
    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._exporter.force_flush(timeout_millis)


def _bare(span: ReadableSpan) -> ReadableSpan:
    return ReadableSpan(
        name=_name(span.name),
        context=_without_state(span.context),
        parent=_without_state(span.parent),
        resource=Resource(_allowed(span.resource.attributes)),
        attributes=_allowed(span.attributes),
        events=[
            Event(_name(event.name), _allowed(event.attributes), event.timestamp)
            for event in span.events
        ],
        links=[Link(_context(link.context)) for link in span.links],
        kind=span.kind,
        instrumentation_scope=span.instrumentation_scope,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
    )


def _allowed(attributes: Mapping[str, AttributeValue] | None) -> dict[str, AttributeValue]:
    return {key: value for key, value in (attributes or {}).items() if key in ALLOWED_ATTRIBUTES}


def _name(name: str) -> str:
    return name if _NAME.fullmatch(name) and not _DIGITS.search(name) else _UNNAMED


def _without_state(context: SpanContext | None) -> SpanContext | None:
    return None if context is None else _context(context)


def _context(context: SpanContext) -> SpanContext:
    """Return *context* without what other vendors wrote into its state."""
    return SpanContext(context.trace_id, context.span_id, context.is_remote, context.trace_flags)
