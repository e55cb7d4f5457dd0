"""What a form is to the rest: a model of answers and the rules that read them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, JsonValue, TypeAdapter

from domain.catalogue import ServiceEntry
from domain.forms.problems import AnswerProblem, read_answers
from domain.vocabulary import Flag, Urgency
from domain.worktime import WorkCalendar


class AnswerModel(BaseModel):
    """The base of answers: frozen, exact types, nothing but the fields asked for."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


AnswersT = TypeVar("AnswersT", bound=AnswerModel)


@dataclass(frozen=True, slots=True)
class Occasion:
    """When and by what rules answers are judged; `calendar` is the receiving unit's."""

    received_at: datetime
    service: ServiceEntry
    calendar: WorkCalendar


@dataclass(frozen=True, slots=True)
class Reading:
    """What valid answers say about the case."""

    urgency: Urgency = Urgency.NORMAL
    flags: tuple[Flag, ...] = ()
    visit_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Form(Generic[AnswersT]):
    """A form: its answers, the rules of time, what it tells, and examples made for today."""

    code: str
    answers: type[AnswersT]
    check: Callable[[AnswersT, Occasion], list[AnswerProblem]]
    read: Callable[[AnswersT, Occasion], Reading]
    examples: Callable[[Occasion], list[dict[str, JsonValue]]]

    def problems(self, answers: dict[str, JsonValue], occasion: Occasion) -> list[AnswerProblem]:
        """Return everything wrong with *answers*, judged at the instant they were received."""
        found, problems = read_answers(TypeAdapter(self.answers), answers)
        return problems if found is None else self.check(found, occasion)

    def reading(self, answers: dict[str, JsonValue], occasion: Occasion) -> Reading:
        """Return what *answers*, found valid before, say; nothing when they do not fit."""
        found, _ = read_answers(TypeAdapter(self.answers), answers)
        return Reading() if found is None else self.read(found, occasion)

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of the answers."""
        return self.answers.model_json_schema()
