"""What happens when nobody acts in time, and that it happens once."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.admission import Undeliverable
from domain.case import Case
from domain.events import EventKind
from domain.ladders import Ladder, MarkKind
from domain.legality import judge
from domain.marks import next_mark, pass_marks
from domain.messages import AnyMessage, Assign, Colleague, Transfer
from domain.notices import Notice
from domain.progress import admit
from domain.projection import project
from domain.vocabulary import Escalation, Outcome, Urgency
from domain.worktime import WorkCalendar
from tests.unit import case_samples as samples
from tests.unit.case_samples import BOOKING, MONDAY, admitted, after, settled, when_it_is
from tests.unit.opening_samples import (
    EMERGENCY,
    HEALTH_CENTRE,
    HOUR,
    NIGHT_WARD,
    NONE,
    at,
    calendar,
)

LONG_DAYS = calendar(*[(("07:00", "20:00"),)] * 5, (), (), working_day=9 * HOUR)
calendars = st.sampled_from([HEALTH_CENTRE, EMERGENCY, NIGHT_WARD, LONG_DAYS])
moments = st.datetimes(datetime(2026, 1, 10), datetime(2026, 11, 1), timezones=st.just(UTC))
delays = st.timedeltas(NONE, timedelta(days=40))
SO_LATE = timedelta(days=60)


def kinds(case: Case) -> list[str]:
    return [event.kind.value for event in case.events]


def told(case: Case) -> list[tuple[str, str]]:
    return [(notice.rule, notice.recipient.value) for notice in case.notices]


def test_case_nobody_touches_runs_out_of_time_step_by_step() -> None:
    case = when_it_is(admitted(), MONDAY + SO_LATE)

    assert told(case) == [
        ("new_case", "role_subscribers"),
        ("first_response_warning_50", "role"),
        ("first_response_warning_80", "role"),
        ("first_response_breach", "coordinator"),
        ("first_response_breach", "unit_manager"),
        ("resolution_warning_50", "role"),
        ("resolution_warning_80", "role"),
        ("delay", "citizen"),
        ("resolution_breach", "unit_manager"),
        ("resolution_overdue_1", "operations_manager"),
        ("resolution_overdue_2", "operations_manager"),
        ("moved_promise", "citizen"),
        ("resolution_overdue_3", "operations_manager"),
        ("resolution_overdue_4", "operations_manager"),
        ("moved_promise", "citizen"),
        ("resolution_overdue_5", "operations_manager"),
    ]
    assert (case.escalation, case.facts.reminders, case.facts.escalations) == ("operations", 4, 7)
    assert case.facts.first_response_breached
    assert case.facts.resolution_breached
    assert next_mark(case) is None


@pytest.mark.parametrize(
    ("until", "escalation", "overdue"),
    [
        ("2026-09-08 16:59", Escalation.NONE, False),
        ("2026-09-08 17:00", Escalation.UNIT, True),
        ("2026-09-11 17:00", Escalation.UNIT, True),
        ("2026-09-14 17:00", Escalation.OPERATIONS, True),
    ],
)
def test_escalation_climbs_with_the_delay(until: str, escalation: str, overdue: bool) -> None:
    case = when_it_is(admitted(), at(until))

    assert (case.escalation, case.is_overdue) == (escalation, overdue)


def test_owner_is_warned_of_the_resolution_and_the_role_of_nothing_more() -> None:
    case = after(after(admitted(), samples.take(), MONDAY), samples.reply(), MONDAY)

    late = when_it_is(case, at("2026-09-11 16:59"))

    assert told(late)[-2:] == [
        ("resolution_warning_50", "owner"),
        ("resolution_warning_80", "owner"),
    ]
    assert not late.is_overdue


def test_delay_tells_the_citizen_a_new_date_once() -> None:
    case = when_it_is(admitted(), MONDAY + SO_LATE)
    delays_told = [event for event in case.events if event.kind is EventKind.DELAYED]

    assert [event.detail["new_date"] for event in delays_told] == ["2026-09-15T15:00:00+00:00"]
    assert when_it_is(admitted(), at("2026-09-15 16:59")).new_date == at("2026-09-15 17:00")


@pytest.mark.parametrize(
    ("until", "promised"),
    [
        ("2026-09-15 17:00", "2026-09-17 17:00"),
        ("2026-09-17 16:59", "2026-09-17 17:00"),
        ("2026-09-17 17:00", "2026-09-21 17:00"),
    ],
)
def test_promise_moves_on_when_its_date_comes(until: str, promised: str) -> None:
    assert when_it_is(admitted(), at(until)).new_date == at(promised)


def shown_promise(case: Case) -> datetime | None:
    return project(case).resolution_by


@pytest.mark.parametrize(
    ("laid_at", "promised"),
    [
        pytest.param("2026-09-07 08:00", None, id="long before, as its plan was laid then"),
        pytest.param("2026-09-29 09:00", "2026-10-01 09:00", id="when the registers answered"),
    ],
)
def test_case_admitted_weeks_late_is_promised_no_date_that_has_come(
    laid_at: str, promised: str | None
) -> None:
    now = at("2026-09-29 09:00")
    known = samples.admission().model_copy(
        update={"plan": samples.first_plan(MONDAY, laid_at=at(laid_at))}
    )

    case = settled(pass_marks(admit(samples.received(), known, now), now))

    [delay] = [event for event in case.events if event.kind is EventKind.DELAYED]
    assert case.new_date == (at(promised) if promised else None)
    assert ("new_date" in delay.detail) is (promised is not None)


def test_apology_whose_date_has_come_names_the_next_of_the_plan() -> None:
    """As when the engine was away from the breach on: 15 September 17:00 is that mark's date."""
    now = at("2026-09-14 16:00")
    plan = samples.first_plan(MONDAY)
    soon = tuple(
        mark.model_copy(update={"new_date": now}) if mark.kind is MarkKind.BREACH else mark
        for mark in plan.marks
    )
    known = samples.admission().model_copy(update={"plan": plan.model_copy(update={"marks": soon})})

    case = pass_marks(admit(samples.received(), known, now), now)

    assert case.breached
    assert case.new_date == at("2026-09-16 17:00")


