"""What is to be played: the day, the part of it, how fast and with how many cases."""

import re
from dataclasses import dataclass
from datetime import timedelta

from load.curve import DAY, Part, Weekday

_PART = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")


class PartError(ValueError):
    """What was given is no part of the day that can be played."""

    def __init__(self) -> None:
        super().__init__(f"a part is HH:MM-HH:MM, within {told_part(DAY)}")


@dataclass(frozen=True, slots=True)
class Score:
    """`growth` multiplies the cases of the day, `speed` the pace of everybody in it."""

    weekday: Weekday
    part: Part
    speed: float
    growth: float
    seed: int

    @property
    def cases_a_day(self) -> float:
        """How many cases are expected within the whole day."""
        return self.weekday.cases * self.growth


def part_of(text: str) -> Part:
    """Read a part such as `08:00-10:00`, local times.

    Raises:
        PartError: it is none, or reaches outside the day.
    """
    found = _PART.fullmatch(text)
    if found is None:
        raise PartError
    begin_hour, begin_minute, end_hour, end_minute = map(int, found.groups())
    part = Part(
        timedelta(hours=begin_hour, minutes=begin_minute),
        timedelta(hours=end_hour, minutes=end_minute),
    )
    if not DAY.begin <= part.begin < part.end <= DAY.end:
        raise PartError
    return part


def told(at: timedelta) -> str:
    """Return a time of the day as HH:MM."""
    minutes = round(at / timedelta(minutes=1))
    return f"{minutes // 60:02}:{minutes % 60:02}"


def told_part(part: Part) -> str:
    """Return *part* as `part_of` reads it."""
    return f"{told(part.begin)}-{told(part.end)}"
