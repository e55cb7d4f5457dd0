"""How many whole lives a second each program manages, in turns within one run."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Iterator, Sequence
from statistics import median
from typing import TypeVar

from bench.figures import Figure
from bench.histories import count_events
from bench.ordinary_life import messages, submission
from bench.programs import Handle, Program, Programs
from bench.stack import Bench
from domain.messages import AnyMessage
from store.pool import open_pool

_CONCURRENCY = 20
_POOL_SIZE = 10
_LOOK_EVERY = 0.02
_RATIOS = {
    "case, local recorder": None,
    "plain, the same activities": (">=", 0.7),
    "plain, regular activities": None,
    "plain, local activities": None,
    "messages only": None,
}

Speeds = dict[str, list[float]]
_Result = TypeVar("_Result")


async def measure_lives(bench: Bench, lives: int, rounds: int) -> list[Figure]:
    """Live *lives* lives of each program in each of *rounds* rounds, after one that warms up.

    Worker and client share this process, so a second worker would do more. Every second round
    goes backwards: what slows the machine down slows neighbours alike.
    """
    async with await open_pool(bench.settings.database_url, _POOL_SIZE) as pool:
        programs = Programs(bench, pool)
        every = programs.all()
        speeds: Speeds = {program.name: [] for program in every}
        shipped, other = programs.workers()
        async with shipped, other:
            counted = {program.name: await _count(bench, program) for program in every}
            for number in range(rounds):
                for program in every if number % 2 == 0 else reversed(every):
                    speeds[program.name].append(await _speed(bench, program, lives))
    return [*_counts(counted), *_figures(speeds)]


def _counts(counted: dict[str, Counter[str]]) -> Iterator[Figure]:
    for name, counts in counted.items():
        activities = counts["regular"] + counts["local"]
        yield Figure(what=f"activities: {name}", value=activities, unit="", is_count=True)
        yield Figure(what=f"timers: {name}", value=counts["timers"], unit="", is_count=True)


def _figures(speeds: Speeds) -> Iterator[Figure]:
    for name, measured in speeds.items():
        yield Figure(what=f"lives: {name}", value=round(median(measured), 1), unit="/s")
    for name, bound in _RATIOS.items():
        ratio = median(
            ours / theirs for ours, theirs in zip(speeds["case"], speeds[name], strict=True)
        )
        yield Figure(what=f"  case / {name}", value=round(ratio, 2), unit="", budget=bound)


async def _count(bench: Bench, program: Program) -> Counter[str]:
    """Warm a program up; return what the last life's history holds."""
    handles = await _live_all(bench, program, _CONCURRENCY)
    return await count_events(handles[-1])


async def _speed(bench: Bench, program: Program, lives: int) -> float:
    clock = asyncio.get_running_loop().time
    begun = clock()
    await _live_all(bench, program, lives)
    return lives / (clock() - begun)


async def _live_all(bench: Bench, program: Program, lives: int) -> list[Handle]:
    """Start every life, and act on each when all have come as far as they do by themselves."""
    submitted = [submission(bench, number) for number in range(lives)]
    handles = await _in_parallel([program.start(one) for one in submitted])
    while await program.begun() < lives:  # noqa: ASYNC110 - other processes answer
        await asyncio.sleep(_LOOK_EVERY)
    await _in_parallel(
        [
            _act_all(program, handle, messages(bench, one))
            for handle, one in zip(handles, submitted, strict=True)
        ]
    )
    return handles


async def _act_all(program: Program, handle: Handle, every: Sequence[AnyMessage]) -> None:
    for message in every:
        await program.act(handle, message)
    await handle.result()


async def _in_parallel(calls: Sequence[Awaitable[_Result]]) -> list[_Result]:
    """Await all of *calls*, so many at a time as there would be people; answers in their order."""
    places = asyncio.Semaphore(_CONCURRENCY)

    async def one(call: Awaitable[_Result]) -> _Result:
        async with places:
            return await call

    return await asyncio.gather(*(one(call) for call in calls))
