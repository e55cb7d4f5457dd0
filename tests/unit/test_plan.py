"""The plan of a case: which marks it lays, when, and that none is laid twice."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.admission import Undeliverable
from domain.case import Case
from domain.clocks import ClockChange
from domain.ladders import Ladder, Mark, MarkKind, is_visit_near
from domain.legality import judge
from domain.marks import pass_marks
from domain.messages import AnyMessage, Destination, Transfer
from domain.plan import Plan, PlanRequest
from domain.planning import lay_plan
from domain.transitions import apply
from domain.vocabulary import Urgency
from domain.worktime import WorkCalendar
from tests.unit import case_samples as samples
from tests.unit.case_samples import (
    BOOKING,
    BOOKING_ESCALATED,
    MONDAY,
    RENEWAL,
    admitted,
    after,
    settled,
    when_it_is,
)
from tests.unit.opening_samples import (
    EMERGENCY,
    HEALTH_CENTRE,
    HOUR,
    NIGHT_WARD,
    OFFICE,
    at,
    calendar,
)

LONG_DAYS = calendar(*[(("07:00", "20:00"),)] * 5, (), (), working_day=9 * HOUR)
UNEVEN = calendar(OFFICE, (("08:00", "20:00"),), (), (("08:00", "12:00"),), OFFICE, (), ())
calendars = st.sampled_from([HEALTH_CENTRE, EMERGENCY, NIGHT_WARD, LONG_DAYS, UNEVEN])
moments = st.datetimes(datetime(2026, 1, 10), datetime(2026, 12, 1), timezones=st.just(UTC))
spans = st.timedeltas(timedelta(minutes=1), timedelta(days=6))
TOLD_IN_HOURS = {
    MarkKind.TOLD,
    MarkKind.WARNING,
    MarkKind.BREACH,
    MarkKind.OVERDUE,
    MarkKind.SILENCE,
}


@st.composite
def messages(draw: st.DrawFn) -> AnyMessage:
    """Any message that turns a clock; whether it is lawful then is not the plan's matter."""
    moved = Transfer(
        action_id=samples.new_id(),
        actor=samples.COORDINATOR,
        reason="r",
        destination=Destination(route=samples.route(), calendar=draw(calendars)),
    )
    made: list[AnyMessage] = [samples.ask(), samples.answer(), samples.urgent(), moved]
    made += [samples.resolve(), samples.reopen(), samples.withdraw()]
    return draw(st.sampled_from(made))


@st.composite
def lives(draw: st.DrawFn) -> list[tuple[datetime, Case]]:
    """A case after each of some lawful messages, from its admission on."""
    received_at = draw(moments)
    known = samples.admission(received_at, calendar=draw(calendars))
    case = admitted(known, received_at)
    life = [(received_at, case)]
    moment = received_at
    for step in draw(st.lists(spans, max_size=6)):
        moment += step
        message = draw(messages())
        now = when_it_is(case, moment)
        if now.state == "queued":
            now = after(now, samples.take(), moment)
        case = now if judge(now, message) else after(now, message, moment)
        life.append((moment, case))
    return life


def plan_of(case: Case) -> Plan:
    assert case.plan is not None
    return case.plan


@given(life=lives())
def test_every_plan_is_sorted(life: list[tuple[datetime, Case]]) -> None:
    for _, case in life:
        instants = [mark.at for mark in plan_of(case).marks]
        assert instants == sorted(instants)


@given(life=lives())
def test_nothing_is_told_outside_opening_hours_unless_urgent(
    life: list[tuple[datetime, Case]],
) -> None:
    for _, case in life:
        if case.urgency is not Urgency.URGENT and case.calendar is not None:
            told = [mark for mark in plan_of(case).marks if mark.kind in TOLD_IN_HOURS]
            assert all(case.calendar.is_open(mark.at) for mark in told)


@given(received_at=moments, ahead=st.timedeltas(timedelta(hours=24), timedelta(days=20)))
def test_change_of_a_visit_tells_nothing_outside_opening_hours_unless_urgent(
    received_at: datetime, ahead: timedelta
) -> None:
    reading = samples.booking_reading(received_at, received_at + ahead)
    plan = samples.first_plan(
        received_at, BOOKING_ESCALATED, urgency=reading.urgency, visit_at=received_at + ahead
    )

    told = [mark for mark in plan.marks if mark.kind in TOLD_IN_HOURS]
    is_urgent = reading.urgency is Urgency.URGENT
    assert is_urgent or all(HEALTH_CENTRE.is_open(mark.at) for mark in told)


@given(life=lives())
def test_at_most_five_overdue_notices_on_different_days(
    life: list[tuple[datetime, Case]],
) -> None:
    for _, case in life:
        overdue = [mark for mark in plan_of(case).marks if mark.kind is MarkKind.OVERDUE]
        days = [mark.day_from for mark in overdue]
        assert len(overdue) + case.overdue_told <= 5
        assert sorted(set(days)) == days


