"""What is asked about contraception: another set of questions for each action [A§1; domain 2.3]."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo

from domain.forms.codes import AnswerCode
from domain.forms.contact import Prefers
from domain.forms.form import AnswerModel
from domain.forms.phone import PhoneNumber
from domain.forms.stops import AlarmSymptoms
from domain.forms.texts import FreeText
from domain.forms.times import PastDay


class Method(StrEnum):
    COMBINED_PILL = "combined_pill"
    PATCH = "patch"
    RING = "ring"
    PROGESTOGEN_PILL = "progestogen_pill"
    INJECTION = "injection"
    IMPLANT = "implant"
    HORMONAL_IUD = "hormonal_iud"
    COPPER_IUD = "copper_iud"
    OTHER = "other"


class WishedMethod(StrEnum):
    COMBINED_PILL = "combined_pill"
    PATCH = "patch"
    RING = "ring"
    PROGESTOGEN_PILL = "progestogen_pill"
    INJECTION = "injection"
    IMPLANT = "implant"
    HORMONAL_IUD = "hormonal_iud"
    COPPER_IUD = "copper_iud"
    UNSURE = "unsure"


def _check_below_systolic(diastolic: int, info: ValidationInfo) -> int:
    if diastolic >= info.data.get("systolic", diastolic + 1):
        raise ValueError(AnswerCode.DIASTOLIC_ABOVE_SYSTOLIC)
    return diastolic


class BloodPressure(AnswerModel):
    """A measured blood pressure in mmHg."""

    systolic: Annotated[int, Field(ge=50, le=300)]
    diastolic: Annotated[int, Field(ge=20, le=200), AfterValidator(_check_below_systolic)]
    measured_on: PastDay


class HealthDeclaration(AnswerModel):
    """The safety questions a midwife decides by [S20, S21]; none has a default answer."""

    smoking: bool
    migraine_with_aura: bool
    own_thrombosis: bool
    family_thrombosis: bool
    weight_kg: Annotated[float, Field(ge=25, le=350, allow_inf_nan=False)]
    height_cm: Annotated[int, Field(ge=100, le=230)]
    breast_cancer: bool
    liver_disease: bool
    heart_disease: bool
    enzyme_inducing_medicines: bool
    breast_feeding: bool
    possible_pregnancy: bool
    gave_birth_on: PastDay | None = None
    blood_pressure: BloodPressure | None = None
    bleeding_problems: FreeText | None = None
    sti_test: bool | None = None
    alarm_symptoms: AlarmSymptoms = ()
    contact_phone: PhoneNumber | None = None
    prefers: Prefers | None = None
    message: FreeText | None = None


class RenewContraception(HealthDeclaration):
    action: Literal["renew"]
    current_method: Method


class StartContraception(HealthDeclaration):
    action: Literal["start"]
    wished_method: WishedMethod


class SwitchContraception(HealthDeclaration):
    action: Literal["switch"]
    current_method: Method
    wished_method: WishedMethod


class StopContraception(AnswerModel):
    """The short form: an implant or an intrauterine device is taken out at a visit."""

    action: Literal["stop"]
    current_method: Method
    alarm_symptoms: AlarmSymptoms = ()
    contact_phone: PhoneNumber | None = None
    prefers: Prefers | None = None
    message: FreeText | None = None


DeclaredAnswers = RenewContraception | StartContraception | SwitchContraception
ContraceptionAnswers = DeclaredAnswers | StopContraception
