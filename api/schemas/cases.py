"""Cases and their timelines as readers get them."""

from typing import Literal

from pydantic import AwareDatetime, Field, JsonValue

from api.schemas.view import View
from domain.actors import ActorKind
from domain.catalogue import BilingualText
from domain.events import EventKind
from domain.vocabulary import CaseState, Escalation, Flag, Outcome, Urgency


class UnitView(View):
    """A care unit as a citizen may phone it."""

    hsa_id: str
    name: str
    phone: str | None


class RoleView(View):
    code: str
    name: BilingualText


class HandledBy(View):
    """Where the case lies."""

    unit: UnitView
    role: RoleView


class Promise(View):
    """What the patient is promised. `resolution_by` is null while the patient is awaited."""

    first_response_by: AwareDatetime
    resolution_by: AwareDatetime | None
    text: BilingualText


class MessageView(View):
    """One turn of the conversation."""

    sender: Literal["patient", "unit"] = Field(serialization_alias="from")
    at: AwareDatetime
    text: str


class NoteView(View):
    """An internal note; `from` is the HSA-id of its writer."""

    sender: str = Field(serialization_alias="from")
    at: AwareDatetime
    text: str


class CaseSummary(View):
    """A case in a list of the patient's own. `handled_by` and `promise` are null until admitted."""

    case_id: str
    reference: str
    service: str
    state: CaseState
    rev: int
    received_at: AwareDatetime
    outcome: Outcome | None
    handled_by: HandledBy | None
    promise: Promise | None
    paused: bool


class CaseView(CaseSummary):
    """A case as the patient sees it."""

    messages: list[MessageView]


class PatientView(View):
    """Whom the case concerns; the name is the register's, null when it knows no such person."""

    identity: str
    name: str | None


class NextMark(View):
    """What happens next if nobody acts."""

    at: AwareDatetime
    kind: str


class StaffFields(View):
    """What staff see beside the patient's own view, in lists and in full.

    `protected`: the patient has protected identity, so only those who handle such cases see it.
    """

    protected: bool
    flags: list[Flag]
    urgency: Urgency
    assigned_to: str | None
    prepared_by: str | None = Field(description="HSA-id of who handed it over to those who decide.")
    handed_over_at: AwareDatetime | None
    first_response_at: AwareDatetime | None
    due_at: AwareDatetime | None
    next_mark: NextMark | None
    escalation: Escalation
    overdue: bool


class InboxItem(CaseSummary, StaffFields):
    """One line of an inbox. `patient` is null for a protected one: the reference stands for it."""

    patient: PatientView | None


class StaffCaseView(CaseView, StaffFields):
    """A case as staff see it: all of it."""

    patient: PatientView
    answers: dict[str, JsonValue]
    duplicates: list[str]
    verified_against_prescription: bool | None = Field(
        description="Whether the doses asked for were compared with a prescription: never yet, as "
        "no source of prescriptions is connected; null for services that renew none."
    )
    contact_lost: bool = Field(description="Text messages to the citizen come back: phone them.")
    notes: list[NoteView]


class ActorView(View):
    """Who did it. A citizen is never told the id of staff."""

    kind: ActorKind
    id: str | None = Field(default=None, exclude_if=lambda value: value is None)
    commission: str | None = Field(default=None, exclude_if=lambda value: value is None)
    unit: str | None = Field(default=None, exclude_if=lambda value: value is None)


class EventView(View):
    """One thing that happened. `action_id` and `hash` are for staff."""

    seq: int
    at: AwareDatetime
    kind: EventKind
    actor: ActorView
    detail: dict[str, str]
    action_id: str | None = Field(default=None, exclude_if=lambda value: value is None)
    hash: str | None = Field(default=None, exclude_if=lambda value: value is None)


class Accepted(View):
    """A message that the case will take in as soon as a worker carries it on."""

    case_id: str
    action_id: str
    state: Literal["accepted"] = "accepted"
