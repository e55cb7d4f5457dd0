"""What a process tells of itself while it runs: all of it off unless its settings ask for it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version

from opentelemetry.trace import TracerProvider
from prometheus_client import CollectorRegistry, ProcessCollector
from temporalio.client import Client, Interceptor

from activities.outbox import Outbox
from domain.region import Region
from runtime.logging import configure_logging
from runtime.settings import Settings
from runtime.telemetry.case_counters import CaseCounters
from runtime.telemetry.exposition import exposed, sdk_runtime
from runtime.telemetry.hand_overs import CountedOutbox
from runtime.telemetry.log_counter import LogCounter
from runtime.telemetry.request_figures import RequestFigures
from runtime.telemetry.watch import Watch
from runtime.temporal import Observed
from store.pool import open_pool


@dataclass(frozen=True, slots=True)
class Traces:
    """Where spans begin, None while nobody collects them, and what sends the last at the end."""

    provider: TracerProvider | None
    interceptors: tuple[Interceptor, ...]
    collecting: AbstractAsyncContextManager[None]


@dataclass(frozen=True, slots=True)
class ApiTelemetry:
    """The API's: `note` counts a request, `provider` traces it."""

    settings: Settings
    registry: CollectorRegistry
    note: Callable[[str, str, int, float], None]
    traces: Traces

    def observed(self) -> Observed:
        """Return what the client takes along; raises `OperatorError` when a port is taken."""
        host, port = self.settings.metrics_host, self.settings.api_sdk_metrics_port
        runtime = sdk_runtime(host, port, "ARENDE_API_SDK_METRICS_PORT")
        return Observed(self.traces.interceptors, runtime)

    @asynccontextmanager
    async def shown(self) -> AsyncIterator[None]:
        """Serve metrics and collect traces until the block ends."""
        host, port = self.settings.metrics_host, self.settings.api_metrics_port
        if port:
            configure_logging(observers=[LogCounter(self.registry)])
        async with (
            self.traces.collecting,
            exposed(self.registry, host, port, "ARENDE_API_METRICS_PORT"),
        ):
            yield


@dataclass(frozen=True, slots=True)
class WorkerTelemetry:
    """A worker's."""

    settings: Settings
    region: Region
    registry: CollectorRegistry
    traces: Traces

    def observed(self) -> Observed:
        """Return what the client takes along; raises `OperatorError` when a port is taken."""
        host, port = self.settings.metrics_host, self.settings.sdk_metrics_port
        services = [entry.code for entry in self.region.catalogue.services]
        counters = CaseCounters(self.registry, services, _now)
        runtime = sdk_runtime(host, port, "ARENDE_SDK_METRICS_PORT")
        return Observed((*self.traces.interceptors, counters), runtime)

    def counted(self, outbox: Outbox) -> Outbox:
        """Return *outbox* with its deliveries counted."""
        return CountedOutbox(outbox, self.registry)

    @asynccontextmanager
    async def shown(self, client: Client) -> AsyncIterator[None]:
        """Serve metrics and collect traces until the block ends."""
        host, port = self.settings.metrics_host, self.settings.worker_metrics_port
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.traces.collecting)
            if port:
                configure_logging(observers=[LogCounter(self.registry)])
                pool = await stack.enter_async_context(
                    await open_pool(self.settings.database_url, 1)
                )
                watch = Watch(pool, client, self.region, _now)
                self.registry.register(watch)
                serving = exposed(
                    self.registry, host, port, "ARENDE_WORKER_METRICS_PORT", watch.refresh
                )
                await stack.enter_async_context(serving)
            yield


def api_telemetry(settings: Settings) -> ApiTelemetry:
    """Return what the API tells of itself."""
    registry = _registry()
    note = RequestFigures(registry).note
    return ApiTelemetry(settings, registry, note, _traces(settings, "arende-api"))


def worker_telemetry(settings: Settings, region: Region) -> WorkerTelemetry:
    """Return what a worker tells of itself."""
    return WorkerTelemetry(settings, region, _registry(), _traces(settings, "arende-worker"))


def _registry() -> CollectorRegistry:
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    return registry


def _traces(settings: Settings, service: str) -> Traces:
    if not settings.otlp_endpoint:
        return Traces(None, (), nullcontext())
    from runtime.telemetry.tracing import (  # noqa: PLC0415 - who traces nothing starts without it
        make_tracing,
        tracing,
    )

    made = make_tracing(settings.otlp_endpoint, service, version("arende"))
    return Traces(made.provider, (made.interceptor,), tracing(made))


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the edge of a process reads the clock
