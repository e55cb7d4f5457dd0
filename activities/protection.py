"""Checking protection: tells cases what the register of citizens says of their patients now."""

import asyncpg
from pydantic import AwareDatetime
from temporalio import activity
from temporalio.client import Client
from temporalio.service import RPCError

from activities.case_workflows import CaseWorkflows, Unseen
from activities.failures import database
from activities.forgetting import ForgettingActivities
from domain.model import Model
from domain.protection import Protection
from domain.region import Region
from domain.vocabulary import CaseState
from store.protected_handlers import list_handlers
from store.protection import Difference, list_differing, protect_ended

_PAGE = 100
_OVER = frozenset({CaseState.CLOSED, CaseState.REJECTED})


class ProtectionCounts(Model):
    """What a check found, in cases: those that were told that protection `began` or `ended`.

    `forgotten`: cases that are over, whose workflows were deleted. `silent`: Temporal gave no
    answer, or the case has no workflow; looked at next time.
    """

    began: int = 0
    ended: int = 0
    forgotten: int = 0
    silent: int = 0

    def plus(self, other: "ProtectionCounts") -> "ProtectionCounts":
        """Return the sum."""
        theirs = other.model_dump()
        return ProtectionCounts(
            **{name: count + theirs[name] for name, count in self.model_dump().items()}
        )


class ProtectionPage(Model):
    """Which cases to check: those after this case id, the first ones without; by `at`'s registers.

    `at` is also what a case tells older news from newer by.
    """

    at: AwareDatetime
    after: str | None = None


class ProtectionChecked(Model):
    """A page's counts, and the cursor of the next page; None at the end."""

    counts: ProtectionCounts
    after: str | None


class ProtectionActivities:
    """Compares cases with the register of citizens [L10].

    Safe to repeat: a case that knows already says the same as the register and is not found.
    """

    def __init__(self, pool: asyncpg.Pool, client: Client, region: Region) -> None:
        self._pool = pool
        self._region = region
        self._cases = CaseWorkflows(client)
        self._runs = ForgettingActivities(client)

    @activity.defn
    async def check_protection(self, page: ProtectionPage) -> ProtectionChecked:
        """Tell each case on a page that the register contradicts what the register says."""
        async with database(self._pool) as conn:
            found = await list_differing(conn, page.after, _PAGE)
        counts = ProtectionCounts()
        for difference in found:
            ended = difference.state in _OVER
            told = await (self._end(difference) if ended else self._tell(difference, page))
            counts = counts.plus(told)
            activity.heartbeat()
        after = found[-1].case_id if len(found) == _PAGE else None
        return ProtectionChecked(counts=counts, after=after)

    async def _tell(self, difference: Difference, page: ProtectionPage) -> ProtectionCounts:
        news = Protection(
            protected=difference.protected,
            at=page.at,
            unit=difference.unit,
            handlers=await self._handlers_of(difference, page),
        )
        if isinstance(await self._cases.tell(difference.case_id, "protect", news), Unseen):
            return ProtectionCounts(silent=1)
        return ProtectionCounts(began=1) if news.protected else ProtectionCounts(ended=1)

    async def _handlers_of(self, difference: Difference, page: ProtectionPage) -> tuple[str, ...]:
        if difference.unit is None:
            return ()
        on = self._region.calendars.default.local_day(page.at)
        manager = self._region.catalogue.system_roles.unit_manager
        async with database(self._pool) as conn:
            return await list_handlers(
                conn, difference.unit, manager, on, patient=difference.patient
            )

    async def _end(self, difference: Difference) -> ProtectionCounts:
        """Delete what Temporal still shows of a case that is over, then mark its row."""
        try:
            is_forgotten = await self._runs.forget_ended(difference.case_id)
        except RPCError:
            is_forgotten = False
        if not is_forgotten:
            return ProtectionCounts(silent=1)
        async with database(self._pool) as conn:
            await protect_ended(conn, difference.case_id)
        return ProtectionCounts(forgotten=1)
