"""Answers to "renew a prescription" [A§1, A§16, A§17; domain 2.1]."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, JsonValue, StringConstraints, model_validator

from domain.forms.form import AnswerModel, Form, Occasion, Reading
from domain.forms.phone import PhoneNumber
from domain.forms.problems import AnswerProblem
from domain.model import ShortText, Text
from domain.vocabulary import Flag, Urgency

_MOST_ITEMS = 10
_LONGEST_SUPPLY_DAYS = 730

NplId = Annotated[str, StringConstraints(pattern=r"^[0-9]{14}$")]
"""A product's id in the national register, 14 digits [S25]."""


class Effect(StrEnum):
    GOOD = "good"
    PARTLY = "partly"
    NONE = "none"
    UNSURE = "unsure"


class PrescribedBy(StrEnum):
    THIS_UNIT = "this_unit"
    OTHER_UNIT = "other_unit"
    UNKNOWN = "unknown"


class RenewalItem(AnswerModel):
    """One medicine. Effect and side effects are asked always: renewal rests on them [B 4.6.2]."""

    npl_id: NplId | None = None
    not_found_text: ShortText | None = None
    dose_now: ShortText
    taken_as_prescribed: bool
    effect: Effect
    side_effects: bool
    side_effects_text: Text | None = None
    supply_left_days: Annotated[int, Field(ge=0, le=_LONGEST_SUPPLY_DAYS)]

    @model_validator(mode="after")
    def _check_product(self) -> Self:
        if (self.npl_id is None) == (self.not_found_text is None):
            raise ValueError("one_product_needed")
        if self.side_effects and self.side_effects_text is None:
            raise ValueError("side_effects_text_needed")
        return self


class PrescriptionRenewal(AnswerModel):
    """The whole form. `prescribed_by_name` is needed when another clinic prescribed."""

    items: Annotated[tuple[RenewalItem, ...], Field(min_length=1, max_length=_MOST_ITEMS)]
    addictive_declared: bool
    prescribed_by: PrescribedBy
    prescribed_by_name: ShortText | None = None
    contact_phone: PhoneNumber
    message: Text | None = None

    @model_validator(mode="after")
    def _check_prescriber_named(self) -> Self:
        if self.prescribed_by is PrescribedBy.OTHER_UNIT and self.prescribed_by_name is None:
            raise ValueError("prescribed_by_name_needed")
        return self


def _check(answers: PrescriptionRenewal, _occasion: Occasion) -> list[AnswerProblem]:
    seen: set[str] = set()
    problems = []
    for position, item in enumerate(answers.items):
        product = item.npl_id or (item.not_found_text or "").casefold()
        if product in seen:
            problems.append(AnswerProblem(pointer=f"/items/{position}", code="same_product_twice"))
        seen.add(product)
    return problems


def _read(answers: PrescriptionRenewal, occasion: Occasion) -> Reading:
    flags = []
    if answers.addictive_declared:
        flags.append(Flag.ADDICTIVE_DECLARED)
    if any(item.npl_id is None for item in answers.items):
        flags.append(Flag.UNMATCHED_PRODUCT)
    shortest = min(item.supply_left_days for item in answers.items)
    return Reading(urgency=_urgency_of(shortest, occasion), flags=tuple(flags))


def _urgency_of(supply_left_days: int, occasion: Occasion) -> Urgency:
    rules = occasion.service.urgency
    if supply_left_days < rules.supply_urgent_days:
        return Urgency.URGENT
    return Urgency.SOON if supply_left_days < rules.supply_soon_days else Urgency.NORMAL


def _examples(_occasion: Occasion) -> list[dict[str, JsonValue]]:
    item: dict[str, JsonValue] = {
        "npl_id": "20001103000015",
        "dose_now": "1 tablet in the morning",
        "taken_as_prescribed": True,
        "effect": "good",
        "side_effects": False,
        "supply_left_days": 20,
    }
    unmatched: dict[str, JsonValue] = {
        "not_found_text": "The white tablets for my blood pressure",
        "dose_now": "2 tablets a day",
        "taken_as_prescribed": True,
        "effect": "partly",
        "side_effects": True,
        "side_effects_text": "A little dizzy in the mornings",
        "supply_left_days": 5,
    }
    return [
        {
            "items": [item],
            "addictive_declared": False,
            "prescribed_by": "this_unit",
            "contact_phone": "+46701740605",
        },
        {
            "items": [item, unmatched],
            "addictive_declared": True,
            "prescribed_by": "other_unit",
            "prescribed_by_name": "The eye clinic",
            "contact_phone": "+46701740606",
            "message": "I can be reached after lunch.",
        },
    ]


PRESCRIPTION_RENEWAL = Form(
    code="prescription_renewal",
    answers=PrescriptionRenewal,
    check=_check,
    read=_read,
    examples=_examples,
)
