"""Fixtures of workflow tests: a real Temporal, real PostgreSQL, a worker of its own each test."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import cast

import asyncpg
import pytest
import pytest_asyncio
from temporalio.client import Client

from domain.region import Region
from runtime.region import load_region
from runtime.temporal import data_converter
from runtime.temporal_server import NAMESPACE
from tests.ports import free_port
from tests.region import SHIPPED
from tests.temporal import temporal_on
from tests.workflows.running import RunningCases, next_queue, quiet_monday
from tests.workflows.valve import PoolValve
from worker import case_worker

TEST_KEYS = {"test-1": bytes(range(32))}


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def temporal_address(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """A dev server with our search attributes, where one workflow's time can be moved."""
    port = free_port()
    server = await temporal_on(port, tmp_path_factory.mktemp("temporal"))
    try:
        yield f"127.0.0.1:{port}"
    finally:
        await server.stop()


@pytest.fixture
async def client(temporal_address: str) -> Client:
    """A client with our converter, codec and encoded failures."""
    return await Client.connect(
        temporal_address, data_converter=data_converter(TEST_KEYS, NAMESPACE)
    )


@pytest.fixture(scope="session")
def region() -> Region:
    """The shipped region's catalogue and calendars."""
    return load_region(SHIPPED)


@pytest.fixture
async def cases(
    client: Client, region_pool: asyncpg.Pool, region: Region
) -> AsyncIterator[RunningCases]:
    """A worker on its own queue; every case started through it is replayed at the end."""
    queue, now = next_queue(), datetime.now(UTC)
    valve, monday = PoolValve(region_pool), quiet_monday(region.calendars.default, now)
    running = RunningCases(client, region_pool, queue, now, monday, valve)
    async with case_worker(client, cast("asyncpg.Pool", valve), region, queue):
        yield running
        await running.replay_all()
