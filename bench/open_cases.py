"""Many open cases at once: what a worker's memory comes to, and how soon an inbox answers."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime

import asyncpg
import httpx2

from bench.figures import Figure, percentile
from bench.ordinary_life import submission
from bench.stack import Bench
from domain.carried import CaseStart
from domain.submission import workflow_id_for
from runtime.issuer import LocalIssuer
from store.people import StaffPerson
from store.pool import open_pool
from workflows.case import CaseWorkflow
from workflows.options import TASK_QUEUE

_STEPS = 8
_STARTERS = 40
_CLIENTS = 4
_WARM_UP = 5
_ANSWERS = 100
_LOOK_EVERY = 0.2
_OPEN_WITHIN = 540
_KILOBYTES = 1024
_COUNT_OPEN = "SELECT count(*) FROM cases WHERE state = 'queued'"
_LARGEST_INBOX = """
SELECT unit, count(*) AS cases
FROM cases
WHERE state = 'queued'
GROUP BY unit
ORDER BY cases DESC, unit
LIMIT 1
"""
_INBOX = "/v1/inbox"
_COUNTS = "/v1/inbox/counts"


async def measure_open_cases(bench: Bench, cases: int) -> list[Figure]:
    """Open *cases* in equal steps and weigh the worker after each, then read inboxes.

    After nine minutes no further step begins, so that the whole takes no more than ten or so.

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
                await _open(bench, pool, before, opened)
                weighed.append(await _weigh(bench, opened))
        speed = Figure(what="cases opened", value=round(opened / (clock() - begun), 1), unit="/s")
        return [*weighed, speed, *await _read_inboxes(bench, pool)]


async def _open(bench: Bench, pool: asyncpg.Pool, first: int, end: int) -> None:
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


async def _read_inboxes(bench: Bench, pool: asyncpg.Pool) -> list[Figure]:
    await bench.stack.start("api")
    largest = await pool.fetchrow(_LARGEST_INBOX)
    if largest is None:
        raise LookupError(_LARGEST_INBOX)
    reader = bench.physicians[largest["unit"]]
    async with httpx2.AsyncClient(base_url=bench.stack.api_url, trust_env=False) as client:
        waits = {path: await _answers(bench, client, path, reader) for path in (_INBOX, _COUNTS)}
    return [
        Figure(what="cases in the largest inbox", value=largest["cases"], unit=""),
        _milliseconds("inbox answer, p95 at 4 clients", waits[_INBOX], 95, 50),
        _milliseconds("inbox answer, median", waits[_INBOX], 50),
        _milliseconds("inbox counts, p95 at 4 clients", waits[_COUNTS], 95),
    ]


async def _answers(
    bench: Bench, client: httpx2.AsyncClient, path: str, reader: StaffPerson
) -> list[float]:
    """Return how many seconds each answer took, those of the warm-up left out."""
    token = LocalIssuer(bench.settings).staff_token(
        reader.hsa_id, reader.commission, datetime.now(UTC)
    )
    headers = {"Authorization": f"Bearer {token}"}
    clock = asyncio.get_running_loop().time

    async def ask() -> list[float]:
        seconds = []
        for _ in range(_WARM_UP + _ANSWERS):
            begun = clock()
            (await client.get(path, headers=headers)).raise_for_status()
            seconds.append(clock() - begun)
        return seconds[_WARM_UP:]

    every = await asyncio.gather(*(ask() for _ in range(_CLIENTS)))
    return [seconds for one in every for seconds in one]


def _milliseconds(
    what: str, seconds: list[float], percent: int, limit: float | None = None
) -> Figure:
    bound = None if limit is None else ("<=", limit)
    value = round(percentile(seconds, percent) * 1000, 1)
    return Figure(what=what, value=value, unit="ms", budget=bound)
