"""The two clocks of a case: what counts as working time, and what a pause, a move or haste does."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import clocks as turning
from domain.clocks import Clocks
from domain.vocabulary import Urgency
from domain.worktime import WorkCalendar
from tests.unit.case_samples import BOOKING, MONDAY, RENEWAL
from tests.unit.opening_samples import (
    CLOSED_WEEKDAYS,
    EMERGENCY,
    HEALTH_CENTRE,
    HOUR,
    NIGHT_WARD,
    NONE,
    OFFICE,
    at,
    calendar,
)

DAY = timedelta(days=1)
FIVE_DAYS = 45 * HOUR
SHORT_DAYS = calendar(*[(("17:00", "20:00"),)] * 5, (), (), working_day=3 * HOUR)
calendars = st.sampled_from([HEALTH_CENTRE, EMERGENCY, NIGHT_WARD, SHORT_DAYS])
moments = st.datetimes(datetime(2026, 1, 10), datetime(2026, 12, 1), timezones=st.just(UTC))
spans = st.timedeltas(timedelta(minutes=1), timedelta(days=6))


def started(received_at: datetime, hours: WorkCalendar = HEALTH_CENTRE) -> Clocks:
    return turning.start_clocks(received_at, RENEWAL, Urgency.NORMAL, hours, None)


def paused_and_resumed(
    clocks: Clocks, since: datetime, steps: list[timedelta], hours: WorkCalendar
) -> tuple[Clocks, datetime]:
    """Work, then wait, then work and so on, one step each; return the clocks and the instant."""
    moment = since
    for number, step in enumerate(steps):
        moment += step
        clocks = (
            turning.resume(clocks, moment, hours)
            if number % 2
            else turning.pause(clocks, moment, RENEWAL, hours)
        )
    return clocks, moment


@given(hours=calendars, received_at=moments, steps=st.lists(spans, max_size=9))
def test_time_worked_and_time_left_are_always_the_whole_amount(
    hours: WorkCalendar, received_at: datetime, steps: list[timedelta]
) -> None:
    clocks, moment = paused_and_resumed(started(received_at, hours), received_at, steps, hours)
    if clocks.paused_since is not None:
        clocks = turning.resume(clocks, moment, hours)

    late = max(clocks.worked - 5 * hours.working_day, NONE)
    assert clocks.worked - late + clocks.resolution.left == 5 * hours.working_day


@given(hours=calendars, received_at=moments, steps=st.lists(spans, max_size=9))
def test_paused_time_is_counted_nowhere_else(
    hours: WorkCalendar, received_at: datetime, steps: list[timedelta]
) -> None:
    """A witness adds up the stretches between pauses; the clock must have worked just those."""
    clocks, moment = paused_and_resumed(started(received_at, hours), received_at, steps, hours)
    if clocks.paused_since is not None:
        clocks = turning.resume(clocks, moment, hours)
    instants = [received_at]
    for step in steps:
        instants.append(instants[-1] + step)
    stretches = list(pairwise(instants))
    waited = sum((end - start for start, end in stretches[1::2]), NONE)

    if waited <= 14 * DAY:
        worked = sum((hours.between(start, end) for start, end in stretches[::2]), NONE)
        assert (clocks.worked, clocks.paused) == (worked, waited)
    else:
        assert clocks.paused == 14 * DAY


@given(hours=calendars, received_at=moments, work=spans, wait=spans)
def test_a_pause_moves_the_due_instant_by_its_working_time(
    hours: WorkCalendar, received_at: datetime, work: timedelta, wait: timedelta
) -> None:
    before = started(received_at, hours)
    asked_at = received_at + work
    answered_at = asked_at + wait
    left = 5 * hours.working_day - hours.between(received_at, asked_at)

    clocks = turning.pause(before, asked_at, RENEWAL, hours)
    clocks = turning.resume(clocks, answered_at, hours)

    if left > NONE:
        lost = hours.between(asked_at, answered_at)
        assert clocks.resolution.due_at == hours.after(before.resolution.due_at, lost)
    else:
        assert clocks.resolution.due_at == before.resolution.due_at
    assert clocks.first_response == before.first_response


def test_after_fourteen_days_of_pause_in_all_the_clock_runs_though_the_patient_is_awaited() -> None:
    clocks = turning.pause(started(MONDAY), MONDAY, RENEWAL, HEALTH_CENTRE)
    clocks = turning.resume(clocks, MONDAY + 10 * DAY, HEALTH_CENTRE)

    again = turning.pause(clocks, MONDAY + 10 * DAY, RENEWAL, HEALTH_CENTRE)
    answered = turning.resume(again, MONDAY + 15 * DAY, HEALTH_CENTRE)

    assert again.resolution.counts_from == MONDAY + 14 * DAY
    assert again.resolution.due_at == HEALTH_CENTRE.after(MONDAY + 14 * DAY, FIVE_DAYS)
    assert answered.paused == 14 * DAY
    assert answered.resolution.left == FIVE_DAYS - 9 * HOUR


def test_pause_after_the_allowance_is_used_up_does_not_stop_the_clock() -> None:
    clocks = turning.pause(started(MONDAY), MONDAY, RENEWAL, HEALTH_CENTRE)
    clocks = turning.resume(clocks, MONDAY + 20 * DAY, HEALTH_CENTRE)

    again = turning.pause(clocks, MONDAY + 20 * DAY, RENEWAL, HEALTH_CENTRE)

    assert again.resolution.due_at == clocks.resolution.due_at


def urgent(clocks: Clocks, moment: datetime, hours: WorkCalendar) -> Clocks:
    return turning.hasten(clocks, moment, RENEWAL, hours)


@given(hours=calendars, received_at=moments, steps=st.lists(spans, max_size=5), wait=spans)
def test_urgent_is_never_later_than_promised_and_within_the_urgent_time(
    hours: WorkCalendar, received_at: datetime, steps: list[timedelta], wait: timedelta
) -> None:
    clocks, moment = paused_and_resumed(started(received_at, hours), received_at, steps, hours)
    moment += wait
    hastened = urgent(clocks, moment, hours)
    within = hours.after(moment, hours.working_day)

    for now, before in (
        (hastened.first_response, clocks.first_response),
        (hastened.resolution, clocks.resolution),
    ):
        assert now.due_at <= before.due_at
    assert hastened.first_response.due_at <= max(within, clocks.first_response.due_at)
    if clocks.pause_ends_at is None or moment >= clocks.pause_ends_at:
        assert hastened.resolution.due_at == min(within, clocks.resolution.due_at)


@given(hours=calendars, received_at=moments, work=spans, wait=spans)
def test_haste_while_the_patient_is_awaited_leaves_the_urgent_time_after_the_answer(
    hours: WorkCalendar, received_at: datetime, work: timedelta, wait: timedelta
) -> None:
    asked_at = received_at + work
    asked = turning.pause(started(received_at, hours), asked_at, RENEWAL, hours)
    answered_at = asked_at + 2 * wait

    hastened = turning.resume(urgent(asked, asked_at + wait, hours), answered_at, hours)

    left = min(asked.resolution.left, hours.working_day)
    assert hastened.resolution.left == left
    assert hastened.paused == 2 * wait


def test_haste_after_the_allowance_counts_from_now_and_keeps_what_was_paused() -> None:
    asked = turning.pause(started(MONDAY), MONDAY, RENEWAL, HEALTH_CENTRE)
    moment = MONDAY + 16 * DAY

    hastened = urgent(asked, moment, HEALTH_CENTRE)
    answered = turning.resume(hastened, moment + HOUR, HEALTH_CENTRE)

    assert hastened.resolution.due_at == HEALTH_CENTRE.after(moment, 9 * HOUR)
    assert answered.paused == 14 * DAY
    assert answered.worked == 2 * 9 * HOUR + HOUR


@given(old=calendars, new=calendars, received_at=moments, work=spans)
def test_a_move_keeps_the_working_time_left_under_the_other_hours(
    old: WorkCalendar, new: WorkCalendar, received_at: datetime, work: timedelta
) -> None:
    moment = received_at + work
    left = max(5 * old.working_day - old.between(received_at, moment), NONE)

    moved = turning.move(started(received_at, old), moment, old, new)

    assert moved.resolution.left == left
    if left > NONE:
        assert new.between(moment, moved.resolution.due_at) == left


def test_reopened_case_gets_a_new_clock_and_keeps_what_was_used() -> None:
    closed = turning.stop(started(MONDAY), MONDAY + 2 * HOUR, HEALTH_CENTRE)
    later = MONDAY + 7 * DAY

    reopened = turning.restart(closed, later, RENEWAL, Urgency.NORMAL, HEALTH_CENTRE)

    assert reopened.resolution.left == FIVE_DAYS
    assert reopened.resolution.due_at == HEALTH_CENTRE.after(later, FIVE_DAYS)
    assert reopened.worked == 2 * HOUR


@given(received_at=moments, ahead=st.timedeltas(timedelta(hours=24), timedelta(days=20)))
def test_change_of_a_visit_is_due_four_working_hours_before_it_at_the_latest(
    received_at: datetime, ahead: timedelta
) -> None:
    visit_at = received_at + ahead
    clocks = turning.start_clocks(received_at, BOOKING, Urgency.NORMAL, HEALTH_CENTRE, visit_at)

    in_time = HEALTH_CENTRE.after(received_at, 18 * HOUR)
    margin = HEALTH_CENTRE.before(visit_at, 4 * HOUR)
    floor = received_at + timedelta(minutes=30)
    assert clocks.resolution.due_at == min(in_time, max(margin, floor))
    assert clocks.first_response.due_at <= clocks.resolution.due_at


@pytest.mark.parametrize(
    ("asked", "answered", "expected"),
    [
        pytest.param(
            "2026-09-11 16:00", "2026-09-14 09:00", "2026-09-15 09:00", id="weekend is not credited"
        ),
        pytest.param(
            "2026-09-11 18:00", "2026-09-13 12:00", "2026-09-14 17:00", id="pause while closed"
        ),
        pytest.param(
            "2026-12-23 16:00", "2026-12-28 09:00", "2026-12-29 09:00", id="asked before Christmas"
        ),
        pytest.param(
            "2026-12-25 10:00", "2026-12-28 08:00", "2026-12-28 17:00", id="asked on a holiday"
        ),
    ],
)
def test_a_pause_is_worth_its_working_time_and_no_more(
    asked: str, answered: str, expected: str
) -> None:
    """Other systems credited weekends, holidays or the time since creation [domain 3.5]."""
    asked_at, answered_at = at(asked), at(answered)
    before = started(HEALTH_CENTRE.before(asked_at, 36 * HOUR))
    clocks = turning.pause(before, asked_at, RENEWAL, HEALTH_CENTRE)
    clocks = turning.resume(clocks, answered_at, HEALTH_CENTRE)

    assert clocks.resolution.left == 9 * HOUR
    assert clocks.resolution.due_at == at(expected)


def test_a_new_amount_of_time_does_not_lose_an_earlier_pause() -> None:
    """Elsewhere a changed agreement forgot the pause before it [domain 3.5]."""
    clocks = turning.pause(started(MONDAY), MONDAY + 9 * HOUR, RENEWAL, HEALTH_CENTRE)
    clocks = turning.resume(clocks, MONDAY + 3 * DAY, HEALTH_CENTRE)

    hastened = urgent(clocks, MONDAY + 3 * DAY, HEALTH_CENTRE)
    moved = turning.move(hastened, MONDAY + 3 * DAY + HOUR, HEALTH_CENTRE, SHORT_DAYS)

    assert moved.paused == 3 * DAY - 9 * HOUR
    assert moved.worked == 10 * HOUR
    assert moved.resolution.left == 8 * HOUR


def test_nothing_falls_due_at_midnight() -> None:
    """Elsewhere escalations fired at 00:00, not within opening hours [domain 3.5]."""
    dues = [
        started(MONDAY + minutes * timedelta(minutes=37)).resolution.due_at
        for minutes in range(400)
    ]

    assert all(HEALTH_CENTRE.is_open(due) for due in dues)


@pytest.mark.parametrize("without", range(5))
def test_week_without_one_of_its_days_counts_only_the_others(without: int) -> None:
    """Elsewhere a week without Monday or Thursday was miscounted [domain 3.5]."""
    days = [OFFICE if day != without else () for day in range(5)]
    hours = calendar(*days, (), (), working_day=9 * HOUR)

    due_at = started(MONDAY, hours).resolution.due_at

    assert due_at == hours.after(MONDAY, FIVE_DAYS)
    local_day = hours.local_day(due_at)
    assert local_day.weekday() != without
    assert hours.between(MONDAY, due_at) == FIVE_DAYS


def test_saint_martin_is_a_working_day() -> None:
    """A public feed of holidays once closed a desk on 11 November [domain 3.5]."""
    assert "11-11" not in CLOSED_WEEKDAYS[2026]
    due_at = started(at("2026-11-10 08:00")).first_response.due_at
    assert due_at == at("2026-11-11 17:00")


@pytest.mark.parametrize(
    "turn",
    [
        pytest.param(lambda it: turning.pause(it, MONDAY, RENEWAL, HEALTH_CENTRE), id="pause"),
        pytest.param(
            lambda it: turning.resume(
                turning.pause(it, MONDAY, RENEWAL, HEALTH_CENTRE), MONDAY + DAY, HEALTH_CENTRE
            ),
            id="resume",
        ),
        pytest.param(lambda it: turning.stop(it, MONDAY + HOUR, HEALTH_CENTRE), id="stop"),
    ],
)
def test_first_response_never_pauses(turn: Callable[[Clocks], Clocks]) -> None:
    clocks = started(MONDAY)

    assert turn(clocks).first_response == clocks.first_response
