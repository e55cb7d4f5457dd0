"""The programs whose speed is compared: the case, one recorded otherwise, and plainer ones."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import asyncpg
from temporalio.client import WorkflowHandle
from temporalio.worker import Worker

from bench.comparison import EmptyActivities, PlainStart, PlainWorkflow, Work
from bench.stack import Bench
from bench.variants import LocallyRecordedCase
from domain.carried import CaseStart
from domain.messages import Act, AnyMessage
from domain.region import Region
from domain.submission import Submission, workflow_id_for
from worker import case_worker
from workflows.case import CaseWorkflow

_SHIPPED_QUEUE = "bench-shipped"
_OTHER_QUEUE = "bench-others"

Handle = WorkflowHandle[Any, Any]

_COUNT_QUEUED = "SELECT count(*) FROM cases WHERE state = 'queued'"
_WORK_AT_START = {Work.ALIKE: 2, Work.REGULAR: 2, Work.LOCAL: 2, Work.NONE: 0}


@dataclass(frozen=True, slots=True)
class Program:
    """A workflow that lives an ordinary life: how it starts, is acted on, and is ready to be.

    `begun` tells how many of those started have done all they do before the first message.
    """

    name: str
    start: Callable[[Submission], Awaitable[Handle]]
    act: Callable[[Handle, AnyMessage], Awaitable[object]]
    begun: Callable[[], Awaitable[int]]


class Programs:
    """All programs on one client, one worker and one pool."""

    def __init__(self, bench: Bench, pool: asyncpg.Pool) -> None:
        self._client = bench.client
        self._pool = pool
        self._region = closing_at_once(bench.region)
        self._empty = EmptyActivities()

    def workers(self) -> tuple[Worker, Worker]:
        """Return the shipped worker, and one of the same make for the programs compared with."""
        shipped = case_worker(self._client, self._pool, self._region, _SHIPPED_QUEUE)
        config = shipped.config()
        config["task_queue"] = _OTHER_QUEUE
        config["workflows"] = [LocallyRecordedCase, PlainWorkflow]
        config["activities"] = [*config["activities"], self._empty.do_nothing]
        return shipped, Worker(**config)

    def all(self) -> tuple[Program, ...]:
        """Return the shipped case first, then what it is compared with."""
        return (
            self._case("case", CaseWorkflow),
            self._case("case, local recorder", LocallyRecordedCase),
            self._plain("plain, the same activities", Work.ALIKE),
            self._plain("plain, regular activities", Work.REGULAR),
            self._plain("plain, local activities", Work.LOCAL),
            self._plain("messages only", Work.NONE),
        )

    def _case(self, name: str, kind: type[CaseWorkflow]) -> Program:
        async def start(submitted: Submission) -> Handle:
            queue = _SHIPPED_QUEUE if kind is CaseWorkflow else _OTHER_QUEUE
            return await self._client.start_workflow(
                kind.run,
                CaseStart(submission=submitted),
                id=workflow_id_for(submitted.case_id),
                task_queue=queue,
            )

        async def act(handle: Handle, message: AnyMessage) -> object:
            return await handle.execute_update(CaseWorkflow.act, Act(message=message))

        async def begun() -> int:
            queued: int = await self._pool.fetchval(_COUNT_QUEUED)
            return queued

        return Program(name, start, act, begun)

    def _plain(self, name: str, work: Work) -> Program:
        started = 0

        async def start(submitted: Submission) -> Handle:
            nonlocal started
            if started == 0:
                self._empty.done = 0
            started += 1
            return await self._client.start_workflow(
                PlainWorkflow.run,
                PlainStart(submission=submitted, work=work),
                id=workflow_id_for(submitted.case_id),
                task_queue=_OTHER_QUEUE,
            )

        async def act(handle: Handle, message: AnyMessage) -> object:
            nonlocal started
            started = 0
            return await handle.execute_update(PlainWorkflow.act, Act(message=message))

        async def begun() -> int:
            each = _WORK_AT_START[work]
            return self._empty.done // each if each else started

        return Program(name, start, act, begun)


def closing_at_once(region: Region) -> Region:
    """Return the region with no days to reopen in, so that no life waits for skipped time."""
    catalogue = region.catalogue
    services = tuple(
        entry.model_copy(update={"handling": entry.handling.model_copy(update={"reopen_days": 0})})
        for entry in catalogue.services
    )
    return replace(region, catalogue=catalogue.model_copy(update={"services": services}))
