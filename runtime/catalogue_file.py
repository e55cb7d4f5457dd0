"""The shape of a region's catalogue.toml, and the bounds that its figures must keep.

The bounds are asked of the file alone: a case under way keeps the rules it was admitted by, even
those that a new file could no longer have.
"""

import math
from types import MappingProxyType
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from domain.catalogue import Amount, AmountUnit, CutOffKind, HandlingRules, SystemRoles
from domain.medicines import AddictiveRules
from domain.model import Model, ShortText
from domain.retention import RetentionClass

_LONGEST = MappingProxyType({AmountUnit.WORKING_DAYS: 250, AmountUnit.WORKING_HOURS: 2000})
"""A year of work: a case's calendar reaches 24 months, and all of its plan must fit."""

_SILENCE_DAYS: int = HandlingRules.model_fields["patient_silence_days"].default
_LONGEST_CUT_OFF = MappingProxyType({CutOffKind.HOURS: 31 * 24, CutOffKind.WHOLE_WORKING_DAYS: 31})


class CatalogueFile(Model):
    """The whole file; each service is judged by itself."""

    version: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    system_roles: SystemRoles
    addictive: AddictiveRules
    retention_classes: dict[str, RetentionClass]
    services: Annotated[list[dict[str, Any]], Field(min_length=1)]


def _check_not_longer_than_a_year(amount: Amount) -> Amount:
    longest = _LONGEST[amount.unit]
    if amount.count > longest:
        raise ValueError(f"this must be at most {longest} {amount.unit}")
    return amount


def _check_not_nothing(amount: Amount) -> Amount:
    if amount.count < 1:
        raise ValueError("this must be at least 1")
    return amount


def _check_not_negative(amount: Amount) -> Amount:
    if amount.count < 0:
        raise ValueError("this must be at least 0")
    return amount


def _check_ascending(figures: tuple[int, ...]) -> tuple[int, ...]:
    if list(figures) != sorted(set(figures)):
        raise ValueError("each of these must be higher than the one before it")
    return figures


_AtMostAYear = Annotated[Amount, AfterValidator(_check_not_longer_than_a_year)]
Duration = Annotated[_AtMostAYear, AfterValidator(_check_not_nothing)]
Margin = Annotated[_AtMostAYear, AfterValidator(_check_not_negative)]
Days = Annotated[int, Field(ge=1, le=365)]
AnyDays = Annotated[int, Field(ge=0, le=365)]
ReminderDays = Annotated[tuple[Days, ...], AfterValidator(_check_ascending)]
Percents = Annotated[
    tuple[Annotated[int, Field(ge=1, le=99)], ...], AfterValidator(_check_ascending)
]


class BoundedName(Model):
    sv: ShortText
    en: ShortText


class BoundedCutOff(Model):
    kind: CutOffKind = CutOffKind.HOURS
    amount: Annotated[int, Field(ge=0)] = 0

    @model_validator(mode="after")
    def _check_within_a_month(self) -> Self:
        longest = _LONGEST_CUT_OFF[self.kind]
        if self.amount > longest:
            raise ValueError(f"the amount must be at most {longest} {self.kind}")
        return self


class BoundedUrgency(Model):
    """Days and hours below which answers are soon or urgent; 0 is never."""

    supply_soon_days: AnyDays = 0
    supply_urgent_days: AnyDays = 0
    needed_soon_days: AnyDays = 0
    needed_urgent_days: AnyDays = 0
    visit_urgent_hours: Annotated[int, Field(ge=0, le=365 * 24)] = 0


class BoundedRules(Model):
    """What a service or a variant may say in figures and names; what is left out is not judged.

    A reminder after the patient was given up would never be heard, so the last comes before.
    """

    name: BoundedName | None = None
    first_response: Duration | None = None
    resolution: Duration | None = None
    soon: Duration | None = None
    urgent: Duration | None = None
    delay: Duration | None = None
    hand_over_within: Duration | None = None
    visit_margin: Margin | None = None
    visit_floor_minutes: Annotated[int, Field(ge=0, le=24 * 60)] = 0
    warn_percents: Percents = ()
    overdue_notices: Annotated[int, Field(ge=0, le=20)] = 0
    patient_silence_days: Days = _SILENCE_DAYS
    patient_reminder_days: ReminderDays = ()
    pause_limit_days: AnyDays = 0
    reopen_days: AnyDays = 0
    withdrawal_months: Annotated[int, Field(ge=1, le=60)] | None = None
    cut_off: BoundedCutOff = BoundedCutOff()
    urgency: BoundedUrgency = BoundedUrgency()
    variants: tuple["BoundedRules", ...] = ()

    @field_validator("patient_reminder_days")
    @classmethod
    def _before_giving_up(cls, days: tuple[int, ...], info: ValidationInfo) -> tuple[int, ...]:
        silence_days = info.data.get("patient_silence_days", math.inf)
        if days and days[-1] >= silence_days:
            raise ValueError("the last of these must come before patient_silence_days")
        return days
