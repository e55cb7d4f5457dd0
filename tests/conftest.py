"""Fixtures of the database, one PostgreSQL a session, and the settings of a stack of one's own."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import pytest
import pytest_asyncio

from runtime.migrations import migrate
from runtime.postgres import local_socket_dir, postgres_dsn, start_postgres
from runtime.settings import Settings
from store.pool import open_pool
from tests.databases import copy_of, execute
from tests.ports import free_port
from tests.region import ROOT, load_region

_SPEED_UP = (
    "ALTER SYSTEM SET fsync = off",
    "ALTER SYSTEM SET synchronous_commit = off",
    "SELECT pg_reload_conf()",
)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def socket_dir() -> AsyncIterator[Path]:
    """The socket of a running PostgreSQL whose `migrated` and `region` databases are templates."""
    # Not pytest's own folder: another run would shut the system user of PostgreSQL out of it.
    with TemporaryDirectory(prefix="arende-tests-") as data_dir:
        server = await start_postgres(Path(data_dir))
        try:
            folder = local_socket_dir(Path(data_dir))
            await _fill(folder)
            yield folder
        finally:
            await server.stop()


@pytest.fixture
async def database_url(socket_dir: Path) -> AsyncIterator[str]:
    """A migrated database without rows."""
    async for url in copy_of(socket_dir, "migrated"):
        yield url


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[asyncpg.Pool]:
    """A pool on the empty database of `database_url`."""
    async with await open_pool(database_url, 4) as opened:
        yield opened


@pytest.fixture
async def conn(pool: asyncpg.Pool) -> AsyncIterator[asyncpg.pool.PoolConnectionProxy]:
    """A connection of `pool`, outside any transaction."""
    async with pool.acquire() as acquired:
        yield acquired


@pytest.fixture
async def region_url(socket_dir: Path) -> AsyncIterator[str]:
    """A database with the shipped region's registers."""
    async for url in copy_of(socket_dir, "region"):
        yield url


@pytest.fixture
async def region_pool(region_url: str) -> AsyncIterator[asyncpg.Pool]:
    """A pool on a database with the shipped region's registers."""
    async with await open_pool(region_url, 4) as opened:
        yield opened


async def _fill(socket_dir: Path) -> None:
    await execute(socket_dir, *_SPEED_UP)
    await asyncio.to_thread(migrate, postgres_dsn(socket_dir, "migrated"), ROOT / "migrations")
    await execute(socket_dir, "CREATE DATABASE region TEMPLATE migrated")
    await load_region(postgres_dsn(socket_dir, "region"))


@pytest.fixture
def stack_settings() -> Iterator[Settings]:
    """The settings of a local stack of its own, in a folder that PostgreSQL's user can reach."""
    with TemporaryDirectory(prefix="arende-stack-") as folder:
        yield Settings(
            _env_file=None,
            mode="local",
            data_dir=Path(folder) / "data",
            http_port=free_port(),
            temporal_port=free_port(),
            ui_port=free_port(),
            codec_port=free_port(),
        )
