"""After an import: cases that had nowhere to go are asked to look for a place once more."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

import asyncpg
from temporalio.service import RPCError

from activities.case_workflows import CaseWorkflows, Unseen
from runtime.errors import OperatorError
from runtime.settings import load_settings
from runtime.temporal import QUICK, connect
from store.case_revs import list_undeliverable
from store.pool import DATABASE_ERRORS

PLACING = frozenset({"providers", "units", "roles", "staff", "listing"})
"""The registers that decide where a case can lie."""

_AT_ONCE = 8
_CONNECT_WITHIN = timedelta(seconds=5)


class Asked(NamedTuple):
    """How many cases had nowhere to go, and how many of them could be asked to look again."""

    found: int = 0
    asked: int = 0


async def deliver_again(pool: asyncpg.Pool) -> Asked:
    """Ask every undeliverable case to look for a unit and a holder; return how that went.

    Never raises: the import is done, and the reconciler asks again within the hour. Repeating it
    changes nothing for a case that still has nowhere to go.
    """
    try:
        found = await list_undeliverable(pool)
    except DATABASE_ERRORS:
        return Asked()
    return Asked(len(found), await _ask_all(found) if found else 0)


async def _ask_all(case_ids: list[str]) -> int:
    try:
        async with asyncio.timeout(_CONNECT_WITHIN.total_seconds()):
            cases = CaseWorkflows(await connect(load_settings(), retry_config=QUICK))
        waiting = iter(case_ids)
        counts = await asyncio.gather(*(_ask(cases, waiting) for _ in range(_AT_ONCE)))
    except (OperatorError, RPCError, RuntimeError, TimeoutError):  # RuntimeError: nothing listens
        return 0
    return sum(counts)


async def _ask(cases: CaseWorkflows, case_ids: Iterator[str]) -> int:
    """Ask one case after another; stop at the first that does not answer, for nor will the rest."""
    count = 0
    for case_id in case_ids:
        if await cases.ask(case_id, "deliver_again") is Unseen.SILENT:
            return count
        count += 1
    return count
