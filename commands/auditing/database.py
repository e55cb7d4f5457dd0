"""Reaches the database for a command, or says in one line why it cannot."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from runtime.errors import OperatorError
from runtime.settings import DatabaseSettings
from store.pool import DATABASE_ERRORS, is_connection_error, open_pool


class AuditDatabaseAwayError(OperatorError):
    """The command needs the database, which does not answer."""

    def __init__(self) -> None:
        super().__init__("The database does not answer; check ARENDE_DATABASE_URL")


class AuditNotMigratedError(OperatorError):
    """The database lacks the tables of this release."""

    def __init__(self) -> None:
        super().__init__("The database lacks the tables of this release; run `arende migrate`")


class AuditNotAllowedError(OperatorError):
    """The database refuses: its role may not do this, or the law says not yet."""

    def __init__(self, said: str) -> None:
        super().__init__(f"The database refuses: {said}")


@asynccontextmanager
async def opened(settings: DatabaseSettings, size: int = 1) -> AsyncIterator[asyncpg.Pool]:
    """Lend a pool whose commands take as long as they need.

    Raises:
        OperatorError: the database is away, is of another release, or refuses.
    """
    async with await open_pool(settings.database_url, size, command_timeout=None) as pool:
        try:
            yield pool
        except (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError):
            raise AuditNotMigratedError from None
        except asyncpg.InsufficientPrivilegeError as error:
            raise AuditNotAllowedError(error.message or "insufficient privilege") from None
        except DATABASE_ERRORS as error:
            if is_connection_error(error):
                raise AuditDatabaseAwayError from None
            raise
