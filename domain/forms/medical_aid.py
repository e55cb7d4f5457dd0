"""Answers to "renew aids" for diabetes, incontinence or a stoma [A§1; domain 2.4]."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, TypeAdapter, ValidationInfo

from domain.answer_rules import MunicipalCare
from domain.forms.codes import AnswerCode
from domain.forms.contact import Prefers
from domain.forms.form import AnswerModel, Form, Occasion, Reading, occasion_of
from domain.forms.medical_aid_examples import medical_aid_examples
from domain.forms.phone import PhoneNumber
from domain.forms.products import ARTICLES_ONCE, Articles
from domain.forms.supply import SupplyDays
from domain.forms.texts import FreeText, Line
from domain.forms.times import PastDay, months_before
from domain.vocabulary import Flag, Urgency


def _check_who_prescribes(receives_care: bool | None, info: ValidationInfo) -> bool | None:
    occasion = occasion_of(info)
    redirects = occasion and occasion.service.municipal_care is MunicipalCare.REDIRECT
    if receives_care and redirects:
        raise ValueError(AnswerCode.ASK_MUNICIPALITY)
    return receives_care


class Delivery(StrEnum):
    HOME = "home"
    PICK_UP = "pick_up"


class Device(StrEnum):
    NONE = "none"
    METER = "meter"
    PUMP = "pump"
    CGM = "cgm"


class AidRenewal(AnswerModel):
    """What is asked of every kind. A changed need calls for an assessment, not for more of it.

    Where the municipality gives home care, the municipality may be the one to prescribe [S18c];
    the catalogue decides whether that is flagged or sends the citizen there.
    """

    products: Articles
    supply_left_days: SupplyDays
    need_changed: bool
    municipal_home_care: Annotated[bool | None, AfterValidator(_check_who_prescribes)] = None
    last_withdrawal_on: PastDay | None = None
    prescriber: Line | None = None
    delivery: Delivery | None = None
    delivery_address: Line | None = None
    contact_phone: PhoneNumber | None = None
    prefers: Prefers | None = None
    message: FreeText | None = None


class DiabetesAid(AidRenewal):
    aid_kind: Literal["diabetes"]
    device: Device | None = None
    device_model: Line | None = None
    uses_insulin: bool | None = None


class IncontinenceAid(AidRenewal):
    aid_kind: Literal["incontinence"]
    skin_problems: FreeText | None = None


class OstomyAid(AidRenewal):
    aid_kind: Literal["ostomy"]
    skin_problems: FreeText | None = None


MedicalAidAnswers = DiabetesAid | IncontinenceAid | OstomyAid


def _read(answers: MedicalAidAnswers, occasion: Occasion) -> Reading:
    found = {
        Flag.NEED_CHANGED: answers.need_changed,
        Flag.TOO_EARLY: _is_too_early(answers, occasion),
        Flag.MUNICIPAL_CARE: answers.municipal_home_care is True,
    }
    return Reading(
        urgency=_urgency(answers, occasion),
        flags=tuple(flag for flag, is_set in found.items() if is_set),
    )


def _urgency(answers: MedicalAidAnswers, occasion: Occasion) -> Urgency:
    """Return the supply's urgency; only insulin and CGM turn urgent, others soon [domain 2.4]."""
    urgency = occasion.service.urgency.for_supply(answers.supply_left_days)
    may_be_urgent = isinstance(answers, DiabetesAid) and _keeps_alive(answers)
    return Urgency.SOON if urgency is Urgency.URGENT and not may_be_urgent else urgency


def _keeps_alive(answers: DiabetesAid) -> bool:
    """Tell whether insulin or a CGM is involved; when neither was answered it may be."""
    if answers.device in {Device.PUMP, Device.CGM} or answers.uses_insulin:
        return True
    return answers.uses_insulin is None and answers.device is None


def _is_too_early(answers: MedicalAidAnswers, occasion: Occasion) -> bool:
    variant = occasion.service.find_variant(f"medical_aid.{answers.aid_kind}")
    months = variant.withdrawal_months if variant else None
    if months is None or answers.last_withdrawal_on is None:
        return False
    return answers.last_withdrawal_on > months_before(occasion.today, months)


_ANSWERS: TypeAdapter[MedicalAidAnswers] = TypeAdapter(
    Annotated[MedicalAidAnswers, Field(discriminator="aid_kind")]
)

MEDICAL_AID: Form[MedicalAidAnswers] = Form(
    code="medical_aid",
    answers=_ANSWERS,
    read=_read,
    examples=medical_aid_examples,
    tag="aid_kind",
    kinds=("diabetes", "incontinence", "ostomy"),
    distinct=ARTICLES_ONCE,
)
