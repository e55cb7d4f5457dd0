"""Opening hours on the wall clock, and the instants they stand for on a given day."""

import re
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator

from domain.model import Model

_WALL_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00")


def _check_wall_time(wall: str) -> str:
    if not _WALL_TIME.fullmatch(wall):
        raise ValueError("a time is written HH:MM, from 00:00 to 24:00")
    return wall


def _check_hours(hours: "tuple[Opening, ...]") -> "tuple[Opening, ...]":
    if any(closes <= opens for opens, closes in hours):
        raise ValueError("each opening must close later on the same day than it opens")
    if any(later[0] < earlier[1] for earlier, later in pairwise(hours)):
        raise ValueError("openings must stand in order of time and may not overlap")
    return hours


def _check_zone(zone: str) -> str:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("the time zone is not in the IANA database") from error
    return zone


Zone = Annotated[str, AfterValidator(_check_zone)]
"""The IANA name of a time zone."""

WallTime = Annotated[str, AfterValidator(_check_wall_time)]
"""A local time as HH:MM; 24:00 is the midnight that ends the day. Sorts as text."""

Opening = tuple[WallTime, WallTime]
"""(opens, closes) on one local day."""

OpeningHours = Annotated[tuple[Opening, ...], AfterValidator(_check_hours)]
"""A day's openings, in order and apart (they may touch); empty means closed."""

Span = tuple[datetime, datetime]
"""(opens, closes) as UTC instants."""


class SpecialDay(Model):
    """One date with hours of its own, such as a half-day; no hours means closed."""

    on: date
    hours: OpeningHours


def instant_of(day: date, wall: str, zone: ZoneInfo) -> datetime:
    """Return the UTC instant when clocks in *zone* show *wall* (HH:MM) on *day*.

    An hour that the autumn change repeats means its first occurrence. A time that
    the spring change skips means the end of the skipped stretch. Both keep the
    order of times, so openings that are apart on the wall stay apart in UTC.
    """
    local = datetime.combine(day, time.min)
    local += timedelta(hours=int(wall[:2]), minutes=int(wall[3:]))
    while True:
        at = local.replace(tzinfo=zone).astimezone(UTC)
        if at.astimezone(zone).replace(tzinfo=None) == local:
            return at
        local += timedelta(minutes=1)


def spans_of(hours: OpeningHours, day: date, zone: ZoneInfo) -> list[Span]:
    """Return *hours* on *day* as UTC spans in order, without those a clock change skips."""
    spans = [
        (instant_of(day, opens, zone), instant_of(day, closes, zone)) for opens, closes in hours
    ]
    return [(opens, closes) for opens, closes in spans if opens < closes]
