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
        NoticeRule.HAND_OVER_BREACH,
        NoticeRule.UNDELIVERABLE,
    }
)

_REMINDERS = frozenset(
    {
        NoticeRule.FIRST_RESPONSE_WARNING,
        NoticeRule.RESOLUTION_WARNING,
        NoticeRule.RESOLUTION_OVERDUE,
        NoticeRule.HAND_OVER_WARNING,
        NoticeRule.PATIENT_SILENCE,
    }
)
"""What nobody is told of one case more than once a working day (design section 4, Notices)."""

_QUEUED = frozenset({CaseState.QUEUED})
_AWAITED = frozenset({CaseState.AWAITING_PATIENT})
_NEWS_IN = {
    NoticeRule.NEW_CASE: _QUEUED,
    NoticeRule.HANDED_OVER: _QUEUED | {CaseState.ASSIGNED},
    NoticeRule.HAND_OVER_WARNING: _QUEUED,
    NoticeRule.HAND_OVER_BREACH: _QUEUED,
    NoticeRule.FIRST_RESPONSE_WARNING: OPEN_STATES,
    NoticeRule.FIRST_RESPONSE_BREACH: OPEN_STATES,
    NoticeRule.RESOLUTION_WARNING: OPEN_STATES,
    NoticeRule.RESOLUTION_BREACH: OPEN_STATES,
    NoticeRule.RESOLUTION_OVERDUE: OPEN_STATES,
    NoticeRule.UNDELIVERABLE: frozenset({CaseState.UNDELIVERABLE}),
    NoticeRule.VISIT_NEAR: OPEN_STATES,
    NoticeRule.ASSIGNED_TO_YOU: OPEN_STATES,
    NoticeRule.MARKED_URGENT: OPEN_STATES,
    NoticeRule.PATIENT_ANSWERED: OPEN_STATES,
    NoticeRule.PHONE_THE_UNIT: OPEN_STATES,
    NoticeRule.QUESTION: _AWAITED,
    NoticeRule.PATIENT_SILENCE: _AWAITED,
}
"""The states in which a rule is news; one that is not named here is news whatever came after."""

_UNTIL_ANSWERED = frozenset({NoticeRule.FIRST_RESPONSE_WARNING, NoticeRule.FIRST_RESPONSE_BREACH})


def still_concerns(rule: str, state: CaseState, *, answered: bool) -> bool:
    """Whether a notice by *rule* still concerns a case in *state* (the stop condition, [S51]).

    `answered` says that a first response was given. What ended or changed for the patient is
    told whatever came after it. A rule that only a newer release knows counts as concerning: a
    notice too many says nothing, a notice too few is the silence this service is there to end.
    """
    known = _rule_of(rule)
    if known is None or (known in _UNTIL_ANSWERED and answered):
        return known is None
    return known not in _NEWS_IN or state in _NEWS_IN[known]


def template_for(rule: str, recipient: Recipient, *, urgent: bool) -> Template:
    """Return which text the notice takes: by who reads it and how much it presses, never more."""
    if recipient is Recipient.CITIZEN:
        return Template.CITIZEN_URGENT if urgent else Template.CITIZEN
    if _rule_of(rule) in _LATE:
        return Template.STAFF_LATE
    return Template.STAFF_URGENT if urgent else Template.STAFF


def reminder_of(rule: str) -> NoticeRule | None:
    """Return what *rule*, with or without its step, reminds of; None when it is no reminder."""
    known = _rule_of(rule)
    return known if known in _REMINDERS else None


def _rule_of(rule: str) -> NoticeRule | None:
    """Return the rule without its step (`resolution_warning_80`), None if it is not known here."""
    return _BY_NAME.get(_STEP.sub("", rule))
