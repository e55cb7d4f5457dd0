"""A notice leaves only while it is news, and never twice to the same person."""

import re
from datetime import UTC, datetime

import pytest

from domain.delivery import DeliveryChannel, Template, delivery_key
from domain.notice_rules import still_concerns, template_for
from domain.notices import Notice, NoticeRule, Recipient
from domain.vocabulary import OPEN_STATES, CaseState

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
EVERY_STATE = frozenset(CaseState)
NEWS_IN = {
    NoticeRule.NEW_CASE: {CaseState.QUEUED},
    NoticeRule.HANDED_OVER: {CaseState.QUEUED, CaseState.ASSIGNED},
    NoticeRule.HAND_OVER_WARNING: {CaseState.QUEUED},
    NoticeRule.HAND_OVER_BREACH: {CaseState.QUEUED},
    NoticeRule.FIRST_RESPONSE_WARNING: OPEN_STATES,
    NoticeRule.FIRST_RESPONSE_BREACH: OPEN_STATES,
    NoticeRule.RESOLUTION_WARNING: OPEN_STATES,
    NoticeRule.RESOLUTION_BREACH: OPEN_STATES,
    NoticeRule.RESOLUTION_OVERDUE: OPEN_STATES,
    NoticeRule.UNDELIVERABLE: {CaseState.UNDELIVERABLE},
    NoticeRule.ASSIGNED_TO_YOU: OPEN_STATES,
    NoticeRule.MARKED_URGENT: OPEN_STATES,
    NoticeRule.PATIENT_ANSWERED: OPEN_STATES,
    NoticeRule.PHONE_THE_UNIT: OPEN_STATES,
    NoticeRule.QUESTION: {CaseState.AWAITING_PATIENT},
    NoticeRule.PATIENT_SILENCE: {CaseState.AWAITING_PATIENT},
    NoticeRule.PATIENT_WITHDREW: EVERY_STATE,
    NoticeRule.VISIT_NEAR: OPEN_STATES,
    NoticeRule.VISIT_OVERTAKEN: EVERY_STATE,
    NoticeRule.REPLY: EVERY_STATE,
    NoticeRule.OUTCOME: EVERY_STATE,
    NoticeRule.DELAY: EVERY_STATE,
    NoticeRule.MOVED_PROMISE: EVERY_STATE,
}


@pytest.mark.parametrize("rule", NoticeRule)
def test_rule_concerns_exactly_the_states_in_which_it_is_news(rule: NoticeRule) -> None:
    concerned = {state for state in CaseState if still_concerns(rule, state, answered=False)}

    assert concerned == NEWS_IN[rule]


@pytest.mark.parametrize(
    "rule", [NoticeRule.FIRST_RESPONSE_WARNING, NoticeRule.FIRST_RESPONSE_BREACH]
)
def test_first_response_is_no_longer_news_once_somebody_answered(rule: NoticeRule) -> None:
    assert not any(still_concerns(rule, state, answered=True) for state in CaseState)


def test_step_of_a_rule_does_not_change_when_it_is_news() -> None:
    assert still_concerns("resolution_warning_80", CaseState.ASSIGNED, answered=True)
    assert not still_concerns("resolution_warning_80", CaseState.RESOLVED, answered=True)
    assert not still_concerns("patient_silence_7", CaseState.ASSIGNED, answered=True)


def test_rule_of_a_newer_release_is_rather_sent_than_lost() -> None:
    assert still_concerns("rule_of_tomorrow", CaseState.CLOSED, answered=True)


@pytest.mark.parametrize(
    ("rule", "recipient", "urgent", "expected"),
    [
        pytest.param("new_case", Recipient.ROLE_SUBSCRIBERS, False, Template.STAFF, id="new"),
        pytest.param("new_case", Recipient.ROLE, True, Template.STAFF_URGENT, id="urgent"),
        pytest.param(
            "resolution_overdue_3",
            Recipient.OPERATIONS_MANAGER,
            True,
            Template.STAFF_LATE,
            id="late is what presses most",
        ),
        pytest.param("delay", Recipient.CITIZEN, False, Template.CITIZEN, id="citizen"),
        pytest.param(
            "phone_the_unit", Recipient.CITIZEN, True, Template.CITIZEN_URGENT, id="citizen urgent"
        ),
    ],
)
def test_text_follows_who_reads_it_and_how_it_presses(
    rule: str, recipient: Recipient, urgent: bool, expected: Template
) -> None:
    assert template_for(rule, recipient, urgent=urgent) is expected


def test_one_person_has_one_key_for_one_occasion_whatever_they_are_told_as() -> None:
    manager = "SE5560000000-TEST122"
    keys = {
        delivery_key(
            Notice(rev=4, rule="first_response_breach", recipient=recipient, at=NOON).key_for(
                "case"
            ),
            manager,
            DeliveryChannel.MAIL,
        )
        for recipient in (Recipient.COORDINATOR, Recipient.UNIT_MANAGER)
    }

    assert len(keys) == 1


def test_other_people_occasions_cases_and_channels_have_other_keys() -> None:
    keys = [
        delivery_key("case:4:new_case:role", "SE5560000000-TEST101", DeliveryChannel.MAIL),
        delivery_key("case:4:new_case:role", "SE5560000000-TEST102", DeliveryChannel.MAIL),
        delivery_key("case:5:new_case:role", "SE5560000000-TEST101", DeliveryChannel.MAIL),
        delivery_key("case:4:marked_urgent:role", "SE5560000000-TEST101", DeliveryChannel.MAIL),
        delivery_key("other:4:new_case:role", "SE5560000000-TEST101", DeliveryChannel.MAIL),
        delivery_key("case:4:new_case:role", "SE5560000000-TEST101", DeliveryChannel.SMS),
    ]

    assert len(set(keys)) == len(keys)
    assert all(re.fullmatch(r"[0-9a-f]{40}", key) for key in keys)
