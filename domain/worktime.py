"""Working time: when a unit is open, and how long it takes until an amount of it has passed."""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from operator import attrgetter
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from domain.model import Model
from domain.opening import OpeningHours, Span, SpecialDay, Zone, instant_of, spans_of
from domain.worktime_errors import NaiveInstantError, NegativeAmountError, NoOpeningError

_DAY = timedelta(days=1)
_LONGEST_CLOSURE_DAYS = 400


class WorkCalendar(Model):
    """When one unit is open: plain data that never asks what time it is now.

    A special day's hours win over a closed date, which wins over the week.
    """

    version: str
    zone: Zone
    weekly: Annotated[tuple[OpeningHours, ...], Field(min_length=7, max_length=7)]
    closed_on: tuple[date, ...] = ()
    special: tuple[SpecialDay, ...] = ()
    working_day: Annotated[timedelta, Field(gt=timedelta())]

    @field_validator("closed_on")
    @classmethod
    def _in_order(cls, closed_on: tuple[date, ...]) -> tuple[date, ...]:
        return tuple(sorted(set(closed_on)))

    @field_validator("special")
    @classmethod
    def _in_order_and_once(cls, special: tuple[SpecialDay, ...]) -> tuple[SpecialDay, ...]:
        if len({day.on for day in special}) < len(special):
            raise ValueError("a date may have special hours only once")
        return tuple(sorted(special, key=attrgetter("on")))

    @model_validator(mode="after")
    def _check_ever_open(self) -> Self:
        if not any(self.weekly):
            raise ValueError("the week must have at least one opening")
        return self

    def after(self, start: datetime, working: timedelta) -> datetime:
        """Return the UTC instant when *working* time has passed since *start*.

        A start outside hours counts from the next opening. An amount that is used up
        exactly at closing ends there, not at the next opening; so does nothing at
        all from a closing instant. Raises a WorktimeError.
        """
        left, at = _amount(working), _utc(start)
        for opens, closes in self._spans(self.local_day(at) - _DAY, _DAY):
            begin = max(opens, at)
            if left <= closes - begin:
                return begin + left
            left -= max(closes - begin, timedelta())
        raise NoOpeningError(searched_days=_LONGEST_CLOSURE_DAYS)

    def before(self, end: datetime, working: timedelta) -> datetime:
        """Return the latest open UTC instant from which *working* time is left until *end*.

        The mirror of `after`: an end outside hours counts from the closing before it.
        Raises a WorktimeError.
        """
        left, at = _amount(working), _utc(end)
        for opens, closes in self._spans(self.local_day(at), -_DAY):
            finish = min(closes, at)
            if left <= finish - opens:
                return finish - left
            left -= max(finish - opens, timedelta())
        raise NoOpeningError(searched_days=_LONGEST_CLOSURE_DAYS)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return the working time from *start* to *end*; zero when *end* is not later."""
        first, last = _utc(start), _utc(end)
        total, day, last_day = timedelta(), self.local_day(first), self.local_day(last)
        while day <= last_day:
            for opens, closes in self._spans_on(day):
                total += max(min(closes, last) - max(opens, first), timedelta())
            day += _DAY
        return total

    def next_opening(self, at: datetime) -> datetime:
        """Return *at* itself in UTC while open, else the next opening.

        A closing instant is no longer open here. Raises a WorktimeError.
        """
        moment = _utc(at)
        for opens, closes in self._spans(self.local_day(moment) - _DAY, _DAY):
            if moment < closes:
                return max(moment, opens)
        raise NoOpeningError(searched_days=_LONGEST_CLOSURE_DAYS)

    def is_open(self, at: datetime) -> bool:
        """Tell whether *at* lies in opening hours, both ends included.

        The closing instant counts, because work may fall due exactly then.
        """
        moment, day = _utc(at), self.local_day(at)
        nearby = (*self._spans_on(day - _DAY), *self._spans_on(day))
        return any(opens <= moment <= closes for opens, closes in nearby)

    def local_day(self, at: datetime) -> date:
        """Return the date on the unit's wall calendar at *at*."""
        return _utc(at).astimezone(ZoneInfo(self.zone)).date()

    def whole_working_days_before(self, at: datetime, days: int) -> datetime:
        """Return when the *days*-th working day before the day of *at* begins, in UTC.

        A message must arrive before this local midnight to leave that many whole
        working days untouched [S4]. Zero days is the midnight that begins the day
        itself. Raises a WorktimeError.
        """
        if days < 0:
            raise NegativeAmountError
        day = self.local_day(at)
        for _ in range(days):
            day = self._working_day_before(day)
        return self.start_of(day)

    def start_of(self, day: date) -> datetime:
        """Return the local midnight that begins *day*, in UTC."""
        return instant_of(day, "00:00", ZoneInfo(self.zone))

    def hours_on(self, day: date) -> OpeningHours:
        """Return the openings of one local date; empty when closed."""
        found = bisect_left(self.special, day, key=attrgetter("on"))
        if found < len(self.special) and self.special[found].on == day:
            return self.special[found].hours
        found = bisect_left(self.closed_on, day)
        if found < len(self.closed_on) and self.closed_on[found] == day:
            return ()
        return self.weekly[day.weekday()]

    def _working_day_before(self, day: date) -> date:
        for _ in range(_LONGEST_CLOSURE_DAYS):
            day -= _DAY
            if self.hours_on(day):
                return day
        raise NoOpeningError(searched_days=_LONGEST_CLOSURE_DAYS)

    def _spans_on(self, day: date) -> list[Span]:
        return spans_of(self.hours_on(day), day, ZoneInfo(self.zone))

    def _spans(self, day: date, step: timedelta) -> Iterator[Span]:
        """Walk the openings from *day* on, a day a step, until the calendar stays closed."""
        idle = 0
        while idle < _LONGEST_CLOSURE_DAYS:
            spans = self._spans_on(day)
            yield from spans if step > timedelta() else reversed(spans)
            idle = 0 if spans else idle + 1
            day += step


def _utc(at: datetime) -> datetime:
    if at.utcoffset() is None:
        raise NaiveInstantError
    return at.astimezone(UTC)


def _amount(working: timedelta) -> timedelta:
    if working < timedelta():
        raise NegativeAmountError
    return working
