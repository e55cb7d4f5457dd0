"""The faults: each service killed with SIGKILL in a seeded order, and started again."""

import asyncio
import random
from collections.abc import Callable

from runtime.local import SERVICES, LocalStack, Service

ROUNDS = 3
"""How often each service is killed."""

_BEFORE = (0.1, 0.8)
_DOWN = (0.0, 1.0)


async def kill_in_turn(
    stack: LocalStack,
    chance: random.Random,
    before_each: Callable[[], None],
    say: Callable[[str], None],
) -> None:
    """Kill and start every service `ROUNDS` times, with load from *before_each* in flight."""
    for name in _order(chance):
        before_each()
        await asyncio.sleep(chance.uniform(*_BEFORE))
        say(f"kill -9 {name}")
        await stack.kill(name)
        await asyncio.sleep(chance.uniform(*_DOWN))
        await stack.start(name)


def _order(chance: random.Random) -> list[Service]:
    return [name for _ in range(ROUNDS) for name in chance.sample(SERVICES, len(SERVICES))]
