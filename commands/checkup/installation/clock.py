"""Whether two clocks agree, when one is read between two readings of the other."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from commands.checkup.installation.faults import Fault, Part, error

Clock = Callable[[], datetime]

MOST_APART = timedelta(seconds=2)
"""Deadlines, tokens and signatures are judged on several machines; more than this misleads them."""


def apart(before: datetime, theirs: datetime, after: datetime) -> timedelta:
    """Return by how much our clock is ahead, at least; negative when it is behind.

    *theirs* was read after our *before* and before our *after*: in between nothing is known, and
    the answer is zero.
    """
    if theirs < before:
        return before - theirs
    return min(after - theirs, timedelta())


def check_clock(name: str, before: datetime, theirs: datetime, after: datetime) -> Iterator[Fault]:
    """Yield an error when our clock and that of *name* are more than 2 s apart."""
    difference = apart(before, theirs, after)
    if abs(difference) > MOST_APART:
        seconds = abs(difference).total_seconds()
        side = "ahead of" if difference > timedelta() else "behind"
        yield error(
            Part.CLOCK,
            f"the clock here is {seconds:.0f} s {side} that of {name}",
            "Let both machines take their time from the same source (NTP).",
        )
