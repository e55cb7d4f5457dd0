"""Fixtures of API tests: the application on a real PostgreSQL and a real Temporal, with a worker.

Each file of tests has a stack of its own, so no test depends on which files ran before it. They
share the session's event loop; tests that use them say so by their mark.
"""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import NamedTuple

import pytest
import pytest_asyncio

from runtime.region import load_region
from runtime.settings import Settings
from runtime.temporal import connect
from store.pool import open_pool
from tests.api.calling import Api, serving
from tests.databases import copy_of
from tests.ports import free_port
from tests.region import SHIPPED
from tests.temporal import temporal_on
from worker import case_worker


class IdleTemporal(NamedTuple):
    """Where it listens, and the process to stop for a while."""

    port: int
    pid: int


MakeSettings = Callable[[str, int], Settings]


@pytest.fixture(scope="session")
def make_settings(tmp_path_factory: pytest.TempPathFactory) -> MakeSettings:
    """Make settings for a database and a Temporal port; all share their keys."""
    data_dir = tmp_path_factory.mktemp("api")

    def make(database_url: str, temporal_port: int) -> Settings:
        return Settings(
            _env_file=None,
            mode="local",
            data_dir=data_dir,
            database_url=database_url,
            temporal_port=temporal_port,
            region_dir=SHIPPED,
        )

    return make


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def database(socket_dir: Path) -> AsyncIterator[str]:
    """A database with the shipped region's registers, shared by the tests of a file."""
    async for url in copy_of(socket_dir, "region"):
        yield url


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def served(
    make_settings: MakeSettings, database: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Settings]:
    """The settings of a stack in which a worker carries cases on."""
    settings = make_settings(database, free_port())
    server = await temporal_on(settings.temporal_port, tmp_path_factory.mktemp("temporal"))
    pool = await open_pool(database, 4)
    try:
        client = await connect(settings)
        async with case_worker(client, pool, load_region(SHIPPED)):
            yield settings
    finally:
        await pool.close()
        await server.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def api(served: Settings) -> AsyncIterator[Api]:
    """The API of that stack."""
    async with serving(served) as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def idle_temporal(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[IdleTemporal]:
    """A Temporal that no worker polls."""
    port = free_port()
    server = await temporal_on(port, tmp_path_factory.mktemp("idle"))
    try:
        yield IdleTemporal(port, server.pid)
    finally:
        await server.stop()
