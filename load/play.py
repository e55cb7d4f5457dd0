"""Plays a score against a stack of its own: all people, and beside them a look at the stack."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

import asyncpg

from bench.stack import Bench, bench_stack
from load.calling import Calls, Sample, open_client
from load.chance import chance_of
from load.citizens import live
from load.clock import Clock, wall_time
from load.curve import arrivals
from load.desks import staff_desk
from load.evidence import broken_promises
from load.ledger import Ledger
from load.mix import errands
from load.office import Office
from load.reckoning import Look, Playing, reckon, window_ends
from load.result import Result
from load.score import Score, told
from load.stage import Stage
from load.town import Town, read_town, senders
from load.vitals import look
from runtime.local import LocalStack
from store.people import CitizenPerson
from store.pool import open_pool

Say = Callable[[str], None]

_CONNECTIONS = 2
_TELL_EVERY = 6
"""Windows: each half hour of the play's day."""


async def play(score: Score, say: Say) -> Result:
    """Start a stack, play *score* on it and return what came of it; nothing is left running.

    Raises:
        OperatorError: the stack could not start, or a service ended.
    """
    async with bench_stack(say) as bench:
        await asyncio.gather(bench.stack.start("worker"), bench.stack.start("api"))
        async with await open_pool(bench.settings.database_url, _CONNECTIONS) as pool:
            playing = await _play(score, bench, pool, say)
            say("Looking whether all of it is there …")
            lost = await broken_promises(pool, bench.client, playing.stage.ledger)
    return reckon(playing, lost)


async def _play(score: Score, bench: Bench, pool: asyncpg.Pool, say: Say) -> Playing:
    town = await read_town(bench)
    times = arrivals(score.cases_a_day, score.part, chance_of(score.seed, "arrivals"))
    drawn = errands(times, score.seed)
    people = senders(town.citizens, drawn, chance_of(score.seed, "senders"), wall_time())
    clock, samples = Clock(score.part, score.speed), list[Sample]()
    async with open_client(bench.stack.api_url) as client:
        calls = Calls(client, clock, samples.append)
        playing = Playing(score, town.desks(), drawn, _stage(score, town, clock, calls), samples)
        say(f"{len(drawn)} cases to come, {playing.desks} staff at once, seed {score.seed}")
        clock.start()
        watching = _watch(playing, bench.stack, pool, say)
        await _alongside(bench.stack, _all_people(playing, people), watching)
    return playing


def _stage(score: Score, town: Town, clock: Clock, calls: Calls) -> Stage:
    office = Office(town, chance_of(score.seed, "office"))
    return Stage(town, office, clock, calls, Ledger(), score.seed)


async def _alongside(stack: LocalStack, *parts: Coroutine[Any, Any, None]) -> None:
    """Run *parts* to their end, or fail as soon as a service of the stack ends."""
    tasks = [asyncio.create_task(stack.watch()), asyncio.create_task(_together(parts))]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        done.pop().result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _together(parts: Iterable[Coroutine[Any, Any, None]]) -> None:
    async with asyncio.TaskGroup() as group:
        for part in parts:
            group.create_task(part)


async def _all_people(playing: Playing, people: list[CitizenPerson]) -> None:
    """Open the desks, and let each citizen begin when the draw says, however the service does."""
    clock = playing.stage.clock
    async with asyncio.TaskGroup() as group:
        for number in range(playing.desks):
            group.create_task(staff_desk(playing.stage, number))
        for errand, citizen in zip(playing.errands, people, strict=True):
            if await clock.until(errand.at):
                playing.late.append((clock.now() - errand.at) / playing.score.speed)
                group.create_task(live(playing.stage, errand, citizen))


async def _watch(playing: Playing, stack: LocalStack, pool: asyncpg.Pool, say: Say) -> None:
    """Look at the stack before the first window and at the end of each."""
    clock = playing.stage.clock
    for number, at in enumerate(window_ends(playing.score.part)):
        await clock.until(at)
        vitals = await look(stack, pool)
        playing.looks.append(Look(at, clock.seconds(), vitals))
        if number % _TELL_EVERY == 0:
            say(f"{told(at)}  {len(playing.stage.ledger.cases)} accepted, {vitals.open} open")
