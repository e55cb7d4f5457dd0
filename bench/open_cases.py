"""Many open cases at once: what a worker's memory comes to, and how soon an inbox answers."""

import asyncio
from collections.abc import Iterator

import asyncpg

from bench.figures import Figure
from bench.inbox import read_inboxes
from bench.ordinary_life import submission
from bench.stack import Bench
from domain.carried import CaseStart
from domain.submission import workflow_id_for
from store.pool import open_pool
from workflows.case import CaseWorkflow
from workflows.options import TASK_QUEUE

_STEPS = 10
_STARTERS = 40
_LOOK_EVERY = 0.2
_OPEN_WITHIN = 45 * 60
_KILOBYTES = 1024
_COUNT_OPEN = "SELECT count(*) FROM cases WHERE state = 'queued'"


async def measure_open_cases(bench: Bench, cases: int) -> list[Figure]:
    """Open *cases* in equal steps and weigh the worker after each, then read inboxes.

    After 45 minutes no further step begins.

    The worker and the API are processes of their own, as in operation; four clients ask for the
    inbox with the most cases.
    """
    async with await open_pool(bench.settings.database_url, 1) as pool:
        await bench.stack.start("worker")
        weighed = [await _weigh(bench, 0)]
        clock = asyncio.get_running_loop().time
        begun, opened = clock(), 0
        for step in range(1, _STEPS + 1):
            if clock() - begun < _OPEN_WITHIN:
                opened, before = cases * step // _STEPS, opened
                await open_cases(bench, pool, before, opened)
                weighed.append(await _weigh(bench, opened))
        speed = Figure(what="cases opened", value=round(opened / (clock() - begun), 1), unit="/s")
        return [*weighed, speed, *await read_inboxes(bench, pool)]


async def open_cases(bench: Bench, pool: asyncpg.Pool, first: int, end: int) -> None:
    """Start the cases numbered *first* to *end*; return when every row says queued."""
    numbers = iter(range(first, end))
    await asyncio.gather(*(_start(bench, numbers) for _ in range(_STARTERS)))
    while await pool.fetchval(_COUNT_OPEN) < end:  # noqa: ASYNC110 - another process records
        await asyncio.sleep(_LOOK_EVERY)


async def _start(bench: Bench, numbers: Iterator[int]) -> None:
    for number in numbers:
        submitted = submission(bench, number)
        await bench.client.start_workflow(
            CaseWorkflow.run,
            CaseStart(submission=submitted),
            id=workflow_id_for(submitted.case_id),
            task_queue=TASK_QUEUE,
        )


async def _weigh(bench: Bench, cases: int) -> Figure:
    """Return the worker's resident memory, as `ps` tells it on every system."""
    pid = str(bench.stack.pid("worker"))
    process = await asyncio.create_subprocess_exec(
        "ps", "-o", "rss=", "-p", pid, stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await process.communicate()
    megabytes = round(int(printed) / _KILOBYTES)
    return Figure(what=f"worker memory at {cases} open cases", value=megabytes, unit="MB")
