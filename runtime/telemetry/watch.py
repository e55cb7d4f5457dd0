"""Watches PostgreSQL and Temporal for the gauges: reads both when scraped, and not too often."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from time import monotonic

import asyncpg
import structlog
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from temporalio.client import Client
from temporalio.service import RPCError
from typing_extensions import override

from domain.region import Region
from runtime.telemetry import gauges
from runtime.telemetry.gauges import RunningWorkflows
from store.figures import Figures, read_figures
from store.pool import ACQUIRE_TIMEOUT, DATABASE_ERRORS

KEPT_FOR = timedelta(seconds=5)
_READING = timedelta(seconds=4)
_COUNTING = timedelta(seconds=2)
ADMITTED_WITHIN = timedelta(minutes=10)

_CASES = "WorkflowType = 'CaseWorkflow' AND ExecutionStatus = 'Running'"
_STUCK = "TemporalReportedProblems IS NOT NULL AND ExecutionStatus = 'Running'"

log = structlog.get_logger()


class Watch(Collector):
    """The collector of a worker. A scrape refreshes it first; the figures stay for 5 seconds.

    What is away is told as such by `arende_up_postgresql` and `arende_up_temporal`, and its
    gauges are left out rather than shown as they were.
    """

    def __init__(
        self, pool: asyncpg.Pool, client: Client, region: Region, now: Callable[[], datetime]
    ) -> None:
        self._pool = pool
        self._client = client
        self._region = region
        self._now = now
        self._lock = asyncio.Lock()
        self._read_at: float | None = None
        self._figures: Figures | None = None
        self._running: RunningWorkflows | None = None

    async def refresh(self) -> None:
        """Read both, unless that was done less than `KEPT_FOR` ago; never raises for either."""
        async with self._lock:
            if self._read_at is None or monotonic() - self._read_at > KEPT_FOR.total_seconds():
                self._figures, self._running = await asyncio.gather(self._read(), self._count())
                self._read_at = monotonic()

    @override
    def collect(self) -> Iterator[GaugeMetricFamily]:
        services = [service.code for service in self._region.catalogue.services]
        yield from gauges.of_postgresql(self._figures, services)
        yield from gauges.of_temporal(self._running)
        yield from gauges.of_calendar(self._region.calendars.covers_to)

    def describe(self) -> list[GaugeMetricFamily]:
        """Tell nothing before the first scrape: the names do not depend on what is read."""
        return []

    async def _read(self) -> Figures | None:
        today = self._region.calendars.default.local_day(self._now())
        roles = self._region.catalogue.routed_roles()
        try:
            async with (
                asyncio.timeout(_READING.total_seconds()),
                self._pool.acquire(timeout=ACQUIRE_TIMEOUT) as conn,
            ):
                return await read_figures(conn, roles, today)
        except DATABASE_ERRORS as error:
            log.warning("figures_unread", component="postgresql", error=type(error).__name__)
            return None

    async def _count(self) -> RunningWorkflows | None:
        late = (self._now() - ADMITTED_WITHIN).isoformat()
        queries = (
            _CASES,
            f"{_CASES} AND CaseState = 'received' AND StartTime < '{late}'",
            f"{_CASES} AND CaseQuarantined = true",
            _STUCK,
        )
        try:
            counts = await asyncio.gather(*map(self._count_one, queries))
        except (RPCError, RuntimeError) as error:  # RuntimeError: it has never been reached
            log.warning("figures_unread", component="temporal", error=type(error).__name__)
            return None
        return RunningWorkflows(*counts)

    async def _count_one(self, query: str) -> int:
        return (await self._client.count_workflows(query, rpc_timeout=_COUNTING)).count
