"""After an import of the listing: cases are told at once whose protected identity has changed."""

import asyncio
from datetime import timedelta
from typing import NamedTuple

import asyncpg
from temporalio.service import RPCError

from commands.protected import begin_check
from runtime.errors import OperatorError
from runtime.settings import load_settings
from runtime.temporal import QUICK, connect
from store.pool import DATABASE_ERRORS
from store.protection import list_differing

PROTECTING = frozenset({"listing"})
"""The registers that say who has protected identity."""

_CONNECT_WITHIN = timedelta(seconds=5)


class Rechecked(NamedTuple):
    """Whether cases differ from the register, and whether a worker was told to tell them."""

    differing: bool = False
    begun: bool = False


async def check_again(pool: asyncpg.Pool) -> Rechecked:
    """Have a worker tell the cases that the register now contradicts; return how that went.

    Never raises: the import is done, and the daily check tells the same.
    """
    try:
        async with pool.acquire() as conn:
            differing = bool(await list_differing(conn, None, 1))
    except DATABASE_ERRORS:
        return Rechecked()
    return Rechecked(differing, begun=differing and await _begin())


async def _begin() -> bool:
    try:
        async with asyncio.timeout(_CONNECT_WITHIN.total_seconds()):
            await begin_check(await connect(load_settings(), retry_config=QUICK))
    except (OperatorError, RPCError, RuntimeError, TimeoutError):  # RuntimeError: nothing listens
        return False
    return True
