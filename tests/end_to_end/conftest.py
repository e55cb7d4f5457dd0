"""Fixtures of whole regions: a Temporal of their own and databases without registers."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from runtime.postgres import postgres_dsn
from tests.ports import free_port
from tests.temporal import temporal_on


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def temporal_port(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[int]:
    """The port of a Temporal that a module's tests share; it runs one region after the other."""
    port = free_port()
    server = await temporal_on(port, tmp_path_factory.mktemp("temporal"))
    try:
        yield port
    finally:
        await server.stop()


async def migrated_database(socket_dir: Path, name: str) -> str:
    """Make a database with all tables and no rows; return its address."""
    conn = await asyncpg.connect(postgres_dsn(socket_dir, "postgres"))
    try:
        await conn.execute(f'CREATE DATABASE "{name}" TEMPLATE migrated')
    finally:
        await conn.close()
    return postgres_dsn(socket_dir, name)
