"""When deliveries leave, what words several take, and which numbers take text messages."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.delivery import Template
from domain.delivery_times import due_after, gathered, tried_again_at
from domain.mobile_numbers import mobile_number

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("attempts", "pause"), [(1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (8, 60), (1000, 60)]
)
def test_pause_doubles_up_to_an_hour(attempts: int, pause: int) -> None:
    assert tried_again_at(attempts, NOON, NOON) == NOON + pause * MINUTE


@pytest.mark.parametrize(
    ("tried_for", "expected"), [(23 * 60, 24 * 60), (23 * 60 + 1, None), (48 * 60, None)]
)
def test_trying_ends_after_a_day(tried_for: int, expected: int | None) -> None:
    again = tried_again_at(30, NOON, NOON + tried_for * MINUTE)

    assert again == (None if expected is None else NOON + expected * MINUTE)


@pytest.mark.parametrize(("ago", "wait"), [(None, 0), (0, 15), (10, 5), (15, 0), (90, 0)])
def test_next_one_leaves_when_the_fifteen_minutes_are_over(ago: int | None, wait: int) -> None:
    last = None if ago is None else NOON - ago * MINUTE

    assert due_after(last, NOON) == NOON + wait * MINUTE


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (Template.STAFF, Template.STAFF, Template.STAFF_MANY),
        (Template.STAFF_MANY, Template.STAFF, Template.STAFF_MANY),
        (Template.STAFF_MANY, Template.STAFF_LATE, Template.STAFF_LATE),
        (Template.STAFF_LATE, Template.STAFF, Template.STAFF_LATE),
        (Template.CITIZEN, Template.CITIZEN, Template.CITIZEN_MANY),
        (Template.CITIZEN_MANY, Template.CITIZEN, Template.CITIZEN_MANY),
    ],
)
def test_what_presses_most_words_those_that_leave_together(
    one: Template, other: Template, expected: Template
) -> None:
    assert gathered(one, other) is expected


@pytest.mark.parametrize("number", ["+46701740605", "+46791234567", "+4791234567"])
def test_mobile_numbers_take_text_messages(number: str) -> None:
    assert mobile_number(number) == number


@pytest.mark.parametrize("number", [None, "", "0701740605", "+4626123456", "+46770123456", "+46"])
def test_other_numbers_take_none(number: str | None) -> None:
    assert mobile_number(number) is None
