"""What a database error becomes for the engine: one to retry, or one no retry can mend."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from temporalio.exceptions import ApplicationError

from activities.contract import DATA_ERROR
from store.pool import ACQUIRE_TIMEOUT, DATABASE_ERRORS, Connection, is_data_error


@asynccontextmanager
async def database(pool: asyncpg.Pool) -> AsyncIterator[Connection]:
    """Lend a connection; a statement commits by itself unless the caller opens a transaction.

    Errors leave without their text, which may quote a value.
    """
    try:
        async with pool.acquire(timeout=ACQUIRE_TIMEOUT) as conn:
            yield conn
    except DATABASE_ERRORS as error:
        kind = DATA_ERROR if is_data_error(error) else "database_away"
        raise ApplicationError(
            type(error).__name__, type=kind, non_retryable=kind == DATA_ERROR
        ) from None
