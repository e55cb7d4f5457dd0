"""Chance that can be had again: streams of it, each by the seed and its own name."""

import random  # noqa: TID251 - a stream is made from a seed that is an argument
from typing import TypeAlias

Chance: TypeAlias = random.Random


def chance_of(seed: int, *names: str | int) -> Chance:
    """Return the stream of *names*: what one of them draws never changes what another does."""
    return Chance("/".join(map(str, (seed, *names))))
