"""Reaching PostgreSQL from a request: in time, or with a refusal that says to come back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import asyncpg
import structlog

from api.problems import ProblemError
from store.pool import DATABASE_ERRORS, Connection

QUICK = timedelta(milliseconds=500)
"""For a look that can be done without: the caller's answer must not wait for it."""

PATIENT = timedelta(milliseconds=1500)
"""For a look without which there is no answer."""

log = structlog.get_logger()


class DatabaseAwayError(ProblemError):
    """PostgreSQL did not answer in time, or not at all."""

    def __init__(self) -> None:
        super().__init__("registers_unavailable")


@asynccontextmanager
async def database(pool: asyncpg.Pool, limit: timedelta = PATIENT) -> AsyncIterator[Connection]:
    """Lend a connection for at most *limit*, waiting for it included.

    Raises `DatabaseAwayError` for whatever goes wrong between here and PostgreSQL.
    """
    seconds = limit.total_seconds()
    try:
        async with asyncio.timeout(seconds), pool.acquire(timeout=seconds) as conn:
            yield conn
    except DATABASE_ERRORS as error:
        code = getattr(error, "sqlstate", None)
        log.warning("database_away", error=type(error).__name__, code=code)
        raise DatabaseAwayError from None