@given(life=lives())
def test_a_plan_never_tells_again_what_has_been_told(life: list[tuple[datetime, Case]]) -> None:
    for (_, before), (moment, case) in pairwise(life):
        again = [mark for mark in plan_of(case).marks if mark.at <= moment]
        repeated = {MarkKind.WARNING, MarkKind.SILENCE, MarkKind.OVERDUE}
        assert not [mark for mark in again if mark.kind in repeated]
        if before.first_response_late and case.first_response_late:
            assert Ladder.FIRST_RESPONSE not in {mark.ladder for mark in plan_of(case).marks}


@given(hours=calendars, received_at=moments)
def test_warnings_lie_at_half_and_four_fifths_of_the_time_left(
    hours: WorkCalendar, received_at: datetime
) -> None:
    plan = samples.first_plan(received_at, calendar=hours)

    for ladder, clock in (
        (Ladder.FIRST_RESPONSE, plan.clocks.first_response),
        (Ladder.RESOLUTION, plan.clocks.resolution),
    ):
        warnings = {
            mark.step: mark.at
            for mark in plan.marks
            if mark.ladder is ladder and mark.kind is MarkKind.WARNING
        }
        assert warnings == {
            percent: hours.after(received_at, clock.left * percent / 100) for percent in (50, 80)
        }


def test_new_plan_lays_its_warnings_over_the_time_left() -> None:
    asked_at, answered_at = MONDAY + 9 * HOUR, MONDAY + timedelta(days=2)
    case = after(admitted(), samples.take(), MONDAY)
    case = after(after(case, samples.ask(), asked_at), samples.answer(), answered_at)

    warnings = [mark.at for mark in plan_of(case).marks if mark.kind is MarkKind.WARNING]

    assert warnings == [HEALTH_CENTRE.after(answered_at, part * 36 * HOUR) for part in (0.5, 0.8)]


def test_ordinary_plan_of_a_renewal() -> None:
    assert [(str(mark.ladder), str(mark.kind), mark.step, mark.at) for mark in marks()] == [
        ("new_case", "told", 0, at("2026-09-07 08:00")),
        ("first_response", "warning", 50, at("2026-09-07 17:00")),
        ("first_response", "warning", 80, at("2026-09-08 13:24")),
        ("first_response", "breach", 0, at("2026-09-08 17:00")),
        ("resolution", "warning", 50, at("2026-09-09 12:30")),
        ("resolution", "warning", 80, at("2026-09-10 17:00")),
        ("resolution", "breach", 0, at("2026-09-11 17:00")),
        ("resolution", "overdue", 1, at("2026-09-14 17:00")),
        ("resolution", "overdue", 2, at("2026-09-15 17:00")),
        ("resolution", "overdue", 3, at("2026-09-16 17:00")),
        ("resolution", "overdue", 4, at("2026-09-17 17:00")),
        ("resolution", "overdue", 5, at("2026-09-18 17:00")),
    ]


def marks() -> tuple[Mark, ...]:
    return samples.first_plan(MONDAY).marks


def test_breach_names_a_new_date_two_working_days_later() -> None:
    breach = next(mark for mark in marks() if mark.kind is MarkKind.BREACH and mark.new_date)

    assert breach.new_date == at("2026-09-15 17:00")


def test_patient_is_reminded_after_three_and_seven_days_and_given_up_after_fourteen() -> None:
    asked_at = at("2026-09-09 18:30")
    case = after(after(admitted(), samples.take(), MONDAY), samples.ask(), asked_at)

    silence = [(mark.kind, mark.at) for mark in plan_of(case).marks if mark.ladder == "patient"]

    assert silence == [
        ("silence", at("2026-09-14 08:00")),
        ("silence", at("2026-09-17 08:00")),
        ("gave_up", at("2026-09-23 18:30")),
    ]


def test_silence_counts_from_the_last_question() -> None:
    case = after(after(admitted(), samples.take(), MONDAY), samples.ask(), MONDAY)
    again_at = MONDAY + timedelta(days=5)

    case = after(case, samples.ask(), again_at)

    gave_up = [mark.at for mark in plan_of(case).marks if mark.kind is MarkKind.GAVE_UP]
    assert gave_up == [again_at + timedelta(days=14)]


@pytest.mark.parametrize("message", [samples.urgent(), samples.reply()], ids=["haste", "reply"])
def test_patient_is_not_reminded_of_the_same_again(message: AnyMessage) -> None:
    case = after(after(admitted(), samples.take(), MONDAY), samples.ask(), MONDAY)

    case = after(case, message, MONDAY + timedelta(days=4))

    reminders = [mark.step for mark in plan_of(case).marks if mark.kind is MarkKind.SILENCE]
    assert reminders == [7]


