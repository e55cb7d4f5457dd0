"""How often and how much of the access log is sampled for review [L3]."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, Field

from domain.model import Model


class SampleRule(Model):
    """How many accesses of each unit are judged: that many by system, and that many by lot."""

    by_system: int = Field(default=5, ge=1)
    at_random: int = Field(default=5, ge=0)


class Period(Model):
    """From one instant until another, the second excluded."""

    begins: AwareDatetime
    ends: AwareDatetime


def week_before(at: datetime, zone: str) -> Period:
    """Return the last whole week before *at*: Monday 00:00 to Monday 00:00, local time of *zone*.

    A week of the clock change has an hour more or less.
    """
    local = at.astimezone(ZoneInfo(zone))
    monday = local.date() - timedelta(days=local.weekday())
    begins, ends = (
        datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
        for day in (monday - timedelta(days=7), monday)
    )
    return Period(begins=begins, ends=ends)
