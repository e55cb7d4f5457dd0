"""Chance without a generator: what comes out of a key is always the same, and spread evenly."""

from collections.abc import Sequence
from hashlib import sha256
from typing import TypeVar

_Item = TypeVar("_Item")


def number(below: int, *key: object) -> int:
    """Return a number from 0 up to, not including, *below*; another row's key changes nothing."""
    digest = sha256("\0".join(map(str, key)).encode()).digest()
    return int.from_bytes(digest[:8], "big") % below


def pick(items: Sequence[_Item], *key: object) -> _Item:
    """Return one of *items*."""
    return items[number(len(items), *key)]


def happens(percent: float, *key: object) -> bool:
    """Whether something that happens to *percent* of all happens to this key."""
    return number(10_000, *key) < percent * 100
