"""The shape of a region's calendar.toml, and in words what is wrong with one."""

import tomllib
from collections.abc import Iterable
from datetime import date
from typing import Annotated, ClassVar, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from domain.model import HsaId
from domain.opening import OpeningHours, Zone
from runtime.errors import OperatorError

_IN_WORDS = {
    "missing": "this key is required",
    "extra_forbidden": "this key is not known",
    "string_pattern_mismatch": "this is not an HSA-id",
}


class CalendarFileError(OperatorError):
    """The region's calendar file cannot be used; `problems` says at which key and why."""

    code: ClassVar[str] = "calendar_file"

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("The region's calendar is wrong. " + "; ".join(self.problems))


def _split_openings(hours: object) -> object:
    if isinstance(hours, list):
        return tuple(_split_opening(opening) for opening in hours)
    raise ValueError("hours are a list of openings")


def _split_opening(opening: object) -> tuple[str, str]:
    opens, dash, closes = opening.partition("-") if isinstance(opening, str) else ("", "", "")
    if not dash:
        raise ValueError('an opening is written "HH:MM-HH:MM"')
    return opens, closes


Hours = Annotated[OpeningHours, BeforeValidator(_split_openings)]
WorkingDayHours = Annotated[float, Field(gt=0, le=24)]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Week(_Table):
    monday: Hours
    tuesday: Hours
    wednesday: Hours
    thursday: Hours
    friday: Hours
    saturday: Hours
    sunday: Hours

    def by_weekday(self) -> tuple[OpeningHours, ...]:
        """Return the seven days' openings, Monday first."""
        return (
            self.monday,
            self.tuesday,
            self.wednesday,
            self.thursday,
            self.friday,
            self.saturday,
            self.sunday,
        )

    @model_validator(mode="after")
    def _check_ever_open(self) -> Self:
        if not any(self.by_weekday()):
            raise ValueError("the week must have at least one opening")
        return self


class DatedHours(_Table):
    on: date
    hours: Hours


class EveHours(_Table):
    eve: str
    hours: Hours


def _check_dates_once(days: tuple[DatedHours, ...]) -> tuple[DatedHours, ...]:
    if len({day.on for day in days}) < len(days):
        raise ValueError("a date may stand only once")
    return days


SpecialDays = Annotated[tuple[DatedHours, ...], AfterValidator(_check_dates_once)]


class HolidayRules(_Table):
    country: str
    language: str
    categories: tuple[str, ...]
    closed_eves: tuple[str, ...] = ()
    first_year: int
    last_year: int


class UnitRules(_Table):
    weekly: Week | None = None
    working_day_hours: WorkingDayHours | None = None
    open_on_holidays: bool = False
    closed_days: tuple[date, ...] = ()
    special_days: SpecialDays = ()

    @model_validator(mode="after")
    def _check_working_day_told(self) -> Self:
        if self.weekly and self.working_day_hours is None:
            raise ValueError("a unit with its own week must say its working_day_hours")
        return self


def _in_capitals(units: object) -> object:
    """Spell HSA-ids one way, since their case does not count [S24]."""
    if not isinstance(units, dict):
        return units
    spelt = {str(hsa_id).upper(): rules for hsa_id, rules in units.items()}
    if len(spelt) < len(units):
        raise ValueError("a unit may stand only once, whatever the case of its letters")
    return spelt


class CalendarFile(_Table):
    zone: Zone
    working_day_hours: WorkingDayHours
    weekly: Week
    holidays: HolidayRules
    closed_days: tuple[date, ...] = ()
    special_days: SpecialDays = ()
    short_eves: tuple[EveHours, ...] = ()
    units: Annotated[dict[HsaId, UnitRules], BeforeValidator(_in_capitals)] = {}


def parse_calendar_file(content: bytes) -> CalendarFile:
    """Return the rules in a calendar.toml. Raises CalendarFileError with every problem."""
    try:
        return CalendarFile.model_validate(tomllib.loads(content.decode()))
    except UnicodeDecodeError as error:
        raise CalendarFileError(["the file is not UTF-8 text"]) from error
    except tomllib.TOMLDecodeError as error:
        raise CalendarFileError([f"the file is not TOML: {error}"]) from error
    except ValidationError as error:
        raise CalendarFileError(_in_words(error)) from None


def _in_words(error: ValidationError) -> list[str]:
    return [
        f"{'.'.join(map(str, problem['loc']))}: "
        + _IN_WORDS.get(problem["type"], problem["msg"].removeprefix("Value error, "))
        for problem in error.errors(include_url=False, include_context=False, include_input=False)
    ]
