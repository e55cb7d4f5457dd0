"""The bodies of the messages that a case understands over HTTP, by the name in the URL."""

from typing import Annotated

from pydantic import Field, StringConstraints

from api.schemas.submissions import CaseIdText
from api.schemas.texts import Text
from api.strict_model import StrictModel
from domain import messages
from domain.messages import AnyMessage, Documented
from domain.model import HsaId
from domain.vocabulary import Outcome

RoleCode = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class TakeBody(StrictModel):
    reason: Text | None = None


class ReturnBody(StrictModel):
    reason: Text | None = None


class AssignBody(StrictModel):
    """`to` is the HSA-id of a colleague who holds the case's role at its unit."""

    to: HsaId
    reason: Text | None = None


class TransferBody(StrictModel):
    """Where to: another role, another unit, or both. `disclosure` is needed to leave a provider."""

    role: RoleCode | None = None
    unit: HsaId | None = None
    reason: Text
    disclosure: Text | None = None


class AskPatientBody(StrictModel):
    text: Text


class AnswerBody(StrictModel):
    text: Text


class ReplyBody(StrictModel):
    text: Text


class NoteBody(StrictModel):
    text: Text


class MarkUrgentBody(StrictModel):
    reason: Text


class MergeBody(StrictModel):
    """`into` is the case that is kept: of the same patient and care provider, and open."""

    into: CaseIdText
    reason: Text | None = None


class ResolveBody(StrictModel):
    """How the case ends; to decline takes a text."""

    outcome: Annotated[Outcome, Field(strict=False)]
    text: Text | None = None
    documented_in_record: Annotated[Documented, Field(strict=False)]
    qualified_contact: bool


class HandOverBody(StrictModel):
    """To those who may decide, or to one of them: `to` is an HSA-id. `note` is for staff only."""

    to: HsaId | None = None
    note: Text | None = None


class WithdrawBody(StrictModel):
    reason: Text | None = None


class ReopenBody(StrictModel):
    reason: Text | None = None


MESSAGES: dict[str, tuple[type[StrictModel], type[AnyMessage]]] = {
    "take": (TakeBody, messages.Take),
    "return": (ReturnBody, messages.Return),
    "assign": (AssignBody, messages.Assign),
    "transfer": (TransferBody, messages.Transfer),
    "ask-patient": (AskPatientBody, messages.AskPatient),
    "answer": (AnswerBody, messages.Answer),
    "reply": (ReplyBody, messages.Reply),
    "note": (NoteBody, messages.Note),
    "mark-urgent": (MarkUrgentBody, messages.MarkUrgent),
    "merge": (MergeBody, messages.Merge),
    "resolve": (ResolveBody, messages.Resolve),
    "hand-over": (HandOverBody, messages.HandOver),
    "withdraw": (WithdrawBody, messages.Withdraw),
    "reopen": (ReopenBody, messages.Reopen),
}
"""Each message's body and the domain's model of it."""
