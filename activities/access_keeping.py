"""Keeping the access log: its months are made ahead, and each week a sample is drawn for review."""

from uuid import UUID

import asyncpg
from pydantic import AwareDatetime
from temporalio import activity

from activities.failures import database
from domain.access import MONTHS_AHEAD
from domain.access_reviews import SampleRule, week_before
from domain.model import Model
from store.access_partitions import keep_partitions
from store.access_reviews import draw_reviews


class Draw(Model):
    """Draw the last whole week before `at` by this rule; the seed is kept beside what it drew."""

    at: AwareDatetime
    draw_id: UUID
    seed: str
    rule: SampleRule


class Drawn(Model):
    """How many accesses were drawn; None when that week had been drawn before."""

    accesses: int | None


class AccessKeepingActivities:
    """Both are safe to repeat: a month is made once, and a week is drawn once."""

    def __init__(self, pool: asyncpg.Pool, zone: str) -> None:
        self._pool = pool
        self._zone = zone

    @activity.defn
    async def keep_months(self) -> int:
        """Make the partitions ahead; return how many were new."""
        async with database(self._pool) as conn:
            return await keep_partitions(conn, MONTHS_AHEAD)

    @activity.defn
    async def draw_week(self, draw: Draw) -> Drawn:
        """Draw the sample of each unit, unless the week has one."""
        period = week_before(draw.at, self._zone)
        async with database(self._pool) as conn, conn.transaction():
            drawn = await draw_reviews(conn, draw.draw_id, period, draw.rule, draw.seed)
        return Drawn(accesses=drawn)
