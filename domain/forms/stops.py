"""Symptoms that end a form: the citizen is told to phone, and no case is made.

Asked as choices, never read out of free text, and seen however wrong the other answers are. Which
symptom leads to which number is a default that needs clinical review [domain 2.1, 2.3].
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, NoReturn

from pydantic import AfterValidator, JsonValue

from domain.forms.codes import AnswerCode
from domain.forms.lengths import at_most
from domain.forms.problems import AnswerProblem


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


@dataclass(frozen=True, slots=True)
class Stops:
    """A question of symptoms, read as it was sent: no other answer can hide a call for help."""

    field: str
    symptoms: type[SevereSymptom] | type[AlarmSymptom]

    def problems(self, answers: dict[str, JsonValue]) -> list[AnswerProblem]:
        """Return the call for help for each symptom, where it first stands in the list.

        A symptom that stands alone, in no list, calls for help at the field itself.
        """
        chosen = answers.get(self.field)
        pointer = f"/{self.field}"
        if not isinstance(chosen, list):
            return [_problem(pointer, symptom) for symptom in self.symptoms if symptom == chosen]
        return [
            _problem(f"{pointer}/{chosen.index(symptom)}", symptom)
            for symptom in self.symptoms
            if symptom in chosen
        ]


def _problem(pointer: str, symptom: StrEnum) -> AnswerProblem:
    return AnswerProblem(pointer=pointer, code=_code(symptom))


def _code(symptom: StrEnum) -> AnswerCode:
    return AnswerCode.STOP_CALL_1177 if symptom in _FOR_ADVICE else AnswerCode.STOP_CALL_112


def _stop(symptom: StrEnum) -> NoReturn:
    raise ValueError(_code(symptom))


SevereSymptoms = Annotated[
    tuple[Annotated[SevereSymptom, AfterValidator(_stop)], ...], at_most(_MOST_CHOSEN)
]
AlarmSymptoms = Annotated[
    tuple[Annotated[AlarmSymptom, AfterValidator(_stop)], ...], at_most(_MOST_CHOSEN)
]

SEVERE_STOPS = Stops("severe_symptoms", SevereSymptom)
ALARM_STOPS = Stops("alarm_symptoms", AlarmSymptom)