def test_question_after_a_breach_does_not_bring_overdue_notices_closer() -> None:
    case = after(after(admitted(), samples.take(), MONDAY), samples.ask(), MONDAY)
    moment = MONDAY + timedelta(days=10)
    for _ in range(3):
        case = after(case, samples.ask(), moment)
        moment += timedelta(days=10)
    told = case.overdue_told
    case = after(case, samples.ask(), moment)

    ahead = [mark for mark in plan_of(case).marks if mark.kind is MarkKind.OVERDUE]
    assert case.breached
    assert told > 0
    assert all(mark.at > moment for mark in ahead)


def test_stopped_case_has_nothing_ahead_but_its_closing() -> None:
    case = samples.in_state("resolved")

    assert [(mark.kind, mark.at) for mark in plan_of(case).marks] == [
        ("closing", MONDAY + HOUR + timedelta(days=14))
    ]


def test_submission_at_night_is_told_at_the_next_opening_and_at_once_when_urgent() -> None:
    night = at("2026-09-12 02:00")
    instants = {
        urgency: [
            mark.at
            for mark in samples.first_plan(night, urgency=urgency).marks
            if mark.kind is MarkKind.TOLD
        ]
        for urgency in (Urgency.NORMAL, Urgency.URGENT)
    }

    assert instants == {
        Urgency.NORMAL: [at("2026-09-14 08:00")],
        Urgency.URGENT: [night],
    }


def test_visit_is_marked_when_it_starts() -> None:
    visit_at = at("2026-09-16 10:00")
    plan = samples.first_plan(MONDAY, BOOKING, visit_at=visit_at)

    assert [mark.at for mark in plan.marks if mark.ladder is Ladder.VISIT] == [visit_at]
    assert plan.clocks.resolution.due_at == at("2026-09-08 17:00")


def near_visit(received: str, visit: str) -> list[datetime]:
    plan = samples.first_plan(at(received), BOOKING_ESCALATED, visit_at=at(visit))
    return [mark.at for mark in plan.marks if is_visit_near(mark)]


@pytest.mark.parametrize(
    ("received", "visit", "expected"),
    [
        pytest.param("2026-09-07 08:00", "2026-09-09 13:00", ["2026-09-09 11:00"], id="in a day"),
        pytest.param("2026-09-07 08:00", "2026-09-14 09:00", ["2026-09-11 16:00"], id="weekend"),
        pytest.param("2026-09-07 11:00", "2026-09-07 13:00", [], id="two hours, not more"),
        pytest.param("2026-09-12 10:00", "2026-09-13 10:00", [], id="no opening hour left"),
    ],
)
def test_visit_is_near_two_working_hours_before_it_unless_the_case_came_later(
    received: str, visit: str, expected: list[str]
) -> None:
    assert near_visit(received, visit) == [at(instant) for instant in expected]


def test_nearness_whose_instant_passed_untold_is_not_lost_by_a_new_plan() -> None:
    """A worker was away over it, and a message came first when there was one again."""
    visit_at = at("2026-09-09 10:00")
    case = admitted(samples.admission(MONDAY, BOOKING_ESCALATED, visit_at=visit_at))

    late = at("2026-09-09 08:30")
    turned = settled(apply(case, samples.urgent(), late))

    assert any(is_visit_near(mark) for mark in plan_of(turned).marks)
    told = settled(apply(pass_marks(turned, late), samples.urgent(), late + timedelta(minutes=1)))
    assert not any(is_visit_near(mark) for mark in plan_of(told).marks)


def test_plan_of_a_case_without_a_unit_counts_ordinary_times() -> None:
    case = admitted(samples.admission(undeliverable=Undeliverable.NO_LISTING))

    assert plan_of(case).clocks == samples.first_plan(MONDAY).clocks


def test_two_messages_at_once_are_planned_by_the_hours_each_came_in() -> None:
    """A question and a move in one breath: what was worked before counts by the old unit."""
    case = after(admitted(), samples.take(), MONDAY)
    asked_at = MONDAY + timedelta(days=1)
    moved = Transfer(
        action_id="x",
        actor=samples.COORDINATOR,
        reason="r",
        destination=Destination(route=samples.route(), calendar=EMERGENCY),
    )

    both = apply(apply(case, samples.ask(), asked_at), moved, asked_at)

    assert plan_of(samples.settled(both)).clocks.worked == 9 * HOUR


def test_same_request_gives_the_same_plan() -> None:
    request = PlanRequest(
        change=ClockChange.ADMITTED,
        at=MONDAY,
        rules=RENEWAL,
        calendar=HEALTH_CENTRE,
        urgency=Urgency.NORMAL,
        received_at=MONDAY,
    )

    assert lay_plan(request) == lay_plan(PlanRequest.model_validate_json(request.model_dump_json()))
