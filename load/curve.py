"""When cases come: the curve of a working day, and instants drawn from it.

The volumes are estimates for sizing, not facts [domain 10]: 650 cases on a mean working day, 1.6
times as many on a Monday, a quarter of the day's between 08 and 10.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import pairwise

from load.chance import Chance

CASES_A_DAY = 650
"""On the mean working day."""

_MONDAY = 1.6
_OTHER_DAY = (5 - _MONDAY) / 4
_SHARES = {
    7: 0.08,
    8: 0.125,
    9: 0.125,
    10: 0.11,
    11: 0.09,
    12: 0.075,
    13: 0.09,
    14: 0.09,
    15: 0.085,
    16: 0.07,
    17: 0.06,
}
"""Of the day's cases, by the local hour they begin in; 08 to 10 is given, the rest is assumed."""


class Weekday(StrEnum):
    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"

    @property
    def cases(self) -> float:
        """How many cases are expected, before any growth; the five days keep the mean."""
        return CASES_A_DAY * (_MONDAY if self is Weekday.MONDAY else _OTHER_DAY)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the day, as times since local midnight; `end` is outside."""

    begin: timedelta
    end: timedelta

    @property
    def lasts(self) -> timedelta:
        """How long it is."""
        return self.end - self.begin


DAY = Part(timedelta(hours=min(_SHARES)), timedelta(hours=max(_SHARES) + 1))
"""The part of the day that the curve knows: all cases come within it."""


def expected(cases_a_day: float, part: Part) -> float:
    """Return how many of *cases_a_day* come within *part* on average."""
    return cases_a_day * (_share_until(part.end) - _share_until(part.begin))


def arrivals(cases_a_day: float, part: Part, chance: Chance) -> list[timedelta]:
    """Draw when cases come within *part*: times since midnight, in order.

    A Poisson process whose rate is the curve's: steps of an even process, exponential with mean
    1, are taken on the scale of expected cases and read back as times.
    """
    offset = cases_a_day * _share_until(part.begin)
    return [
        _when((offset + count) / cases_a_day)
        for count in _even_steps(expected(cases_a_day, part), chance)
    ]


def _even_steps(until: float, chance: Chance) -> Iterator[float]:
    count = chance.expovariate(1)
    while count < until:
        yield count
        count += chance.expovariate(1)


def _share_until(at: timedelta) -> float:
    """Return which share of the day's cases has come at *at*."""
    hours = at / timedelta(hours=1)
    return sum(share * min(max(hours - hour, 0), 1) for hour, share in _SHARES.items())


_HOURS = [timedelta(hours=hour) for hour in (*_SHARES, max(_SHARES) + 1)]
_ENDS = [(end, _share_until(end)) for end in _HOURS]


def _when(share: float) -> timedelta:
    """Return the time at which *share* of the day's cases has come."""
    for (begin, before), (end, after) in pairwise(_ENDS):
        if share < after:
            return begin + (end - begin) * ((share - before) / (after - before))
    return DAY.end
