"""Time runs out: what a case does when nobody acts, on the real engine."""

from datetime import datetime, timedelta

import pytest
from pydantic import JsonValue

from domain.projection import Snapshot
from domain.vocabulary import Outcome
from tests.workflows import saying
from tests.workflows.people import PATIENT, PHYSICIAN
from tests.workflows.renewal import RENEWAL
from tests.workflows.running import Handle, RunningCases, submission_of

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


async def renewal(cases: RunningCases, received_at: datetime | None = None) -> Handle:
    """Start a renewal received on a quiet Monday at opening time."""
    submission = submission_of(
        "prescription_renewal", RENEWAL, PATIENT, received_at or cases.monday
    )
    handle = await cases.start(submission)
    await cases.until_state(handle, "queued")
    return handle


def kinds(snapshot: Snapshot) -> list[str]:
    return [event.kind.value for event in snapshot.events]


async def test_case_nobody_takes_climbs_step_by_step_and_then_is_left_in_peace(
    cases: RunningCases,
) -> None:
    handle, monday = await renewal(cases), cases.monday

    half = await cases.move_to(handle, monday + 9 * HOUR)
    assert kinds(half)[-1] == "reminded"
    assert not half.projection.overdue

    first = await cases.move_to(handle, monday + DAY + 9 * HOUR)
    assert (first.projection.overdue, first.projection.escalation) == (True, "unit")

    late = await cases.move_to(handle, monday + 4 * DAY + 9 * HOUR)
    assert kinds(late)[-2:] == ["escalated", "delayed"]
    assert late.projection.resolution_by == monday + 8 * DAY + 9 * HOUR

    top = await cases.move_to(handle, monday + 11 * DAY + 9 * HOUR)
    assert top.projection.escalation == "operations"

    row = await cases.recorded(handle)
    assert kinds(row)[2:] == [
        *("reminded", "reminded", "escalated", "reminded", "reminded"),
        *("escalated", "delayed", *["escalated"] * 5),
    ]
    assert (row.projection.reminders, row.projection.escalations) == (4, 7)
    assert row.projection.first_response_breached
    assert row.projection.resolution_breached
    assert row.projection.next_mark_at is None
    assert row.projection.first_response_promised == monday + DAY + 9 * HOUR
    assert row.projection.resolution_promised == monday + 4 * DAY + 9 * HOUR

    rev = row.projection.rev
    assert (await cases.move_to(handle, monday + 30 * DAY)).projection.rev == rev
    await cases.act(handle, saying.take())
    resolved = await cases.act(handle, saying.resolve())
    assert not resolved.snapshot.projection.overdue


async def test_notices_of_a_late_case_are_written_with_its_row(cases: RunningCases) -> None:
    handle = await renewal(cases)
    await cases.move_to(handle, cases.monday + 30 * DAY)
    await cases.recorded(handle)

    async with cases.pool.acquire() as conn:
        rows = await conn.fetch("SELECT rule, recipient FROM notices ORDER BY at, rev, rule")

    assert [row["rule"] for row in rows if row["recipient"] == "citizen"] == [
        "delay",
        "moved_promise",
        "moved_promise",
    ]
    assert [row["rule"] for row in rows if row["recipient"] == "operations_manager"] == [
        f"resolution_overdue_{number}" for number in range(1, 6)
    ]
    assert {row["rule"] for row in rows if row["recipient"] == "unit_manager"} == {
        "first_response_breach",
        "resolution_breach",
    }


