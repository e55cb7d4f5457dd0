"""Answers to "renew special food and accessories" [A§1; domain 2.5]."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import Field, JsonValue, TypeAdapter

from domain.forms.contact import Prefers
from domain.forms.form import AnswerModel, Form, Occasion, Reading
from domain.forms.phone import PhoneNumber
from domain.forms.products import FOODS_ONCE, Foods
from domain.forms.supply import SupplyDays
from domain.forms.texts import FreeText, Line
from domain.forms.times import PastDay, months_before
from domain.vocabulary import Flag, Urgency

_NATIONAL_BENEFIT_BELOW = 16
_ASSESSMENT_LASTS_MONTHS = 6
_EXAMPLE_CONTACT_AGO = timedelta(days=40)


class Category(StrEnum):
    NUTRITION_DRINK = "nutrition_drink"
    TUBE_FEED = "tube_feed"
    ENRICHMENT = "enrichment"
    THICKENER = "thickener"
    METABOLIC = "metabolic"
    INFANT_FORMULA = "infant_formula"
    GLUTEN_FREE = "gluten_free"
    ACCESSORIES = "accessories"


class Intake(StrEnum):
    """How much is eaten beside the product."""

    ALL_MEALS = "all_meals"
    SOME_MEALS = "some_meals"
    ALMOST_NOTHING = "almost_nothing"


class SpecialFood(AnswerModel):
    """The whole form. `sole_nutrition`: the patient lives on the product alone."""

    category: Category
    products: Foods
    supply_left_days: SupplyDays
    sole_nutrition: bool | None = None
    weight_kg: Annotated[float, Field(ge=1, le=350, allow_inf_nan=False)] | None = None
    weight_change_kg: Annotated[float, Field(ge=-100, le=100, allow_inf_nan=False)] | None = None
    intake: Intake | None = None
    diagnosis: FreeText | None = None
    last_dietitian_contact: PastDay | None = None
    delivery_address: Line | None = None
    contact_phone: PhoneNumber | None = None
    prefers: Prefers | None = None
    message: FreeText | None = None


def _read(answers: SpecialFood, occasion: Occasion) -> Reading:
    """Flag who pays and whether an assessment is due.

    Below 16 years the benefit is regulated nationally, from 16 each region decides [S19b]; a
    dietitian looks anew after six months [S19d].
    """
    oldest = months_before(occasion.today, _ASSESSMENT_LASTS_MONTHS)
    seen_on = answers.last_dietitian_contact
    found = {
        Flag.NATIONAL_BENEFIT: occasion.age is not None and occasion.age < _NATIONAL_BENEFIT_BELOW,
        Flag.NEW_ASSESSMENT_DUE: seen_on is not None and seen_on < oldest,
    }
    return Reading(
        urgency=_urgency(answers, occasion),
        flags=tuple(flag for flag, is_set in found.items() if is_set),
    )


def _urgency(answers: SpecialFood, occasion: Occasion) -> Urgency:
    """Return the supply's urgency; only a tube feed that is all nutrition turns urgent [2.5]."""
    urgency = occasion.service.urgency.for_supply(answers.supply_left_days)
    is_all = answers.category is Category.TUBE_FEED and answers.sole_nutrition is True
    return Urgency.SOON if urgency is Urgency.URGENT and not is_all else urgency


def _examples(occasion: Occasion) -> list[dict[str, JsonValue]]:
    return [
        {
            "category": "nutrition_drink",
            "products": [{"name": "Nutrition drink, vanilla", "amount_per_day": "2 bottles"}],
            "supply_left_days": 20,
            "weight_kg": 58.5,
            "weight_change_kg": -1.5,
            "intake": "some_meals",
            "last_dietitian_contact": (occasion.today - _EXAMPLE_CONTACT_AGO).isoformat(),
        },
        {
            "category": "tube_feed",
            "products": [
                {"name": "Tube feed 1.5 kcal", "amount_per_day": "1500 ml"},
                {"name": "Feeding set", "amount_per_day": "1 set"},
            ],
            "supply_left_days": 14,
            "sole_nutrition": True,
            "delivery_address": "The pharmacy in the square",
        },
    ]


SPECIAL_FOOD: Form[SpecialFood] = Form(
    code="special_food",
    answers=TypeAdapter(SpecialFood),
    read=_read,
    examples=_examples,
    distinct=FOODS_ONCE,
)
