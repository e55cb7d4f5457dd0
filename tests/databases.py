"""Databases that tests make on the PostgreSQL of their session."""

from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import asyncpg

from runtime.postgres import postgres_dsn

_numbers = count(1)


async def copy_of(socket_dir: Path, template: str) -> AsyncIterator[str]:
    """Yield the address of a database of its own, made from *template*, and drop it after."""
    name = f"test_{next(_numbers)}"
    await execute(socket_dir, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield postgres_dsn(socket_dir, name)
    await execute(socket_dir, f"DROP DATABASE {name} WITH (FORCE)")


async def execute(socket_dir: Path, *statements: str) -> None:
    """Run *statements* on the server itself."""
    conn = await asyncpg.connect(postgres_dsn(socket_dir, "postgres"))
    try:
        for statement in statements:
            await conn.execute(statement)
    finally:
        await conn.close()
