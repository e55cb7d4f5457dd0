"""The internal address where Prometheus reads what a process counts."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig

from runtime.errors import OperatorError
from runtime.loopback_server import serving

Refresh = Callable[[], Awaitable[None]]


async def _nothing() -> None:
    """What needs no refreshing."""


@asynccontextmanager
async def exposed(
    registry: CollectorRegistry, host: str, port: int, variable: str, refresh: Refresh = _nothing
) -> AsyncIterator[None]:
    """Answer `GET /metrics` until the block ends, each time after *refresh*; port 0 is off.

    Raises `OperatorError` when the port, which the setting *variable* moves, is taken.
    """
    if port == 0:
        yield
        return

    async def metrics(_: Request) -> Response:
        await refresh()
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    app = Starlette(routes=[Route("/metrics", metrics)])
    async with serving(app, host, port, variable):
        yield


def sdk_runtime(host: str, port: int, variable: str) -> Runtime | None:
    """Return the SDK's runtime that serves its own metrics; None when the port is 0.

    Names carry their units and `_total`, as Temporal's documentation has them. Raises
    `OperatorError` when the port, which the setting *variable* moves, is taken.
    """
    if port == 0:
        return None
    shown_host = f"[{host}]" if ":" in host else host
    metrics = PrometheusConfig(
        bind_address=f"{shown_host}:{port}",
        counters_total_suffix=True,
        unit_suffix=True,
        durations_as_seconds=True,
    )
    try:
        return Runtime(telemetry=TelemetryConfig(metrics=metrics))
    except (RuntimeError, ValueError):
        raise OperatorError(f"Cannot listen on {host} port {port} (set {variable})") from None