def late_and_asked() -> Case:
    """A case late since Friday, whose date of Tuesday 15 September comes while it is paused."""
    taken = after(admitted(), samples.take(), at("2026-09-14 09:00"))
    return after(taken, samples.ask(), at("2026-09-14 10:00"))


def test_late_case_that_is_answered_after_its_new_date_gets_another() -> None:
    answered_at = at("2026-09-17 10:00")

    answered = after(late_and_asked(), samples.answer(), answered_at)

    assert shown_promise(answered) == at("2026-09-21 10:00")
    assert told(answered)[-1] == ("moved_promise", "citizen")


def test_late_case_that_is_answered_before_its_new_date_keeps_it() -> None:
    answered = after(late_and_asked(), samples.answer(), at("2026-09-15 10:00"))

    assert shown_promise(answered) == at("2026-09-15 17:00")
    assert ("moved_promise", "citizen") not in told(answered)


def test_late_case_transferred_after_its_new_date_gets_another_and_one_notice() -> None:
    now = MONDAY + SO_LATE
    elsewhere = samples.destination(samples.route(samples.OTHER_UNIT))
    transfer = Transfer(
        action_id="t", actor=samples.COORDINATOR, reason="Has moved", destination=elsewhere
    )

    moved = after(admitted(), transfer, now)

    promised = shown_promise(moved)
    assert promised is not None
    assert promised > now
    assert [one.at for one in moved.notices if one.rule == "moved_promise"].count(now) == 1


def test_silent_patient_is_reminded_twice_and_then_the_case_ends() -> None:
    case = after(after(admitted(), samples.take(), MONDAY), samples.ask(), MONDAY)

    ended = when_it_is(case, MONDAY + timedelta(days=14))
    closed = when_it_is(ended, MONDAY + timedelta(days=28))

    assert kinds(ended)[-3:] == ["patient_reminded", "patient_reminded", "resolved"]
    assert (ended.state, ended.outcome) == ("resolved", Outcome.NO_ANSWER)
    assert (closed.state, closed.facts.closed_at) == ("closed", MONDAY + timedelta(days=28))


