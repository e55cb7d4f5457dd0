"""Traces by OpenTelemetry, from the request through the workflow to its activities."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.propagate import get_global_textmap, set_global_textmap
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from temporalio import worker
from temporalio.contrib.opentelemetry import (
    TracingInterceptor,
    TracingWorkflowInboundInterceptor,
)
from typing_extensions import override

from runtime.telemetry.propagation import CarrierConverter, TraceParent
from runtime.telemetry.span_filter import AllowedOnly

_EXPORT_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Tracing:
    """The traces of one process: what makes spans, and what ties Temporal's calls into them."""

    provider: TracerProvider
    interceptor: TracingInterceptor


@asynccontextmanager
async def tracing(made: Tracing) -> AsyncIterator[None]:
    """Let requests join their caller's trace until the block ends, then send what is left."""
    before = get_global_textmap()
    set_global_textmap(TraceParent())
    try:
        yield
    finally:
        set_global_textmap(before)
        await asyncio.to_thread(made.provider.shutdown)


def make_tracing(endpoint: str, service: str, version: str) -> Tracing:
    """Return the traces of *service*, sent to the OTLP/HTTP collector at *endpoint*.

    OpenTelemetry's own variables say the rest: headers, sampler, certificates.
    """
    url = f"{endpoint.rstrip('/')}/v1/traces"
    return tracing_to(OTLPSpanExporter(endpoint=url, timeout=_EXPORT_SECONDS), service, version)


def tracing_to(exporter: SpanExporter, service: str, version: str) -> Tracing:
    """Return the traces of *service*, handed to *exporter* in batches."""
    processor: SpanProcessor = BatchSpanProcessor(AllowedOnly(exporter))
    resource = Resource({"service.name": service, "service.version": version})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(processor)
    return Tracing(provider=provider, interceptor=_Interceptor(provider))


class _Interceptor(TracingInterceptor):
    """The SDK's settled interceptor; its successor, a plug-in, is still marked experimental."""

    def __init__(self, provider: TracerProvider) -> None:
        super().__init__(provider.get_tracer("arende"))
        self.text_map_propagator = TraceParent()
        self.payload_converter = CarrierConverter()

    @override
    def workflow_interceptor_class(
        self, input: worker.WorkflowInterceptorClassInput
    ) -> type[TracingWorkflowInboundInterceptor]:
        super().workflow_interceptor_class(input)
        return _WorkflowInterceptor


class _WorkflowInterceptor(TracingWorkflowInboundInterceptor):
    @override
    def init(self, outbound: worker.WorkflowOutboundInterceptor) -> None:
        super().init(outbound)
        self.text_map_propagator = TraceParent()
        self.payload_converter = CarrierConverter()
