"""The calendars of a whole region, from which each case gets its unit's."""

from bisect import bisect_left, bisect_right
from datetime import date, timedelta
from operator import attrgetter
from typing import Self

from pydantic import model_validator

from domain.model import HsaId, Model
from domain.worktime import WorkCalendar
from domain.worktime_errors import DateNotCoveredError

_LOOK_BACK = timedelta(days=31)
_LOOK_AHEAD = timedelta(days=731)  # 24 months, a leap day included


class UnitCalendar(Model):
    """A unit that does not keep the region's ordinary calendar."""

    hsa_id: HsaId
    calendar: WorkCalendar


class RegionCalendar(Model):
    """The region's ordinary calendar and those of the units that differ."""

    default: WorkCalendar
    units: tuple[UnitCalendar, ...] = ()
    covers_from: date
    covers_to: date

    @model_validator(mode="after")
    def _check_units_once(self) -> Self:
        if len({unit.hsa_id for unit in self.units}) < len(self.units):
            raise ValueError("a unit may have a calendar only once")
        return self

    def for_unit(self, hsa_id: str | None, on: date) -> WorkCalendar:
        """Return the calendar of a unit, the ordinary one where it has none of its own.

        HSA-ids compare without case [S24]; None asks for the ordinary one. Dates are
        kept from 31 days before *on* to 24 months after, so the calendar is small
        enough to travel with a case. Raises DateNotCoveredError where that stretch
        leaves the years whose holidays are known.
        """
        first, last = on - _LOOK_BACK, on + _LOOK_AHEAD
        if first < self.covers_from or last > self.covers_to:
            raise DateNotCoveredError
        return _between(self._whole(hsa_id), first, last)

    def _whole(self, hsa_id: str | None) -> WorkCalendar:
        if hsa_id is None:
            return self.default
        wanted = hsa_id.upper()
        own = (unit.calendar for unit in self.units if unit.hsa_id == wanted)
        return next(own, self.default)


def _between(calendar: WorkCalendar, first: date, last: date) -> WorkCalendar:
    closed, special, on = calendar.closed_on, calendar.special, attrgetter("on")
    return calendar.model_copy(
        update={
            "closed_on": closed[bisect_left(closed, first) : bisect_right(closed, last)],
            "special": special[
                bisect_left(special, first, key=on) : bisect_right(special, last, key=on)
            ],
        }
    )
