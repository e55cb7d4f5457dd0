"""What every step of a disposal needs: settings, region, database and the present instant."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

import asyncpg
from temporalio.client import Client
from temporalio.service import RPCError

from commands.register import DatabaseAwayError, NotMigratedError
from commands.runs import TemporalAwayError
from domain.region import Region
from runtime.errors import OperatorError
from runtime.region import load_region
from runtime.settings import Settings, load_settings
from runtime.temporal import QUICK, connect
from store.pool import DATABASE_ERRORS, is_connection_error, open_pool

_Done = TypeVar("_Done")


class WrongLoginError(OperatorError):
    """The database's login may not decide about retention."""

    def __init__(self) -> None:
        super().__init__("This takes the login that migrates, not that of API and worker")


@dataclass(frozen=True, slots=True)
class Office:
    """One command's work; *now* is the instant that is written down."""

    settings: Settings
    region: Region
    pool: asyncpg.Pool
    now: datetime

    @property
    def secret(self) -> bytes:
        return self.settings.case_id_secret.get_secret_value().encode()

    @property
    def secrets(self) -> tuple[bytes, ...]:
        """Today's secret and former ones: a proof keeps the seal it was written with."""
        return self.secret, *self.settings.former_case_id_secrets()


def work(task: Callable[[Office], Awaitable[_Done]]) -> _Done:
    """Return what *task* does with the configured region and database.

    Raises:
        OperatorError: settings, region or database cannot be used, or what *task* raises.
    """
    return asyncio.run(_work(task))


async def _work(task: Callable[[Office], Awaitable[_Done]]) -> _Done:
    settings = load_settings()
    region = load_region(settings.region_dir)
    async with await open_pool(settings.database_url, 1, command_timeout=None) as pool:
        try:
            return await task(Office(settings, region, pool, datetime.now(UTC)))
        except asyncpg.UndefinedTableError:
            raise NotMigratedError from None
        except asyncpg.InsufficientPrivilegeError:
            raise WrongLoginError from None
        except DATABASE_ERRORS as error:
            if is_connection_error(error):
                raise DatabaseAwayError from None
            raise


async def temporal(office: Office) -> Client:
    """Return a client of Temporal; `TemporalAwayError` when it does not answer."""
    try:
        return await connect(office.settings, retry_config=QUICK)
    except (RPCError, RuntimeError):  # RuntimeError: nothing listens
        raise TemporalAwayError from None
