"""Connections to PostgreSQL, and which of its errors pass and which never will."""

import json
from collections.abc import Mapping
from typing import TypeAlias, TypeGuard

import asyncpg
from asyncpg.pool import PoolConnectionProxy

Connection: TypeAlias = asyncpg.Connection | PoolConnectionProxy
"""What store functions take: a connection of its own or one lent by a pool."""

CONNECT_TIMEOUT = 2.0
ACQUIRE_TIMEOUT = 2.0

_PASSING_CLASSES = frozenset({"08", "40", "53", "55", "57", "58"})
_DATA_CLASSES = frozenset({"22", "23", "42"})
_DRIVER_ERRORS = (asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError)

DATABASE_ERRORS = (asyncpg.PostgresError, *_DRIVER_ERRORS)
"""All that a statement may raise, for an `except` that then asks which kind it was.

Their messages may quote values: log the class or the SQLSTATE, never the text.
"""


async def open_pool(dsn: str, size: int, command_timeout: float | None = 5.0) -> asyncpg.Pool:
    """Return a pool of at most *size* connections; jsonb columns speak Python values.

    Nothing is connected yet, so a process starts while PostgreSQL is away. Timeouts are in
    seconds, and None lets a command take as long as it needs. Acquire with `ACQUIRE_TIMEOUT`:
    a pool that is used up must not hold a caller for ever.
    """
    return await asyncpg.create_pool(
        dsn,
        min_size=0,
        max_size=size,
        timeout=CONNECT_TIMEOUT,
        command_timeout=command_timeout,
        init=_speak_json,
        reset=_end_transaction,
    )


def is_connection_error(error: BaseException) -> bool:
    """Whether PostgreSQL may answer later: retry for ever (design section 3, point 4).

    SQLSTATE classes 08, 40, 53, 55, 57 and 58, time-outs, socket errors, and what the driver
    raises when the server vanishes under it.
    """
    if isinstance(error, asyncpg.PostgresError):
        return _sqlstate_class(error) in _PASSING_CLASSES
    if isinstance(error, asyncpg.ClientConfigurationError):
        return False
    return isinstance(error, _DRIVER_ERRORS)


def is_data_error(error: BaseException) -> TypeGuard[asyncpg.PostgresError]:
    """Whether the values or the schema are wrong: no retry helps (design section 3, point 5).

    SQLSTATE classes 22, 23 and 42; the driver gives class 22 to values it cannot encode.
    """
    return isinstance(error, asyncpg.PostgresError) and _sqlstate_class(error) in _DATA_CLASSES


def names_in(error: asyncpg.PostgresError) -> dict[str, str]:
    """Return what the server names of the place of an error: words of the schema, never a value.

    Keys: `sqlstate`, `table`, `column`, `constraint`; what it did not name is left out.
    """
    named = {
        "sqlstate": error.sqlstate,
        "table": error.table_name,
        "column": error.column_name,
        "constraint": error.constraint_name,
    }
    return {key: name for key, name in named.items() if name}


def _sqlstate_class(error: asyncpg.PostgresError) -> str:
    return (error.sqlstate or "")[:2]


async def _end_transaction(conn: asyncpg.Connection) -> None:
    """End what a cancelled caller left open, and nothing more: no function here sets a session.

    The driver's own reset is a statement, and so a commit, after every use.
    """
    if conn.is_in_transaction():
        await conn.execute("ROLLBACK")


async def _speak_json(conn: asyncpg.Connection) -> None:
    for name in ("json", "jsonb"):
        await conn.set_type_codec(
            name, schema="pg_catalog", encoder=_encode_json, decoder=json.loads
        )


def _encode_json(value: Mapping[str, object] | list[object]) -> str:
    # NaN is not JSON; PostgreSQL would refuse it with an error that shows the value.
    return json.dumps(value, allow_nan=False)
