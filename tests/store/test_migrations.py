"""The migrations bring an empty database to the newest form, once."""

import asyncio
from itertools import pairwise
from pathlib import Path

import asyncpg
import pytest

from runtime.migrations import migrate
from tests.region import ROOT

MIGRATIONS = ROOT / "migrations"
FILES = sorted(MIGRATIONS.glob("*.sql"))


async def test_migrating_twice_changes_nothing(database_url: str, pool: asyncpg.Pool) -> None:
    before = await pool.fetch("SELECT version FROM schema_migrations ORDER BY version")

    await asyncio.to_thread(migrate, database_url, MIGRATIONS)

    assert await pool.fetch("SELECT version FROM schema_migrations ORDER BY version") == before
    assert len(before) == len(FILES)


def test_migrations_are_numbered_without_gap() -> None:
    numbers = [int(file.name.partition("_")[0]) for file in FILES]

    assert numbers[0] == 1
    assert all(after == before + 1 for before, after in pairwise(numbers))


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_migration_does_not_wait_for_locks_for_ever(file: Path) -> None:
    up, _, down = file.read_text(encoding="utf-8").partition("-- migrate:down")

    assert "-- migrate:up" in up
    assert "transaction:false" in up or "SET LOCAL lock_timeout" in up
    assert down.strip()


async def test_every_foreign_key_has_an_index(pool: asyncpg.Pool) -> None:
    """Without one, removing a row reads the whole other table."""
    unserved = await pool.fetch(
        "SELECT conrelid::regclass AS referring, conname FROM pg_constraint "
        "WHERE contype = 'f' AND conparentid = 0 AND NOT EXISTS ("
        "    SELECT FROM pg_index WHERE indrelid = conrelid AND indpred IS NULL "
        "    AND (indkey::int2[])[0:cardinality(conkey) - 1] = conkey)"
    )

    assert [tuple(row) for row in unserved] == []
