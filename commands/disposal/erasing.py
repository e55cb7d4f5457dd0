"""Erases what two persons have approved, case by case, and again after a restore."""

from collections.abc import Iterable
from datetime import datetime

import asyncpg
from temporalio.client import Client

from commands.disposal.approving import ApprovedRun, find_approved
from commands.disposal.due_cases import keep_until
from commands.disposal.executions import StillRunningError, delete_executions
from domain.events import Event, is_unbroken
from domain.model import Model
from domain.region import Region
from domain.retention import DueCase, Hindrance, Standing, chain_hash, find_hindrance
from store.erasure import Tombstone, erase_case, list_events, vacuum
from store.erasure_proofs import ErasureProof, insert_proof
from store.pool import Connection
from store.retention import find_standings, lock_standing
from store.retention_runs import mark_ended, mark_started


class Stopped(Model):
    """A listed case that may not be erased, and why."""

    case_id: str
    hindrance: Hindrance


class RunResult(Model):
    """How a run went: cases erased by it in all, and what it stopped at; empty when it ended.

    `leaving` counts workflows that Temporal was told to remove; a repeat that finds none shows
    that they are gone.
    """

    run: str
    listed: int
    erased: int
    leaving: int = 0
    stopped: tuple[Stopped, ...] = ()


class _HinderedError(Exception):
    """A case may not be erased when its turn has come."""

    def __init__(self, hindrance: Hindrance) -> None:
        super().__init__(hindrance)
        self.hindrance = hindrance


class Eraser:
    """Erases cases; *now* is the instant that is written down."""

    def __init__(self, pool: asyncpg.Pool, client: Client, region: Region, now: datetime) -> None:
        self._pool = pool
        self._client = client
        self._region = region
        self._now = now
        self._today = region.calendars.default.local_day(now)

    async def run(self, run: str) -> RunResult:
        """Erase the cases of an approved run, unless one of them may not be.

        Nothing is erased when any listed case is open, held, changed or no longer due. Each case
        is looked at once more under lock; the first that may not be erased ends the run there.
        Safe to repeat: what this run has erased is left alone.
        """
        async with self._pool.acquire() as conn:
            approved = await find_approved(conn, run)
            stopped = await self._find_stops(conn, approved)
            if stopped:
                return RunResult(run=run, listed=len(approved.cases), erased=0, stopped=stopped)
            await mark_started(conn, run, self._now)
            result = await self._erase_all(conn, approved)
            if not result.stopped:
                await mark_ended(conn, run, self._now)
            await vacuum(conn)
            return result

    async def replay(self, proofs: Iterable[ErasureProof]) -> dict[str, int]:
        """Erase what the proofs say was erased, in a database restored from before it.

        Counts cases `erased` again, `already` erased, and `absent` from this copy. The proof is
        what decides: a hold or a state that is older than it is not asked for.
        """
        counts = {"erased": 0, "already": 0, "absent": 0}
        async with self._pool.acquire() as conn:
            for proof in proofs:
                counts[await self._replay_one(conn, proof)] += 1
            await vacuum(conn)
        return counts

    async def _find_stops(self, conn: Connection, approved: ApprovedRun) -> tuple[Stopped, ...]:
        standings = await find_standings(conn, [case.case_id for case in approved.cases])
        found = (
            (case, self._hindrance(case, standings.get(case.case_id), approved.run.run))
            for case in approved.cases
        )
        return tuple(Stopped(case_id=case.case_id, hindrance=why) for case, why in found if why)

    async def _erase_all(self, conn: Connection, approved: ApprovedRun) -> RunResult:
        erased = leaving = 0
        stopped: tuple[Stopped, ...] = ()
        for case in approved.cases:
            try:
                leaving += await self._erase(conn, approved, case)
            except _HinderedError as error:
                stopped = (Stopped(case_id=case.case_id, hindrance=error.hindrance),)
                break
            erased += 1
        return RunResult(
            run=approved.run.run,
            listed=len(approved.cases),
            erased=erased,
            leaving=leaving,
            stopped=stopped,
        )

    async def _erase(self, conn: Connection, approved: ApprovedRun, case: DueCase) -> bool:
        """Erase one case in one transaction; return whether Temporal still had something of it."""
        async with conn.transaction():
            now = await lock_standing(conn, case.case_id)
            hindrance = self._hindrance(case, now, approved.run.run)
            if hindrance is not None:
                raise _HinderedError(hindrance)
            if now is not None and now.erased_by is not None:
                return not await delete_executions(self._client, case.case_id, even_running=True)
            if not is_unbroken(await list_events(conn, case.case_id)):
                raise _HinderedError(Hindrance.BROKEN_CHAIN)
            try:
                is_gone = await delete_executions(self._client, case.case_id)
            except StillRunningError:
                raise _HinderedError(Hindrance.OPEN) from None
            left = await erase_case(conn, _tombstone(case, approved.run.run, self._now))
            await insert_proof(conn, _proof(approved, case, left, self._now))
        return not is_gone

    def _hindrance(self, case: DueCase, now: Standing | None, run: str) -> Hindrance | None:
        until = keep_until(self._region, case.service, case.closed_at)
        return find_hindrance(case, now, until, self._today, run)

    async def _replay_one(self, conn: Connection, proof: ErasureProof) -> str:
        async with conn.transaction():
            now = await lock_standing(conn, proof.case_id)
            await delete_executions(self._client, proof.case_id, even_running=True)
            await insert_proof(conn, proof)
            if now is None:
                return "absent"
            if now.erased_by is not None:
                return "already"
            await erase_case(conn, _tombstone(proof, proof.run, proof.erased_at))
        return "erased"


def _tombstone(told: DueCase | ErasureProof, run: str, erased_at: datetime) -> Tombstone:
    return Tombstone(
        case_id=told.case_id,
        closed_at=told.closed_at,
        erased_at=erased_at,
        retention_class=told.retention_class,
        run=run,
    )


def _proof(
    approved: ApprovedRun, case: DueCase, left: tuple[Event, ...], erased_at: datetime
) -> ErasureProof:
    return ErasureProof(
        **case.model_dump(exclude={"rev"}),
        run=approved.run.run,
        decision=approved.run.decision,
        plan_hash=approved.run.plan_hash,
        proposed_by=approved.run.proposed_by,
        approvers=tuple(each.approved_by for each in approved.approvals),
        erased_at=erased_at,
        events=len(left),
        chain=chain_hash(left),
    )
