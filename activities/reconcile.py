"""Reconciling: compares cases with their rows, has what lags recorded again, tells of the rest."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import TypeVar

import asyncpg
import structlog
from pydantic import AwareDatetime
from temporalio import activity
from temporalio.client import Client

from activities.case_workflows import CaseWorkflows, Unseen
from activities.failures import database
from domain.model import Model
from domain.vocabulary import CaseState
from store.case_revs import CaseRev, find_rev, find_unrecorded, list_revs

log = structlog.get_logger()

_PAGE = 200
_AT_ONCE = 8
_Item = TypeVar("_Item")


class ReconcileCounts(Model):
    """What a run found, in cases.

    `lagging` rows and `missing` rows were asked to be recorded again, undeliverable cases to be
    `redelivered`. `ahead`: rows newer than their workflow, a restore accident. `without_workflow`:
    rows whose case should run and does not. `silent`: no answer in time, looked at next time.
    `unadmitted`: older cases that still wait for the registers.
    """

    checked: int = 0
    lagging: int = 0
    missing: int = 0
    redelivered: int = 0
    ahead: int = 0
    without_workflow: int = 0
    silent: int = 0
    unadmitted: int = 0

    def plus(self, other: "ReconcileCounts") -> "ReconcileCounts":
        """Return the sum."""
        theirs = other.model_dump()
        return ReconcileCounts(
            **{name: count + theirs[name] for name, count in self.model_dump().items()}
        )


class RowPage(Model):
    """Which rows to compare: the page after this case id, the first page without one."""

    after: str | None = None


class RowsCompared(Model):
    """A page's counts, and the cursor of the next page; None at the end."""

    counts: ReconcileCounts
    after: str | None


class RowSearch(Model):
    """Look for cases without a row among those that began by `started_before`."""

    started_before: AwareDatetime


class ReconcileActivities:
    """Brings rows back in step with their workflows, which are the truth (design section 3.7).

    Safe to repeat: recording again and delivering again change nothing that is right already.
    """

    def __init__(self, pool: asyncpg.Pool, client: Client) -> None:
        self._pool = pool
        self._cases = CaseWorkflows(client)

    @activity.defn
    async def reconcile_cases(self, page: RowPage) -> RowsCompared:
        """Compare one page of rows, of open and of resolved cases, with their workflows."""
        async with database(self._pool) as conn:
            rows = await list_revs(conn, page.after, _PAGE)
        counts = ReconcileCounts()
        for some in _in_parts(rows, _AT_ONCE):
            counts = _total([counts, *await asyncio.gather(*map(self._compare, some))])
            activity.heartbeat()
        return RowsCompared(counts=counts, after=rows[-1].case_id if len(rows) == _PAGE else None)

    @activity.defn
    async def find_missing_rows(self, search: RowSearch) -> ReconcileCounts:
        """Have running cases recorded that have no row.

        Visibility only names candidates: the row and the workflow itself decide.
        """
        running = [case_id async for case_id in self._cases.list_running(search.started_before)]
        counts = ReconcileCounts()
        for some in _in_parts(running, _PAGE):
            activity.heartbeat()
            async with database(self._pool) as conn:
                unrecorded = await find_unrecorded(conn, some)
            for few in _in_parts(unrecorded, _AT_ONCE):
                counts = _total([counts, *await asyncio.gather(*map(self._restore, few))])
                activity.heartbeat()
        return counts

    async def _compare(self, row: CaseRev) -> ReconcileCounts:
        seen = await self._cases.look_at(row.case_id)
        if isinstance(seen, Unseen):
            return await self._unseen(row, seen)
        counts = ReconcileCounts(checked=1)
        if row.rev > seen.projection.rev:
            log.error("row_ahead_of_workflow", case_id=row.case_id)
            return counts.plus(ReconcileCounts(ahead=1))
        if await self._still_lags(row, seen.projection.rev):
            await self._cases.ask(row.case_id, "record_again")
            counts = counts.plus(ReconcileCounts(lagging=1))
        if seen.projection.state is CaseState.UNDELIVERABLE:
            await self._cases.ask(row.case_id, "deliver_again")
            counts = counts.plus(ReconcileCounts(redelivered=1))
        return counts

    async def _still_lags(self, row: CaseRev, rev: int) -> bool:
        """Whether the row is behind also when read after its workflow was, and not only before."""
        if row.rev == rev:
            return False
        async with database(self._pool) as conn:
            now = await find_rev(conn, row.case_id)
        return now is None or now.rev < rev

    async def _unseen(self, row: CaseRev, why: Unseen) -> ReconcileCounts:
        if why is Unseen.SILENT:
            return ReconcileCounts(checked=1, silent=1)
        async with database(self._pool) as conn:
            now = await find_rev(conn, row.case_id)
        if now is None or now.state in {CaseState.CLOSED, CaseState.REJECTED}:
            return ReconcileCounts(checked=1)
        log.error("row_without_workflow", case_id=row.case_id)
        return ReconcileCounts(checked=1, without_workflow=1)

    async def _restore(self, case_id: str) -> ReconcileCounts:
        seen = await self._cases.look_at(case_id)
        if isinstance(seen, Unseen):
            return ReconcileCounts(silent=1 if seen is Unseen.SILENT else 0)
        if seen.projection.state is CaseState.RECEIVED:
            return ReconcileCounts(unadmitted=1)
        log.error("case_without_row", case_id=case_id)
        await self._cases.ask(case_id, "record_again")
        return ReconcileCounts(missing=1)


def _in_parts(items: Sequence[_Item], size: int) -> Iterable[Sequence[_Item]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _total(counts: Iterable[ReconcileCounts]) -> ReconcileCounts:
    total = ReconcileCounts()
    for one in counts:
        total = total.plus(one)
    return total