def test_answered_patient_is_not_reminded() -> None:
    asked = after(after(admitted(), samples.take(), MONDAY), samples.ask(), MONDAY)
    answered = after(asked, samples.answer(), MONDAY + timedelta(days=2))

    assert "patient_reminded" not in kinds(when_it_is(answered, MONDAY + SO_LATE))


def test_open_case_is_overtaken_when_the_visit_starts() -> None:
    visit_at = at("2026-09-09 10:00")
    case = admitted(samples.admission(rules=BOOKING, visit_at=visit_at))

    ended = when_it_is(case, visit_at)

    assert (ended.state, ended.outcome) == ("resolved", Outcome.OVERTAKEN)
    assert told(ended)[-2:] == [("outcome", "citizen"), ("visit_overtaken", "unit_manager")]


def test_nearing_visit_escalates_to_the_unit_as_urgent() -> None:
    visit_at = at("2026-09-09 10:00")
    case = admitted(samples.admission(rules=samples.BOOKING_ESCALATED, visit_at=visit_at))

    near = when_it_is(case, at("2026-09-09 08:00"))

    notice = near.notices[-1]
    assert (notice.rule, notice.recipient, notice.urgent) == ("visit_near", "coordinator", True)
    assert near.events[-1].detail == {"rule": "visit_near"}
    assert near.escalation is Escalation.UNIT
    assert not any(earlier.urgent for earlier in near.notices[:-1])


def test_case_reopened_after_its_visit_is_not_overtaken_again() -> None:
    visit_at = at("2026-09-09 10:00")
    case = admitted(samples.admission(rules=BOOKING, visit_at=visit_at))

    reopened = after(case, samples.reopen(), visit_at + HOUR)
    later = when_it_is(reopened, visit_at + 2 * HOUR)

    assert (later.state, later.is_overdue) == ("queued", False)
    assert Ladder.VISIT not in {mark.ladder for mark in later.plan.marks} if later.plan else False


@pytest.mark.parametrize("state", ["resolved", "closed", "rejected"])
def test_ended_case_is_never_reminded(state: str) -> None:
    case = samples.in_state(state)
    ahead = next_mark(case)

    later = when_it_is(case, MONDAY + SO_LATE)

    assert ahead is None or ahead.kind is MarkKind.CLOSING
    assert not {"reminded", "escalated", "patient_reminded", "delayed"} & set(kinds(later))


@given(hours=calendars, received_at=moments, late=delays)
def test_late_admission_takes_the_highest_passed_mark_of_each_ladder_once(
    hours: WorkCalendar, received_at: datetime, late: timedelta
) -> None:
    known = samples.admission(received_at, calendar=hours)
    now = received_at + late
    case = admit(samples.received(received_at), known, now)
    passed = settled(pass_marks(case, now))

    marks = known.plan.marks if known.plan else ()
    expected = {mark.ladder: mark for mark in marks if mark.at <= now}
    steps = Counter(event.kind for event in passed.events)
    assert steps[EventKind.REMINDED] + steps[EventKind.ESCALATED] == len(
        expected.keys() - {Ladder.NEW_CASE}
    )
    assert [notice.rule for notice in passed.notices].count("delay") == passed.breached
    assert pass_marks(passed, now) == passed


def test_case_admitted_after_the_breach_is_escalated_without_the_warnings() -> None:
    known = samples.admission()
    case = admit(samples.received(), known, at("2026-09-16 09:00"))

    passed = pass_marks(case, at("2026-09-16 09:00"))

    assert told(passed) == [
        ("first_response_breach", "coordinator"),
        ("first_response_breach", "unit_manager"),
        ("resolution_overdue_2", "operations_manager"),
        ("delay", "citizen"),
        ("new_case", "role_subscribers"),
    ]
    assert passed.overdue_told == 2


def given_to(colleague: str) -> Assign:
    known = Colleague(id=colleague, unit=samples.UNIT, roles=(samples.ROLE,))
    return Assign(action_id="x", actor=samples.COORDINATOR, to=colleague, colleague=known)


