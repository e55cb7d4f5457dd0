"""The form "renew, start, switch or stop contraception" and what its answers tell [domain 2.3].

The flags are defaults that need clinical review; the midwife decides on the declaration as a
whole [S21b].
"""

from decimal import Decimal
from typing import Annotated

from pydantic import Field, TypeAdapter

from domain.forms.contraception_answers import (
    BloodPressure,
    ContraceptionAnswers,
    DeclaredAnswers,
    HealthDeclaration,
    Method,
    RenewContraception,
    StopContraception,
    WishedMethod,
)
from domain.forms.contraception_examples import contraception_examples
from domain.forms.form import Form, Occasion, Reading
from domain.forms.stops import ALARM_STOPS
from domain.forms.times import months_before
from domain.vocabulary import Flag

_YOUNG_BELOW = 15
_SMOKER_RISK_FROM = 35
_HIGHEST_BMI = 30
_HIGH_SYSTOLIC, _HIGH_DIASTOLIC = 140, 90
_PRESSURE_LASTS_MONTHS = 12
_CM_PER_M = 100

_COMBINED: frozenset[str] = frozenset({Method.COMBINED_PILL, Method.PATCH, Method.RING})
_TAKEN_OUT_AT_A_VISIT = frozenset({Method.IMPLANT, Method.HORMONAL_IUD, Method.COPPER_IUD})


def _read(answers: ContraceptionAnswers, occasion: Occasion) -> Reading:
    found = _age_flags(occasion)
    if isinstance(answers, StopContraception):
        found[Flag.REMOVAL_VISIT] = answers.current_method in _TAKEN_OUT_AT_A_VISIT
    else:
        found[Flag.COMBINED_CONTRAINDICATION] = speaks_against_combined(answers, occasion.age)
        found[Flag.PREGNANCY_POSSIBLE] = answers.possible_pregnancy
        found[Flag.BP_MISSING] = _asks_for_combined(answers) and not _has_fresh_pressure(
            answers.blood_pressure, occasion
        )
    return Reading(flags=tuple(flag for flag, is_set in found.items() if is_set))


def speaks_against_combined(answers: HealthDeclaration, age: int | None) -> bool:
    """Tell whether the declaration has something that argues against combined methods [S20, S21].

    Aura, a thrombosis of one's own, BMI above 30, smoking from 35 years, high blood pressure,
    breast cancer, liver or heart disease. Told whichever method is asked for, since the midwife
    may choose another. An unknown *age* counts as young.
    """
    return any(
        (
            answers.migraine_with_aura,
            answers.own_thrombosis,
            _is_above_highest_bmi(answers),
            answers.smoking and age is not None and age >= _SMOKER_RISK_FROM,
            _is_high(answers.blood_pressure),
            answers.breast_cancer,
            answers.liver_disease,
            answers.heart_disease,
        )
    )


def _is_above_highest_bmi(answers: HealthDeclaration) -> bool:
    """Compare without a division, in the decimals that were answered: 30 itself is not above."""
    height_m = Decimal(answers.height_cm) / _CM_PER_M
    return Decimal(str(answers.weight_kg)) > _HIGHEST_BMI * height_m**2


def _age_flags(occasion: Occasion) -> dict[Flag, bool]:
    return {Flag.UNDER_15: occasion.age is not None and occasion.age < _YOUNG_BELOW}


def _is_high(pressure: BloodPressure | None) -> bool:
    return pressure is not None and (
        pressure.systolic >= _HIGH_SYSTOLIC or pressure.diastolic >= _HIGH_DIASTOLIC
    )


def _asks_for_combined(answers: DeclaredAnswers) -> bool:
    if isinstance(answers, RenewContraception):
        return answers.current_method in _COMBINED
    method = answers.wished_method
    return method in _COMBINED or method is WishedMethod.UNSURE


def _has_fresh_pressure(pressure: BloodPressure | None, occasion: Occasion) -> bool:
    oldest = months_before(occasion.today, _PRESSURE_LASTS_MONTHS)
    return pressure is not None and pressure.measured_on >= oldest


_ANSWERS: TypeAdapter[ContraceptionAnswers] = TypeAdapter(
    Annotated[ContraceptionAnswers, Field(discriminator="action")]
)

CONTRACEPTION: Form[ContraceptionAnswers] = Form(
    code="contraception",
    answers=_ANSWERS,
    read=_read,
    examples=contraception_examples,
    tag="action",
    kinds=("renew", "start", "switch", "stop"),
    stops=ALARM_STOPS,
)
