"""The words of the access log: what staff do with a patient's data, why, and how it is judged."""

from datetime import timedelta
from enum import StrEnum

RETENTION_YEARS = 5
"""How long each row is kept, at least [HSLF-FS 2016:40 4 kap. 9 §; L2]."""

WORKING_SESSION = timedelta(minutes=30)
"""A list that is read again within this time logs only what it did not show before.

Long enough that an inbox left open does not drown the log, short enough that the patient can
tell in which half hour of the day somebody saw the case.
"""

MONTHS_AHEAD = 3
"""How many months of the log are made before they begin."""

SEARCHES_A_MINUTE = 60
"""How many searches one person may make a minute before they are told to wait."""


class AccessAction(StrEnum):
    """What was done: a read, a search, a message by its name, or the work of log review."""

    READ_CASE = "read_case"
    READ_EVENTS = "read_events"
    LIST_INBOX = "list_inbox"
    LIST_TASKS = "list_tasks"
    FINISH_TASK = "finish_task"
    SEARCH = "search"
    SEARCH_HIT = "search_hit"
    TAKE = "take"
    RETURN = "return"
    ASSIGN = "assign"
    TRANSFER = "transfer"
    ASK_PATIENT = "ask_patient"
    REPLY = "reply"
    NOTE = "note"
    MARK_URGENT = "mark_urgent"
    HAND_OVER = "hand_over"
    MERGE = "merge"
    RESOLVE = "resolve"
    REOPEN = "reopen"
    LIST_REVIEWS = "list_reviews"
    JUDGE_ACCESS = "judge_access"
    EXPORT_INCIDENT = "export_incident"


class AccessKind(StrEnum):
    """Disclosure: the data goes to another care provider [L6]. Ordinary: it stays."""

    ORDINARY = "ordinary"
    DISCLOSURE = "disclosure"


class SearchReason(StrEnum):
    """Why staff look a patient up; `other` needs a text."""

    PATIENT_CONTACT = "patient_contact"
    BOOKED_VISIT = "booked_visit"
    COLLEAGUE_ASKS = "colleague_asks"
    FOLLOW_UP = "follow_up"
    OTHER = "other"


class SampleMethod(StrEnum):
    """How an access came into a sample: as every n-th, or by lot."""

    SYSTEM = "system"
    RANDOM = "random"


class Verdict(StrEnum):
    """What a reviewer says of an access."""

    JUSTIFIED = "justified"
    QUESTIONABLE = "questionable"
    UNJUSTIFIED = "unjustified"


def action_of_message(name: str) -> AccessAction:
    """Return the action of a message by its name in a URL, as `ask-patient`, or of its kind."""
    return AccessAction(name.replace("-", "_"))


def is_explained(verdict: Verdict, note: str | None) -> bool:
    """Whether a verdict has the note it needs: only a justified access speaks for itself."""
    return verdict is Verdict.JUSTIFIED or note is not None


def needs_text(reason: SearchReason) -> bool:
    """Whether the word alone does not say why."""
    return reason is SearchReason.OTHER
