"""The clock of the play: the time of its day, which runs faster than ours."""

import asyncio
from datetime import UTC, datetime, timedelta

from load.curve import Part

_sleep = asyncio.sleep  # noqa: TID251 - people of the play wait for time to pass, and nothing else


class Clock:
    """Runs through *part* at *speed* times ours, from `start` on; times are since midnight.

    Only the play's people live by it. What they call lives in our time.
    """

    def __init__(self, part: Part, speed: float) -> None:
        self._part = part
        self._speed = speed
        self._loop = asyncio.get_running_loop()
        self._begun = self._loop.time()

    def start(self) -> None:
        """Begin the part now."""
        self._begun = self._loop.time()

    def now(self) -> timedelta:
        """Return the time of the play's day, which goes on after the part's end."""
        return self._part.begin + timedelta(seconds=self.seconds() * self._speed)

    def seconds(self) -> float:
        """Return how many of our seconds the part has taken."""
        return self._loop.time() - self._begun

    async def until(self, at: timedelta) -> bool:
        """Wait until *at*, or until the part is over; False when it is."""
        left = (min(at, self._part.end) - self.now()) / self._speed
        await _sleep(max(left.total_seconds(), 0))
        return self.now() < self._part.end

    async def pause(self, minutes: float) -> bool:
        """Wait for *minutes* of the play, or until the part is over; False when it is."""
        return await self.until(self.now() + timedelta(minutes=minutes))


async def wait(seconds: float) -> None:
    """Wait for *seconds* of ours, as a program does that was asked to come back."""
    await _sleep(seconds)


def wall_time() -> datetime:
    """Return our own time, in UTC."""
    return datetime.now(UTC)  # noqa: TID251 - the play is an edge: it signs people in