GIVEN = (given_to("SE0000000001-D1"), given_to("SE0000000001-D2"))


@st.composite
def untidy_lives(draw: st.DrawFn) -> Case:
    """A case that is handed about, asked, hastened and left alone, at any hour."""
    hours, received_at = draw(calendars), draw(moments)
    admitted_at = received_at + draw(delays)
    known = samples.admission(received_at, calendar=hours)
    case = admit(samples.received(received_at), known, admitted_at)
    case, moment = settled(pass_marks(case, admitted_at)), admitted_at
    for step in draw(st.lists(st.timedeltas(NONE, timedelta(days=5)), max_size=6)):
        moment += step
        messages: list[AnyMessage] = [samples.take(), samples.ask(), samples.answer()]
        messages += [samples.urgent(), samples.resolve(), samples.reopen()]
        message = draw(st.sampled_from([*messages, *GIVEN]))
        case = when_it_is(case, moment)
        case = case if judge(case, message) else after(case, message, moment)
    return when_it_is(case, moment + draw(delays))


@given(case=untidy_lives())
def test_no_rule_reminds_anyone_of_a_case_twice_a_working_day(case: Case) -> None:
    """A message of a person may be told at any time; what only time brings may not."""
    hours = case.calendar
    assert hours is not None

    def day_of(notice: Notice) -> tuple[str, str, object]:
        rule = notice.rule.rstrip("0123456789")
        return rule, notice.recipient, hours.local_day(notice.at)

    timed = ("first_response_warning", "resolution_warning", "resolution_overdue", "delay")
    counted = Counter(day_of(it) for it in case.notices if it.rule.startswith(timed))
    owners = sum(event.kind in {"taken", "assigned"} for event in case.events)
    assert all(count == 1 or (key[1] == "owner" and owners) for key, count in counted.items())


@given(case=untidy_lives())
def test_overdue_is_told_five_times_at_most(case: Case) -> None:
    """Elsewhere people got hundreds of mails after a breach [domain 3.4]; here five each life."""
    overdue = [notice for notice in case.notices if notice.rule.startswith("resolution_overdue")]

    assert len(overdue) <= 5 * (1 + case.facts.reopens)


def test_breach_already_told_is_not_told_again_when_the_case_turns_urgent() -> None:
    case = when_it_is(admitted(), at("2026-09-09 09:00"))

    hastened = when_it_is(
        after(case, samples.urgent(), at("2026-09-09 09:00")), at("2026-09-09 16:00")
    )

    assert told(hastened).count(("first_response_breach", "coordinator")) == 1


def test_reopened_case_is_not_overdue_for_what_was_late_before() -> None:
    late = when_it_is(admitted(), MONDAY + timedelta(days=10))
    withdrawn = after(late, samples.withdraw(), MONDAY + timedelta(days=10))
    reopened = after(withdrawn, samples.reopen(), MONDAY + timedelta(days=11))

    assert late.is_overdue
    assert not reopened.is_overdue
    assert reopened.facts.first_response_breached
    assert reopened.facts.resolution_breached


def test_warning_that_would_be_the_second_of_its_day_is_left_out_and_the_row_learns_it() -> None:
    known = samples.admission(rules=BOOKING)
    case = when_it_is(admitted(known), at("2026-09-07 12:30"))
    later = when_it_is(case, at("2026-09-07 15:12"))

    assert told(later) == told(case)
    assert later.rev == case.rev + 1


def test_urgent_case_is_told_at_night_and_marked_so() -> None:
    night = at("2026-09-12 02:00")
    known = samples.admission(night, urgency=Urgency.URGENT)

    case = admitted(known, night)

    assert [(notice.rule, notice.at, notice.urgent) for notice in case.notices] == [
        ("new_case", night, True)
    ]


def test_case_without_a_unit_runs_out_of_time_too() -> None:
    stuck = admitted(samples.admission(undeliverable=Undeliverable.NO_LISTING))

    late = when_it_is(stuck, MONDAY + SO_LATE)

    assert (late.state, late.escalation) == ("undeliverable", "operations")
    assert ("new_case", "role_subscribers") not in told(late)
