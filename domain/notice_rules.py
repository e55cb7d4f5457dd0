"""Whether a notice is still news when it is about to leave, and in which words it leaves."""

import re

from domain.delivery import Template
from domain.notices import NoticeRule, Recipient
from domain.vocabulary import OPEN_STATES, CaseState

_STEP = re.compile(r"_\d+$")
_BY_NAME = {rule.value: rule for rule in NoticeRule}
_LATE = frozenset(
    {
        NoticeRule.FIRST_RESPONSE_BREACH,
        NoticeRule.RESOLUTION_BREACH,
        NoticeRule.RESOLUTION_OVERDUE,
        NoticeRule.UNDELIVERABLE,
    }
)


def still_concerns(rule: str, state: CaseState, *, answered: bool) -> bool:
    """Whether a notice by *rule* still concerns a case in *state* (the stop condition, [S51]).

    `answered` says that a first response was given. What ended or changed for the patient is
    told whatever came after it. A rule that only a newer release knows counts as concerning: a
    notice too many says nothing, a notice too few is the silence this service is there to end.
    """
    is_open = state in OPEN_STATES
    match _rule_of(rule):
        case NoticeRule.NEW_CASE:
            return state is CaseState.QUEUED
        case NoticeRule.FIRST_RESPONSE_WARNING | NoticeRule.FIRST_RESPONSE_BREACH:
            return is_open and not answered
        case NoticeRule.UNDELIVERABLE:
            return state is CaseState.UNDELIVERABLE
        case NoticeRule.QUESTION | NoticeRule.PATIENT_SILENCE:
            return state is CaseState.AWAITING_PATIENT
        case (
            NoticeRule.RESOLUTION_WARNING
            | NoticeRule.RESOLUTION_BREACH
            | NoticeRule.RESOLUTION_OVERDUE
            | NoticeRule.ASSIGNED_TO_YOU
            | NoticeRule.MARKED_URGENT
            | NoticeRule.PATIENT_ANSWERED
            | NoticeRule.PHONE_THE_UNIT
        ):
            return is_open
        case _:
            return True


def template_for(rule: str, recipient: Recipient, *, urgent: bool) -> Template:
    """Return which text the notice takes: by who reads it and how much it presses, never more."""
    if recipient is Recipient.CITIZEN:
        return Template.CITIZEN_URGENT if urgent else Template.CITIZEN
    if _rule_of(rule) in _LATE:
        return Template.STAFF_LATE
    return Template.STAFF_URGENT if urgent else Template.STAFF


def _rule_of(rule: str) -> NoticeRule | None:
    """Return the rule without its step (`resolution_warning_80`), None if it is not known here."""
    return _BY_NAME.get(_STEP.sub("", rule))
