"""The base of every HTTP body: each value has exactly the JSON type that was asked for."""

import re
from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic_core import PydanticCustomError

FIRST_YEAR = 1900
LAST_YEAR = 2200

_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class StrictModel(BaseModel):
    """A frozen body that takes no unknown member and converts nothing.

    JSON has no times, ids or sets, and strict mode converts none either: declare times as
    `Instant`, dates as `Day`, arrays as `list`, and an enum with `Field(strict=False)`.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


def _read_instant(value: object) -> datetime:
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        try:
            instant = datetime.fromisoformat(value)
        except ValueError:
            raise _invalid("invalid_time") from None
        if FIRST_YEAR <= instant.year <= LAST_YEAR:
            return instant
    raise _invalid("invalid_time")


def _read_day(value: object) -> date:
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            day = date.fromisoformat(value)
        except ValueError:
            raise _invalid("invalid_date") from None
        if FIRST_YEAR <= day.year <= LAST_YEAR:
            return day
    raise _invalid("invalid_date")


def _invalid(code: str) -> PydanticCustomError:
    return PydanticCustomError(code, code)


Instant = Annotated[datetime, BeforeValidator(_read_instant)]
"""An RFC 3339 time with its offset. A naive time, an epoch number or second 60 is refused."""

Day = Annotated[date, BeforeValidator(_read_day)]
"""An RFC 3339 full-date."""
