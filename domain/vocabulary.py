"""The words of a case: its states, outcomes, flags and urgencies (design section 4)."""

from enum import StrEnum


class CaseState(StrEnum):
    RECEIVED = "received"
    QUEUED = "queued"
    ASSIGNED = "assigned"
    AWAITING_PATIENT = "awaiting_patient"
    RESOLVED = "resolved"
    CLOSED = "closed"
    UNDELIVERABLE = "undeliverable"
    REJECTED = "rejected"


OPEN_STATES = frozenset(
    {
        CaseState.RECEIVED,
        CaseState.QUEUED,
        CaseState.ASSIGNED,
        CaseState.AWAITING_PATIENT,
        CaseState.UNDELIVERABLE,
    }
)


class Outcome(StrEnum):
    APPROVED = "approved"
    APPROVED_IN_PART = "approved_in_part"
    DECLINED = "declined"
    REQUIRES_CONTACT = "requires_contact"
    VISIT_NEEDED = "visit_needed"
    REDIRECTED = "redirected"
    NO_ACTION = "no_action"
    WITHDRAWN = "withdrawn"
    DUPLICATE = "duplicate"
    NO_ANSWER = "no_answer"
    OVERTAKEN = "overtaken"


STAFF_OUTCOMES = frozenset(
    {
        Outcome.APPROVED,
        Outcome.APPROVED_IN_PART,
        Outcome.DECLINED,
        Outcome.REQUIRES_CONTACT,
        Outcome.VISIT_NEEDED,
        Outcome.REDIRECTED,
        Outcome.NO_ACTION,
    }
)
"""What a person may decide by `resolve`; the others follow from events, never from a choice."""

APPROVALS = frozenset({Outcome.APPROVED, Outcome.APPROVED_IN_PART})


class Urgency(StrEnum):
    NORMAL = "normal"
    SOON = "soon"
    URGENT = "urgent"


class Flag(StrEnum):
    """What staff should notice. A flag never decides [A§16, A§17]."""

    ADDICTIVE_DECLARED = "addictive_declared"
    UNMATCHED_PRODUCT = "unmatched_product"
    UNDER_16 = "under_16"
    PROTECTED_IDENTITY = "protected_identity"
    NO_TIME_BEFORE_VISIT = "no_time_before_visit"


class Channel(StrEnum):
    MVG_APP = "mvg_app"
    MVG_WEB = "mvg_web"
    REDIRECT_1177 = "redirect_1177"


class Escalation(StrEnum):
    """How far up an overdue case has been told."""

    NONE = "none"
    UNIT = "unit"
    OPERATIONS = "operations"
