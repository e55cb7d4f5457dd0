"""Symptoms that end a form: the citizen is told to phone, and no case is made.

Asked as choices, never read out of free text. Which symptom leads to which number is a default
that needs clinical review [domain 2.1, 2.3].
"""

from enum import StrEnum
from typing import Annotated, NoReturn

from pydantic import AfterValidator, Field

from domain.forms.codes import AnswerCode


class SevereSymptom(StrEnum):
    """Severe side effects of a medicine [domain 2.1]."""

    BREATHING = "breathing"
    SWELLING = "swelling"
    CHEST_PAIN = "chest_pain"
    SUICIDAL_THOUGHTS = "suicidal_thoughts"


class AlarmSymptom(StrEnum):
    """What must not wait for a reply about contraception [domain 2.3]."""

    THROMBOSIS = "thrombosis"
    CHEST_PAIN = "chest_pain"
    HEAVY_BLEEDING = "heavy_bleeding"
    SEVERE_ABDOMINAL_PAIN = "severe_abdominal_pain"


_MOST_CHOSEN = 20  # more than there are, so that one chosen twice hides no call for help
_FOR_ADVICE = frozenset({AlarmSymptom.HEAVY_BLEEDING, AlarmSymptom.SEVERE_ABDOMINAL_PAIN})


def _stop(symptom: StrEnum) -> NoReturn:
    is_advice = symptom in _FOR_ADVICE
    raise ValueError(AnswerCode.STOP_CALL_1177 if is_advice else AnswerCode.STOP_CALL_112)


SevereSymptoms = Annotated[
    tuple[Annotated[SevereSymptom, AfterValidator(_stop)], ...],
    Field(max_length=_MOST_CHOSEN),
]
AlarmSymptoms = Annotated[
    tuple[Annotated[AlarmSymptom, AfterValidator(_stop)], ...],
    Field(max_length=_MOST_CHOSEN),
]
