"""What a worker tells Prometheus moves when real cases do; the names are the ones alerts use."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import asyncpg
import pytest
import structlog
from httpx2 import AsyncClient
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from domain.region import Region
from runtime.settings import Settings
from runtime.telemetry.process import worker_telemetry
from runtime.temporal import connect
from tests.observed_names import OWN, PROCESS, SDK
from tests.ports import free_port
from tests.region import SHIPPED
from tests.workflows import saying
from tests.workflows.running import RunningCases, next_queue, quiet_monday
from tests.workflows.test_outages import queued, refusing, started, until_quarantined
from tests.workflows.test_reconcile import worker as reconciling_worker
from tests.workflows.valve import PoolValve
from worker import case_worker
from workflows.case import CaseWorkflow
from workflows.reconcile import Reconcile, ReconcileOrder

BREACH = timedelta(days=1, hours=9)
PATIENCE_SECONDS = 30
Scraped = dict[str, Metric]


@dataclass(frozen=True)
class Watched:
    """A worker of which Prometheus is told."""

    cases: RunningCases
    settings: Settings
    http: AsyncClient

    async def scrape(self, port: int | None = None) -> Scraped:
        """Read a metrics page, the worker's own when no port is given."""
        where = port or self.settings.worker_metrics_port
        answer = await self.http.get(f"http://127.0.0.1:{where}/metrics")
        assert answer.status_code == 200
        families = text_string_to_metric_families(answer.text)
        return {family.name: family for family in families if not family.name.endswith("_created")}

    async def until(self, name: str, wanted: float, **labels: str) -> None:
        """Scrape until a metric has reached a value: visibility, for one, lags."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while value(await self.scrape(), name, **labels) < wanted:
                pass


def value(scraped: Scraped, name: str, **labels: str) -> float:
    """Return one value; a counter's total."""
    family = scraped[name]
    wanted = f"{name}_total" if family.type == "counter" else name
    found = [one.value for one in family.samples if (one.name, one.labels) == (wanted, labels)]
    assert len(found) == 1, (name, labels, family.samples)
    return found[0]


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


