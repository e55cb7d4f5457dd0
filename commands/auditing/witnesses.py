"""What the workflows of cases, while Temporal keeps them, say against the rows."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

import asyncpg
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowQueryFailedError
from temporalio.service import RPCError, RPCStatusCode

from domain.chain import ChainFault, Finding
from domain.model import Model
from domain.projection import Snapshot
from domain.submission import CaseId, workflow_id_for
from domain.vocabulary import CaseState
from store.chain import Kept, find_kept
from store.pool import ACQUIRE_TIMEOUT

_CASES = "WorkflowType = 'CaseWorkflow' AND ExecutionStatus != 'ContinuedAsNew'"
_ID_PREFIX = workflow_id_for(CaseId(""))
_RPC_TIMEOUT = timedelta(seconds=5)
_AT_ONCE = 8


class WitnessCounts(Model):
    """Workflows that were asked; rows that lag behind theirs; workflows that did not answer."""

    workflows: int = 0
    lagging: int = 0
    silent: int = 0


class Witness(NamedTuple):
    """A workflow of a case; one that has ended has left everything in the rows."""

    case_id: str
    has_ended: bool


class Testimony(NamedTuple):
    """What came of asking one workflow."""

    finding: Finding | None = None
    is_lagging: bool = False
    is_silent: bool = False


class Witnesses:
    """Asks every workflow that is there and compares its events with the rows."""

    def __init__(self, client: Client, pool: asyncpg.Pool) -> None:
        self._client = client
        self._pool = pool

    async def compare(self, case_id: str | None) -> tuple[WitnessCounts, list[Finding]]:
        """Return counts and faults of all cases, or of one. Raises `RPCError` without Temporal."""
        counts, findings = WitnessCounts(), list[Finding]()
        async for some in _in_parts(self._list(case_id)):
            heard = await asyncio.gather(*map(self._hear, some))
            findings += [one.finding for one in heard if one.finding is not None]
            counts = WitnessCounts(
                workflows=counts.workflows + len(heard),
                lagging=counts.lagging + sum(one.is_lagging for one in heard),
                silent=counts.silent + sum(one.is_silent for one in heard),
            )
        return counts, findings

    async def _list(self, case_id: str | None) -> AsyncIterator[Witness]:
        """Yield the workflows, as visibility has them: a very new one may be left out."""
        wanted = f" AND WorkflowId = '{_ID_PREFIX}{case_id}'" if case_id else ""
        async for execution in self._client.list_workflows(_CASES + wanted):
            found = _case_id_in(execution.id)
            if found is not None:
                has_ended = execution.status is WorkflowExecutionStatus.COMPLETED
                yield Witness(found, has_ended)

    async def _hear(self, witness: Witness) -> Testimony:
        # The rows first: the workflow, asked after, knows at least as much.
        async with self._pool.acquire(timeout=ACQUIRE_TIMEOUT) as conn:
            kept = await find_kept(conn, witness.case_id)
        told = await self._ask(witness.case_id)
        if told is None:
            return Testimony(is_silent=True)
        if told.projection.state is CaseState.RECEIVED:
            return Testimony()  # not admitted yet, or a second start that was turned away
        return _compared(witness, kept, told)

    async def _ask(self, case_id: str) -> Snapshot | None:
        handle = self._client.get_workflow_handle(workflow_id_for(CaseId(case_id)))
        try:
            told: Snapshot = await handle.query(
                "view", result_type=Snapshot, rpc_timeout=_RPC_TIMEOUT
            )
        except WorkflowQueryFailedError:
            return None
        except RPCError as error:
            if error.status is RPCStatusCode.UNAVAILABLE:
                raise
            return None
        return told


def _compared(witness: Witness, kept: Kept | None, told: Snapshot) -> Testimony:
    if kept is None:
        return Testimony(Finding(case_id=witness.case_id, fault=ChainFault.NO_ROW))
    hashes = [event.hash for event in told.events]
    for seq, (row, own) in enumerate(zip(kept.hashes, hashes, strict=False), start=1):
        if row != own:
            return _differs(witness, seq)
    if len(kept.hashes) > len(hashes):
        return _differs(witness, len(hashes) + 1)
    if len(kept.hashes) < len(hashes):
        if witness.has_ended or kept.rev >= told.projection.rev:
            return _differs(witness, len(kept.hashes) + 1)
        return Testimony(is_lagging=True)
    return Testimony()


def _differs(witness: Witness, seq: int) -> Testimony:
    return Testimony(Finding(case_id=witness.case_id, fault=ChainFault.WORKFLOW, seq=seq))


def _case_id_in(workflow_id: str) -> str | None:
    try:
        return str(UUID(workflow_id.removeprefix(_ID_PREFIX)))
    except ValueError:
        return None


async def _in_parts(items: AsyncIterator[Witness]) -> AsyncIterator[list[Witness]]:
    part: list[Witness] = []
    async for item in items:
        part.append(item)
        if len(part) == _AT_ONCE:
            yield part
            part = []
    if part:
        yield part
