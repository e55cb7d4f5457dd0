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
    ADDICTIVE_DERIVED = "addictive_derived"
    ADDICTIVE_MISMATCH = "addictive_mismatch"
    UNMATCHED_PRODUCT = "unmatched_product"
    DOSE_DISPENSED = "dose_dispensed"
    COMBINED_CONTRAINDICATION = "combined_contraindication"
    PREGNANCY_POSSIBLE = "pregnancy_possible"
    BP_MISSING = "bp_missing"
    REMOVAL_VISIT = "removal_visit"
    NEED_CHANGED = "need_changed"
    TOO_EARLY = "too_early"
    MUNICIPAL_CARE = "municipal_care"
    NATIONAL_BENEFIT = "national_benefit"
    NEW_ASSESSMENT_DUE = "new_assessment_due"
    NEEDED_BEFORE_PROMISE = "needed_before_promise"
    UNDER_15 = "under_15"
    UNDER_16 = "under_16"
    PROTECTED_IDENTITY = "protected_identity"
    NO_TIME_BEFORE_VISIT = "no_time_before_visit"
    DUPLICATE_SUSPECTED = "duplicate_suspected"
    LISTING_CHANGED = "listing_changed"
    RED_FLAG_WORDS = "red_flag_words"
    LATE_CHANNEL = "late_channel"
    TIME_IN_DOUBT = "time_in_doubt"


class Channel(StrEnum):
    MVG_APP = "mvg_app"
    MVG_WEB = "mvg_web"
    REDIRECT_1177 = "redirect_1177"


class Escalation(StrEnum):
    """How far up an overdue case has been told."""

    NONE = "none"
    UNIT = "unit"
    OPERATIONS = "operations"
