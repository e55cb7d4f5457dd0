"""Dates and instants in answers, and the rules that measure them against the day of receipt."""

import re
from calendar import monthrange
from datetime import date, datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, ValidationInfo

from domain.forms.codes import AnswerCode
from domain.forms.form import occasion_of

FURTHEST_AHEAD = timedelta(days=731)
"""How far ahead anything may be asked for: 24 months, a leap day included."""

_FIRST_YEAR, _LAST_YEAR = 1900, 2200
_MONTHS = 12
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def months_before(day: date, months: int) -> date:
    """Return the same day of the month *months* earlier, or that month's last day."""
    year, month = divmod(day.year * _MONTHS + day.month - 1 - months, _MONTHS)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _read_instant(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        instant = datetime.fromisoformat(value) if _INSTANT.fullmatch(value) else None
    except ValueError:
        instant = None
    if instant is None or not _FIRST_YEAR <= instant.year <= _LAST_YEAR:
        raise ValueError(AnswerCode.INVALID_TIME)
    return instant


def _read_day(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        day = date.fromisoformat(value) if _DAY.fullmatch(value) else None
    except ValueError:
        day = None
    if day is None or not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise ValueError(AnswerCode.INVALID_DATE)
    return day


def _check_past(day: date, info: ValidationInfo) -> date:
    occasion = occasion_of(info)
    if occasion and day > occasion.today:
        raise ValueError(AnswerCode.DATE_IN_FUTURE)
    return day


def _check_near(day: date, info: ValidationInfo) -> date:
    occasion = occasion_of(info)
    if occasion and abs(day - occasion.today) > FURTHEST_AHEAD:
        raise ValueError(AnswerCode.OUT_OF_RANGE)
    return day


def _check_coming(day: date, info: ValidationInfo) -> date:
    occasion = occasion_of(info)
    if occasion and day < occasion.today:
        raise ValueError(AnswerCode.DATE_PASSED)
    return _check_near(day, info)


Instant = Annotated[AwareDatetime, BeforeValidator(_read_instant)]
"""An RFC 3339 time with its offset; a naive time, an epoch number or second 60 is refused."""

Day = Annotated[date, BeforeValidator(_read_day)]
"""An RFC 3339 full-date of the years 1900 to 2200."""

PastDay = Annotated[Day, AfterValidator(_check_past)]
"""A local date, today at the latest."""

NearDay = Annotated[Day, AfterValidator(_check_near)]
"""A local date at most 24 months from today, before or after."""

ComingDay = Annotated[Day, AfterValidator(_check_coming)]
"""A local date from today to 24 months ahead."""
