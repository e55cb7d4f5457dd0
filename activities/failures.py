"""What a database error becomes for the engine: one to retry, or one no retry can mend."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from temporalio.exceptions import ApplicationError

from activities.contract import DATA_ERROR
from store.pool import ACQUIRE_TIMEOUT, DATABASE_ERRORS, Connection, is_data_error, names_in


@asynccontextmanager
async def database(pool: asyncpg.Pool) -> AsyncIterator[Connection]:
    """Lend a connection; a statement commits by itself unless the caller opens a transaction.

    Errors leave without their text, which may quote a value. What no retry can mend has one
    detail, the names of `names_in`.
    """
    try:
        async with pool.acquire(timeout=ACQUIRE_TIMEOUT) as conn:
            yield conn
    except DATABASE_ERRORS as error:
        if is_data_error(error):
            raise ApplicationError(
                type(error).__name__, names_in(error), type=DATA_ERROR, non_retryable=True
            ) from None
        raise ApplicationError(type(error).__name__, type="database_away") from None
