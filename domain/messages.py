"""The messages a case understands: one model each, the same for signals and the update `act`."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from domain.actors import Actor
from domain.catalogue import BilingualText
from domain.licences import Licence, Prescribing
from domain.model import Model, Text
from domain.vocabulary import STAFF_OUTCOMES, Outcome
from domain.worktime import WorkCalendar

ActionId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:-]{1,100}$")]


class Documented(StrEnum):
    """Whether what matters was written in the medical record, which this system is not [S15]."""

    YES = "yes"
    NOT_NEEDED = "not_needed"


class Route(Model):
    """Where a case lies: a unit, its care provider and the role there, with names to show."""

    unit: str
    provider: str
    unit_name: str
    phone: str | None = None
    role: str
    role_name: BilingualText


class Colleague(Model):
    """The one a case is given to, with the rights the register gave when it was sent."""

    id: str
    unit: str
    roles: tuple[str, ...]
    licence: Licence = Licence.NONE
    prescribing: Prescribing = Prescribing.NONE


class Destination(Model):
    """The route a case takes, with that unit's calendar; both looked up by the sender.

    `has_holder`: whether anybody there can take it; for a hand-over, anybody who may decide.
    """

    route: Route
    calendar: WorkCalendar
    has_holder: bool = True


class _Message(Model):
    """What every message carries. `expected_rev`: refuse when the case has moved on since."""

    action_id: ActionId
    actor: Actor
    expected_rev: int | None = None


class Take(_Message):
    kind: Literal["take"] = "take"
    reason: Text | None = None


class Return(_Message):
    kind: Literal["return"] = "return"
    reason: Text | None = None


class Assign(_Message):
    kind: Literal["assign"] = "assign"
    to: str
    reason: Text | None = None
    colleague: Colleague | None = None


class Transfer(_Message):
    kind: Literal["transfer"] = "transfer"
    role: str | None = None
    unit: str | None = None
    reason: Text
    disclosure: Text | None = None
    destination: Destination


class AskPatient(_Message):
    kind: Literal["ask_patient"] = "ask_patient"
    text: Text


class _FromPatient(_Message):
    """`red_flag_words`: its sender found words that may mean danger, as the region lists them."""

    red_flag_words: bool = False


class Answer(_FromPatient):
    kind: Literal["answer"] = "answer"
    text: Text


class Reply(_Message):
    kind: Literal["reply"] = "reply"
    text: Text


class Note(_Message):
    kind: Literal["note"] = "note"
    text: Text


class MarkUrgent(_Message):
    kind: Literal["mark_urgent"] = "mark_urgent"
    reason: Text


class Merge(_Message):
    """The case repeats case *into*, which is to be kept."""

    kind: Literal["merge"] = "merge"
    into: str
    reason: Text | None = None


class Resolve(_Message):
    kind: Literal["resolve"] = "resolve"
    outcome: Outcome
    text: Text | None = None
    documented_in_record: Documented
    qualified_contact: bool

    def is_complete(self) -> bool:
        """Whether the outcome is one a person may choose, and a decline is explained."""
        return self.outcome in STAFF_OUTCOMES and (
            self.text is not None or self.outcome is not Outcome.DECLINED
        )


class HandOver(_Message):
    """What was prepared goes to those who may decide, or to the one of them named by `to`.

    `destination` is the role that decides, at the case's own unit.
    """

    kind: Literal["hand_over"] = "hand_over"
    to: str | None = None
    note: Text | None = None
    colleague: Colleague | None = None
    destination: Destination | None = None


class Withdraw(_FromPatient):
    kind: Literal["withdraw"] = "withdraw"
    reason: Text | None = None


class Reopen(_FromPatient):
    kind: Literal["reopen"] = "reopen"
    reason: Text | None = None


AnyMessage = (
    Take
    | Return
    | Assign
    | Transfer
    | AskPatient
    | Answer
    | Reply
    | Note
    | MarkUrgent
    | Merge
    | Resolve
    | HandOver
    | Withdraw
    | Reopen
)


class Act(Model):
    """The body of update `act`: any one message, told apart by its `kind`."""

    message: Annotated[AnyMessage, Field(discriminator="kind")]


_LOOKED_UP = {
    "expected_rev": True,
    "colleague": True,
    "destination": True,
    "actor": True,
    "red_flag_words": True,
}


def content_of(message: AnyMessage) -> str:
    """Return what makes two messages the same: kind, body and sender, not register look-ups."""
    return f"{message.actor.kind}:{message.actor.id}:{message.model_dump_json(exclude=_LOOKED_UP)}"
