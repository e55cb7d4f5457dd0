"""A minute of crashes: nothing accepted is lost and nothing is done twice."""

import asyncio
import os
import random
import secrets
import sys

import httpx2
import pytest

from runtime.local import LocalStack
from runtime.settings import Settings
from tests.smoke.evidence import pending_work, settled_evidence
from tests.smoke.faults import ROUNDS, kill_in_turn
from tests.smoke.invariants import broken, leaks
from tests.smoke.ledger import Ledger
from tests.smoke.lives import CANARY, Lives
from tests.smoke.town import Town, read_town

_CASES = 100
_NOTHING_MOVES = 45
_SEED_VARIABLE = "CHAOS_SEED"


@pytest.mark.timeout(400)
async def test_nothing_accepted_is_lost_or_done_twice(stack_settings: Settings) -> None:
    seed = int(os.environ.get(_SEED_VARIABLE) or secrets.randbelow(1_000_000))
    chance = random.Random(seed)  # noqa: S311 - to be repeated, not to be secret
    _say(f"{_SEED_VARIABLE}={seed}")
    with Ledger(stack_settings.data_dir.parent / "ledger.jsonl") as ledger:
        async with LocalStack(stack_settings, _say) as stack:
            town = await read_town(stack_settings)
            await _live_through(stack, town, ledger, chance)
            expected = [town.case_id(town.citizen(n), f"life-{n}") for n in range(_CASES)]
            evidence = await settled_evidence(stack_settings, stack.temporal_address, expected)
            people = [citizen.identity for citizen in town.citizens]

    _say(f"{len(ledger.answers)} answers to {len(ledger.intents)} intents")
    assert broken(expected, ledger, evidence) == {}
    assert leaks(stack_settings.data_dir, [CANARY, *people]) == []


async def _live_through(
    stack: LocalStack, town: Town, ledger: Ledger, chance: random.Random
) -> None:
    """Lead every life while services are killed; fails when nothing settles any more."""
    clock = asyncio.get_running_loop().time
    started = asyncio.Semaphore(0)
    each_time = -(-_CASES // (ROUNDS * 4))

    def start_some() -> None:
        for _ in range(each_time):
            started.release()

    async with httpx2.AsyncClient(base_url=stack.api_url, trust_env=False) as client:
        lives = Lives(town, client, ledger)

        async def lead(number: int) -> None:
            await started.acquire()
            await lives.live(number)

        try:
            async with asyncio.timeout(_NOTHING_MOVES) as limit, asyncio.TaskGroup() as group:
                ledger.on_answer = lambda: limit.reschedule(clock() + _NOTHING_MOVES)
                group.create_task(kill_in_turn(stack, chance, start_some, _say))
                for number in range(_CASES):
                    group.create_task(lead(number))
        except TimeoutError:
            pending = await pending_work(town.settings, stack.temporal_address)
            pytest.fail(f"Nothing moves any more.\n{lives.waiting}\n{ledger.open()}\n{pending}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