async def test_silent_patient_is_reminded_and_then_the_case_closes_by_itself(
    cases: RunningCases,
) -> None:
    handle = await renewal(cases)
    await cases.move_to(handle, cases.monday + HOUR)
    await cases.act(handle, saying.take())
    asked = await cases.act(handle, saying.ask())
    asked_at = asked.snapshot.events[-1].at

    await cases.move_to(handle, asked_at + 7 * DAY)
    waiting = await cases.recorded(handle)
    assert kinds(waiting)[-2:] == ["patient_reminded", "patient_reminded"]
    assert waiting.projection.paused
    assert not waiting.projection.overdue

    await cases.pass_time(handle, 8 * DAY)
    ended = await cases.until_state(handle, "resolved")
    assert ended.projection.outcome == Outcome.NO_ANSWER
    assert ended.projection.paused_minutes == 14 * 24 * 60

    await cases.pass_time(handle, 15 * DAY)
    end = await handle.result()
    assert (end.state, end.outcome) == ("closed", Outcome.NO_ANSWER)
    row = await cases.row(handle)
    assert row is not None
    assert row.projection.closed_at is not None
    assert row.projection.resolved_at is not None
    assert is_near(row.projection.closed_at - row.projection.resolved_at, 14 * DAY)


def is_near(span: timedelta, expected: timedelta) -> bool:
    """Whether they differ by no more than what a test itself takes."""
    return abs(span - expected) < timedelta(minutes=1)


async def test_answer_starts_the_clock_where_it_stopped(cases: RunningCases) -> None:
    handle = await renewal(cases)
    await cases.move_to(handle, cases.monday + HOUR)
    await cases.act(handle, saying.take())
    await cases.act(handle, saying.ask())
    # Half an hour less than two days: a moment more than two would end behind the closing hour.
    await cases.move_to(handle, cases.monday + 2 * DAY + HOUR / 2)

    answered = (await cases.act(handle, saying.answer())).snapshot.projection

    promised = cases.monday + 4 * DAY + 9 * HOUR
    assert answered.resolution_promised == promised
    assert answered.resolution_by is not None
    assert is_near(answered.resolution_by - promised, 4 * DAY - HOUR / 2)


async def test_urgent_case_gets_an_earlier_promise_at_once(cases: RunningCases) -> None:
    handle = await renewal(cases)
    await cases.move_to(handle, cases.monday + HOUR)
    await cases.act(handle, saying.take(PHYSICIAN))

    hastened = (await cases.act(handle, saying.urgent())).snapshot.projection

    assert hastened.resolution_by is not None
    assert hastened.resolution_by < cases.monday + DAY + 2 * HOUR
    assert hastened.urgency == "urgent"


@pytest.mark.parametrize("action", ["cancel", "rebook"])
async def test_visit_passes_first_and_overtakes_the_case(cases: RunningCases, action: str) -> None:
    visit_at = cases.monday + 7 * DAY + 2 * HOUR
    answers: dict[str, JsonValue] = {
        "action": action,
        "booking": {"starts_at": visit_at.isoformat(), "kind": "Blood pressure"},
    }
    handle = await cases.start(submission_of("booking_change", answers, PATIENT, cases.monday))
    queued = await cases.until_state(handle, "queued")
    assert queued.projection.resolution_by == cases.monday + DAY + 9 * HOUR

    await cases.move_to(handle, visit_at)
    ended = await cases.until_state(handle, "resolved")

    assert ended.projection.outcome == Outcome.OVERTAKEN
    assert kinds(ended)[-2:] == ["escalated", "overtaken"]
    near = ended.events[-2]
    assert near.detail == {"rule": "visit_near"}
    assert is_near(near.at - cases.monday, 7 * DAY)
    assert ended.projection.next_mark == "closing_closing"


async def test_marks_that_passed_before_admission_take_effect_once(cases: RunningCases) -> None:
    """Admitted three weeks late: one escalation for each promise, at once, the highest."""
    received_at = cases.now - 40 * DAY
    submission = submission_of("prescription_renewal", RENEWAL, PATIENT, received_at)
    handle = await cases.start(submission)

    row = await cases.until_state(handle, "queued")

    assert kinds(row) == ["received", "admitted", "escalated", "escalated", "delayed"]
    assert row.projection.escalation == "operations"
    assert row.projection.first_response_promised is not None
    assert row.projection.first_response_promised < cases.now
