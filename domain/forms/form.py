"""What a form is to the rest: a model of answers and the rules that read them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    JsonValue,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
)

from domain.catalogue import ServiceEntry
from domain.forms.lengths import longest_lists, part_too_long
from domain.forms.nameless import find_identities
from domain.forms.problems import AnswerProblem, find_misfits, read_answers
from domain.forms.repeats import Distinct
from domain.forms.stops import Stops
from domain.forms.storable import part_unstorable
from domain.vocabulary import Flag, Urgency
from domain.worktime import WorkCalendar


class AnswerModel(BaseModel):
    """The base of answers: frozen, exact types, nothing but the fields asked for."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


AnswersT = TypeVar("AnswersT")
"""The model of a form's answers, or the union of its variants' models."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """When and by what rules answers are judged.

    `calendar` is the receiving unit's; `age` the patient's in whole years, where known; `variant`
    what the answers that are judged say they are.
    """

    received_at: datetime
    service: ServiceEntry
    calendar: WorkCalendar
    age: int | None = None
    variant: str | None = None

    @property
    def today(self) -> date:
        """The unit's local date at receipt."""
        return self.calendar.local_day(self.received_at)


def occasion_of(info: ValidationInfo) -> Occasion | None:
    """Return the occasion a validator judges by; None while answers judged before are read."""
    return info.context if isinstance(info.context, Occasion) else None


@dataclass(frozen=True, slots=True)
class Reading:
    """What valid answers say about the case; `needed_by` is a local date."""

    urgency: Urgency = Urgency.NORMAL
    flags: tuple[Flag, ...] = ()
    visit_at: datetime | None = None
    needed_by: date | None = None


@dataclass(frozen=True, slots=True)
class Form(Generic[AnswersT]):
    """A form: its answers, what they tell, and examples made for today.

    `tag` is the field that tells its variants apart and `kinds` what stands in it; a form of one
    kind has neither. `asks_alike`: every variant is asked the same, so that they differ in the
    catalogue's rules alone, where one may be left out. `distinct` names a list in which nothing
    may stand twice, `stops` the symptoms that end the form, and `longest` how many items each
    list may have.
    """

    code: str
    answers: TypeAdapter[AnswersT]
    read: Callable[[AnswersT, Occasion], Reading]
    examples: Callable[[Occasion], list[dict[str, JsonValue]]]
    tag: str | None = None
    kinds: tuple[str, ...] = ()
    asks_alike: bool = False
    distinct: Distinct | None = None
    stops: Stops | None = None
    longest: Mapping[str, int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "longest", longest_lists(self.answers.json_schema()))

    @property
    def variants(self) -> tuple[str, ...]:
        """The codes of the form's variants, such as `certificate.new`."""
        return tuple(f"{self.code}.{kind}" for kind in self.kinds)

    def variant(self, answers: dict[str, JsonValue]) -> str | None:
        """Return which variant *answers* are; None when the form has none or they say none."""
        kind = None if self.tag is None else answers.get(self.tag)
        return f"{self.code}.{kind}" if kind in self.kinds else None

    def problems(self, answers: dict[str, JsonValue], occasion: Occasion) -> list[AnswerProblem]:
        """Return everything wrong with *answers*, judged at the instant they were received.

        Calls for help, lengths of lists and repeats are read from what was sent, since answers of
        no known variant or with one wrong item would hide them.
        """
        storable, unstorable = part_unstorable(answers)
        kept, too_long = part_too_long(storable, self.longest)
        judged = replace(occasion, variant=self.variant(kept))
        misfits = find_misfits(
            self.answers, kept, judged, tag=None if self.asks_alike else self.tag
        )
        repeats = [] if self.distinct is None else self.distinct.problems(kept)
        stops = [] if self.stops is None else self.stops.problems(storable)
        first = _one_a_place(unstorable, _one_a_place(misfits, find_identities(kept)))
        return list(dict.fromkeys([*stops, *first, *too_long, *repeats]))

    def reading(self, answers: dict[str, JsonValue], occasion: Occasion) -> Reading:
        """Return what *answers*, found valid before, say; nothing when they do not fit."""
        try:
            found = read_answers(self.answers, answers, context=None)
        except ValidationError:
            return Reading()
        return self.read(found, occasion)

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of the answers."""
        return self.answers.json_schema()


def _one_a_place(problems: list[AnswerProblem], others: list[AnswerProblem]) -> list[AnswerProblem]:
    """Return *problems*, then those of *others* whose places have no problem yet."""
    places = {problem.pointer for problem in problems}
    return [*problems, *(other for other in others if other.pointer not in places)]
