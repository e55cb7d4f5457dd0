"""Who is told of what. A notice says only that there is news; the case never sends it itself."""

from enum import StrEnum

from pydantic import AwareDatetime

from domain.model import Model


class Recipient(StrEnum):
    """Whom a notice is for. People are found when it is sent, so none is named here."""

    ROLE_SUBSCRIBERS = "role_subscribers"
    ROLE = "role"
    OWNER = "owner"
    COORDINATOR = "coordinator"
    UNIT_MANAGER = "unit_manager"
    OPERATIONS_MANAGER = "operations_manager"
    ROLE_CATALOGUE_OWNER = "role_catalogue_owner"
    OPERATIONS = "operations"
    CITIZEN = "citizen"


REPLACEMENTS = (
    Recipient.COORDINATOR,
    Recipient.UNIT_MANAGER,
    Recipient.OPERATIONS_MANAGER,
    Recipient.ROLE_CATALOGUE_OWNER,
)
"""Where nobody is a recipient, the next one here is told instead (design section 4)."""


class NoticeRule(StrEnum):
    """Why a notice goes out."""

    NEW_CASE = "new_case"
    FIRST_RESPONSE_WARNING = "first_response_warning"
    FIRST_RESPONSE_BREACH = "first_response_breach"
    RESOLUTION_WARNING = "resolution_warning"
    RESOLUTION_BREACH = "resolution_breach"
    RESOLUTION_OVERDUE = "resolution_overdue"
    UNDELIVERABLE = "undeliverable"
    ASSIGNED_TO_YOU = "assigned_to_you"
    HANDED_OVER = "handed_over"
    HAND_OVER_WARNING = "hand_over_warning"
    HAND_OVER_BREACH = "hand_over_breach"
    MARKED_URGENT = "marked_urgent"
    PATIENT_ANSWERED = "patient_answered"
    PATIENT_WITHDREW = "patient_withdrew"
    VISIT_NEAR = "visit_near"
    VISIT_OVERTAKEN = "visit_overtaken"
    QUESTION = "question"
    REPLY = "reply"
    OUTCOME = "outcome"
    DELAY = "delay"
    MOVED_PROMISE = "moved_promise"
    PATIENT_SILENCE = "patient_silence"
    PHONE_THE_UNIT = "phone_the_unit"


ALWAYS_URGENT = frozenset({NoticeRule.VISIT_NEAR})
"""What may not wait for other news of the same quarter, however urgent its case is."""


class Notice(Model):
    """One notice of one case. `rule` may carry a step (`resolution_warning_80`)."""

    rev: int
    rule: str
    recipient: Recipient
    at: AwareDatetime
    urgent: bool = False

    def key_for(self, case_id: str) -> str:
        """Return the key this notice has everywhere: case, rev, rule and recipient."""
        return f"{case_id}:{self.rev}:{self.rule}:{self.recipient}"
