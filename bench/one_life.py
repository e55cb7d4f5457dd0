"""What one ordinary life costs: history events and bytes, activities, PostgreSQL commits."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import asyncpg
from temporalio.client import Client, WorkflowHandle
from temporalio.testing import TimeSkipper, TimeSkippingConfig

from bench.figures import Figure
from bench.histories import count_events
from bench.ordinary_life import messages, submission
from bench.stack import Bench
from domain.carried import CaseEnd, CaseStart
from domain.messages import Act
from domain.submission import workflow_id_for
from runtime.postgres import local_socket_dir, postgres_dsn
from store.pool import open_pool
from worker import case_worker
from workflows.case import CaseWorkflow

Handle = WorkflowHandle[CaseWorkflow, CaseEnd]
Counts = Counter[str]

_QUEUE = "bench-one-life"
_POOL_SIZE = 2
_QUIET = 0.4
_UNTIL_CLOSED = timedelta(days=15)
_COMMITS = "SELECT xact_commit FROM pg_stat_database WHERE datname = $1"


async def measure_one_life(bench: Bench, lives: int) -> list[Figure]:
    """Live *lives* lives one after another; a life's figures are those of the costliest.

    Commits are the difference over all lives, less what opening and closing the pool costs.
    """
    idle = await _commits_of(bench, [])
    counted: list[Counts] = []
    commits = await _commits_of(bench, counted, lives) - idle
    worst = {name: max(counts[name] for counts in counted) for name in counted[0]}
    return list(_figures(worst, commits / lives))


def _figures(life: dict[str, int], commits: float) -> Iterator[Figure]:
    def count(what: str, name: str, limit: float | None = None) -> Figure:
        bound = None if limit is None else ("<=", limit)
        return Figure(what=what, value=life[name], unit="", budget=bound, is_count=True)

    yield count("activities, submit to queued", "until_queued", 2)
    yield count("history events, whole ordinary life", "events", 95)
    yield count("  of them workflow tasks", "tasks")
    yield count("  of them timers started", "timers")
    yield count("activities, whole life: regular", "regular")
    yield count("activities, whole life: local", "local")
    yield Figure(what="history size", value=life["bytes"], unit="bytes")
    yield Figure(
        what="PostgreSQL commits, whole life",
        value=round(commits, 2),
        unit="",
        budget=("<=", 8),
        is_count=True,
    )


async def _commits_of(bench: Bench, counted: list[Counts], lives: int = 0) -> int:
    """Return the commits of the case database while *lives* lives run on a pool of their own.

    A backend reports all its commits when it ends, hence the pool that is closed at the end.
    """
    before = await _commits(bench)
    async with await open_pool(bench.settings.database_url, _POOL_SIZE) as pool:
        await _connect_all(pool)
        async with case_worker(bench.client, pool, bench.region, _QUEUE):
            counted += [await _live(bench, number) for number in range(lives)]
    return await _commits(bench) - before


async def _live(bench: Bench, number: int) -> Counts:
    submitted = submission(bench, number)
    handle = await bench.client.start_workflow(
        CaseWorkflow.run,
        CaseStart(submission=submitted),
        id=workflow_id_for(submitted.case_id),
        task_queue=_QUEUE,
    )
    await _until_quiet(handle)
    until_queued = await count_events(handle)
    for message in messages(bench, submitted):
        await handle.execute_update(CaseWorkflow.act, Act(message=message))
        await _until_quiet(handle)
    await _skip(bench.client, handle)
    await handle.result()
    life = await count_events(handle)
    life["until_queued"] = until_queued["regular"] + until_queued["local"]
    described = await handle.describe()
    life["bytes"] = described.raw_description.workflow_execution_info.history_size_bytes
    return life


async def _until_quiet(handle: Handle) -> None:
    """Wait until nothing has been added to the history for a while: messages lie apart in time."""
    length, seen = 0, -1
    while length != seen:
        seen = length
        await asyncio.sleep(_QUIET)
        length = (await handle.describe()).history_length


async def _skip(client: Client, handle: Handle) -> None:
    skipper = TimeSkipper(client, config=TimeSkippingConfig(enabled=False))
    await skipper.fast_forward(handle, _UNTIL_CLOSED)


async def _commits(bench: Bench) -> int:
    dsn = postgres_dsn(local_socket_dir(bench.settings.data_dir), "postgres")
    conn = await asyncpg.connect(dsn)
    try:
        commits: int = await conn.fetchval(_COMMITS, "arende")
    finally:
        await conn.close()
    return commits


async def _connect_all(pool: asyncpg.Pool) -> None:
    held = [await pool.acquire() for _ in range(pool.get_max_size())]
    for conn in held:
        await pool.release(conn)
