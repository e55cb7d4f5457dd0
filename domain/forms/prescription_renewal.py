"""Answers to "renew a prescription" [A§1, A§16, A§17; domain 2.1]."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints, TypeAdapter

from domain.forms.codes import AnswerCode
from domain.forms.conditions import one_of_two, required_if
from domain.forms.contact import Prefers
from domain.forms.form import AnswerModel, Form, Occasion, Reading
from domain.forms.lengths import at_most
from domain.forms.phone import PhoneNumber
from domain.forms.prescription_examples import prescription_examples
from domain.forms.repeats import Distinct
from domain.forms.stops import SEVERE_STOPS, SevereSymptoms
from domain.forms.supply import SupplyDays
from domain.forms.texts import FreeText, Line
from domain.forms.times import PastDay
from domain.vocabulary import Flag

_MOST_ITEMS = 10

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


class Pregnancy(StrEnum):
    NO = "no"
    POSSIBLE = "possible"
    PREGNANT = "pregnant"
    BREAST_FEEDING = "breast_feeding"


class RenewalItem(AnswerModel):
    """One medicine. Effect and side effects are asked always: renewal rests on them [B 4.6.2]."""

    npl_id: NplId | None = None
    not_found_text: Annotated[
        Line | None,
        one_of_two("npl_id", AnswerCode.ONE_PRODUCT_NEEDED),
        Field(validate_default=True),
    ] = None
    dose_now: Line
    taken_as_prescribed: bool
    effect: Effect
    side_effects: bool
    side_effects_text: Annotated[
        FreeText | None,
        required_if("side_effects", True, AnswerCode.SIDE_EFFECTS_TEXT_NEEDED),
        Field(validate_default=True),
    ] = None
    supply_left_days: SupplyDays


class AddictiveDetails(AnswerModel):
    """Asked when a medicine may be addictive, by the patient's word or the register's [A§16]."""

    prescriber: Line | None = None
    daily_dose: Line | None = None
    last_contact: PastDay | None = None
    other_sedatives: bool | None = None
    alcohol: bool | None = None


class PrescriptionRenewal(AnswerModel):
    """The whole form. `prescribed_by_name` is needed when another clinic prescribed.

    Nobody is refused for leaving out what follows `contact_phone`: the prescriber asks for it.
    """

    items: Annotated[tuple[RenewalItem, ...], Field(min_length=1), at_most(_MOST_ITEMS)]
    addictive_declared: bool
    prescribed_by: PrescribedBy
    prescribed_by_name: Annotated[
        Line | None,
        required_if("prescribed_by", PrescribedBy.OTHER_UNIT, AnswerCode.PRESCRIBED_BY_NAME_NEEDED),
        Field(validate_default=True),
    ] = None
    contact_phone: PhoneNumber
    addictive: AddictiveDetails | None = None
    severe_symptoms: SevereSymptoms = ()
    last_checkup: PastDay | None = None
    new_diagnoses: FreeText | None = None
    allergies: FreeText | None = None
    pregnancy: Pregnancy | None = None
    dose_dispensed: bool | None = None
    prefers: Prefers | None = None
    message: FreeText | None = None


def _read(answers: PrescriptionRenewal, occasion: Occasion) -> Reading:
    holds = {
        Flag.ADDICTIVE_DECLARED: answers.addictive_declared,
        Flag.UNMATCHED_PRODUCT: any(item.npl_id is None for item in answers.items),
        Flag.DOSE_DISPENSED: answers.dose_dispensed is True,
        Flag.PREGNANCY_POSSIBLE: answers.pregnancy in {Pregnancy.POSSIBLE, Pregnancy.PREGNANT},
    }
    shortest = min(item.supply_left_days for item in answers.items)
    return Reading(
        urgency=occasion.service.urgency.for_supply(shortest),
        flags=tuple(flag for flag, is_set in holds.items() if is_set),
    )


PRESCRIPTION_RENEWAL: Form[PrescriptionRenewal] = Form(
    code="prescription_renewal",
    answers=TypeAdapter(PrescriptionRenewal),
    read=_read,
    examples=prescription_examples,
    distinct=Distinct("items", ("npl_id", "not_found_text")),
    stops=SEVERE_STOPS,
)