@pytest.fixture
def settings(
    region_url: str, temporal_address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """Settings of a worker whose every scrape reads anew."""
    monkeypatch.setattr("runtime.telemetry.watch.KEPT_FOR", timedelta())
    return Settings(
        _env_file=None,
        mode="local",
        data_dir=tmp_path,
        database_url=region_url,
        temporal_port=int(temporal_address.rpartition(":")[2]),
        region_dir=SHIPPED,
        worker_metrics_port=free_port(),
        sdk_metrics_port=free_port(),
    )


@pytest.fixture
async def watched(
    settings: Settings, region_pool: asyncpg.Pool, region: Region
) -> AsyncIterator[Watched]:
    telemetry = worker_telemetry(settings, region)
    client = await connect(settings, observed=telemetry.observed())
    queue, now = next_queue(), datetime.now(UTC)
    valve, monday = PoolValve(region_pool), quiet_monday(region.calendars.default, now)
    cases = RunningCases(client, region_pool, queue, now, monday, valve)
    async with (
        AsyncClient(trust_env=False) as http,
        telemetry.shown(client),
        case_worker(client, cast("asyncpg.Pool", valve), region, queue),
    ):
        yield Watched(cases, settings, http)


async def test_a_worker_tells_all_its_metrics_with_these_types_and_labels(watched: Watched) -> None:
    await queued(watched.cases)

    scraped = await watched.scrape()

    ours = {name for name in OWN if not name.startswith("arende_http_")}
    ours -= {"arende_hand_overs"}  # of the outbox, which no case touches
    assert {name for name in scraped if name.startswith("arende_")} == ours
    for name in ours:
        kind, labels = OWN[name]
        assert scraped[name].type == kind, name
        assert all(one.labels.keys() == set(labels) for one in scraped[name].samples), name
    assert {one.name for family in scraped.values() for one in family.samples} >= PROCESS


async def test_a_case_that_comes_in_moves_inflow_events_and_open_cases(watched: Watched) -> None:
    renewal = "prescription_renewal"
    before = await watched.scrape()

    handle = await queued(watched.cases)
    after = await watched.scrape()
    await watched.cases.act(handle, saying.take())
    await watched.cases.quiet(handle)
    taken = await watched.scrape()

    received = [value(one, "arende_cases_received", service=renewal) for one in (before, after)]
    assert received == [0, 1]
    assert value(after, "arende_case_events", kind="admitted") == 1
    assert value(taken, "arende_case_events", kind="taken") == 1
    assert value(after, "arende_open_cases", service=renewal, state="queued") == 1
    assert value(taken, "arende_open_cases", service=renewal, state="assigned") == 1
    assert value(after, "arende_up_postgresql") == value(after, "arende_up_temporal") == 1
    await watched.until("arende_running_cases", 1)


async def test_a_broken_promise_moves_overdue_and_escalated(watched: Watched) -> None:
    handle = await queued(watched.cases)

    await watched.cases.move_to(handle, watched.cases.monday + BREACH)
    await watched.cases.recorded(handle)

    await watched.until("arende_case_events", 1, kind="escalated")
    scraped = await watched.scrape()
    assert value(scraped, "arende_overdue_cases", service="prescription_renewal") == 1
    assert value(scraped, "arende_escalated_cases", level="unit") == 1
    assert value(scraped, "arende_notices", state="waiting") > 0


async def test_a_record_that_waits_shows_its_age_and_a_late_admission_is_counted(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle = await queued(watched.cases)
    assert value(await watched.scrape(), "arende_oldest_unrecorded_seconds") == 0
    monkeypatch.setattr("runtime.telemetry.watch.ADMITTED_WITHIN", -timedelta(minutes=1))

    watched.cases.valve.is_shut = True
    await watched.cases.act(handle, saying.take())
    late = await started(watched.cases)
    await watched.until("arende_oldest_unrecorded_seconds", 0.001)
    await watched.until("arende_unadmitted_cases", 1)
    watched.cases.valve.is_shut = False
    await watched.cases.until_state(late, "queued")
    await watched.cases.quiet(late)
    await watched.cases.quiet(handle)

    assert value(await watched.scrape(), "arende_oldest_unrecorded_seconds") == 0
    sdk = await watched.scrape(watched.settings.sdk_metrics_port)
    assert SDK - {one.name for family in sdk.values() for one in family.samples} == set()


async def test_a_quarantined_case_is_counted_and_its_line_too(watched: Watched) -> None:
    handle = await queued(watched.cases)

    async with refusing(watched.cases):
        await watched.cases.act(handle, saying.take())
        await until_quarantined(watched.cases, handle, wanted=True)

    await watched.until("arende_log_events", 1, event="case_quarantined")
    await watched.until("arende_quarantined_cases", 1)
    await handle.signal(CaseWorkflow.record_again)
    await until_quarantined(watched.cases, handle, wanted=False)


async def test_a_workflow_whose_tasks_fail_is_counted_as_stuck(watched: Watched) -> None:
    client, queue = watched.cases.client, watched.cases.queue
    stuck = await client.start_workflow("NoSuchWorkflow", id=f"stuck-{queue}", task_queue=queue)
    try:
        await watched.until("arende_stuck_workflows", 1)
    finally:
        await stuck.terminate()


async def test_what_the_reconciler_found_is_counted(watched: Watched) -> None:
    await queued(watched.cases)
    client, queue = watched.cases.client, next_queue()

    async with reconciling_worker(client, queue, watched.cases):
        await client.execute_workflow(
            Reconcile.run, ReconcileOrder(), id=f"reconcile-{queue}", task_queue=queue
        )

    scraped = await watched.scrape()
    assert value(scraped, "arende_reconciled_cases", finding="checked") >= 1
    assert value(scraped, "arende_reconciled_cases", finding="ahead") == 0


async def test_the_calendar_tells_where_it_ends(watched: Watched, region: Region) -> None:
    ends = value(await watched.scrape(), "arende_calendar_ends_timestamp_seconds")

    assert datetime.fromtimestamp(ends, UTC).date() == region.calendars.covers_to
