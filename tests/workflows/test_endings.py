"""How a case ends: resolved, withdrawn, reopened, refused at the gate, or known before."""

from datetime import timedelta

import pytest
from pydantic import JsonValue

from domain.carried import CaseEnd
from domain.projection import Snapshot
from domain.submission import Submission
from domain.vocabulary import CaseState, Flag, Outcome
from tests.workflows import saying
from tests.workflows.people import NO_PRESCRIBER, PATIENT, PATIENT_ACTOR
from tests.workflows.renewal import RENEWAL
from tests.workflows.running import Handle, RunningCases, submission_of

DAY = timedelta(days=1)
UNLISTED = "197910129985"


def renewal(cases: RunningCases, identity: str = PATIENT) -> Submission:
    return submission_of("prescription_renewal", RENEWAL, identity, cases.monday)


def kinds(snapshot: Snapshot) -> list[str]:
    return [event.kind.value for event in snapshot.events]


async def closed(cases: RunningCases, handle: Handle) -> CaseEnd:
    await cases.pass_time(handle, 15 * DAY)
    return await handle.result()


async def test_reopened_case_is_queued_with_a_new_promise_and_can_end_otherwise(
    cases: RunningCases,
) -> None:
    handle = await cases.start(renewal(cases))
    await cases.until_state(handle, "queued")
    await cases.move_to(handle, cases.monday)
    await cases.act(handle, saying.take())
    await cases.act(handle, saying.resolve())
    await cases.move_to(handle, cases.monday + 7 * DAY)

    reopened = (await cases.act(handle, saying.reopen())).snapshot.projection
    await cases.act(handle, saying.take())
    await cases.act(handle, saying.resolve(Outcome.DECLINED, "A visit is needed first."))
    end = await closed(cases, handle)
    row = await cases.row(handle)

    assert (reopened.state, reopened.assigned_to, reopened.outcome) == ("queued", None, None)
    assert reopened.resolution_by is not None
    assert reopened.resolution_by > cases.monday + 11 * DAY
    assert (end.state, end.outcome) == ("closed", Outcome.DECLINED)
    assert row is not None
    assert kinds(row)[2:] == [
        *("taken", "resolved", "reopened", "taken", "resolved", "closed"),
    ]
    assert row.projection.reopens == 1


async def test_closed_case_hears_nothing_more(cases: RunningCases) -> None:
    handle = await cases.start(renewal(cases))
    await cases.until_state(handle, "queued")
    await cases.act(handle, saying.withdraw())

    end = await closed(cases, handle)

    assert end == CaseEnd(state=CaseState.CLOSED, outcome=Outcome.WITHDRAWN)
    assert (await cases.view(handle)).projection.next_mark_at is None


@pytest.mark.parametrize("state", ["queued", "assigned", "awaiting_patient"])
async def test_patient_withdraws_whatever_staff_are_doing(cases: RunningCases, state: str) -> None:
    handle = await cases.start(renewal(cases))
    await cases.until_state(handle, "queued")
    if state != "queued":
        await cases.act(handle, saying.take())
    if state == "awaiting_patient":
        await cases.act(handle, saying.ask())

    acted = await cases.act(handle, saying.withdraw())
    row = await cases.recorded(handle)

    assert acted.snapshot.projection.state == CaseState.RESOLVED
    assert row.projection.outcome == Outcome.WITHDRAWN
    assert row.projection.next_mark == "closing_closing"


async def test_patient_withdraws_a_case_that_has_no_unit(cases: RunningCases) -> None:
    handle = await cases.start(renewal(cases, UNLISTED))
    await cases.until_state(handle, "undeliverable")

    await cases.act(handle, saying.withdraw(PATIENT_ACTOR.model_copy(update={"id": UNLISTED})))

    assert (await cases.recorded(handle)).projection.outcome == Outcome.WITHDRAWN
    assert (await closed(cases, handle)).state == CaseState.CLOSED


async def test_patient_withdraws_while_postgresql_is_away_and_it_is_kept(
    cases: RunningCases,
) -> None:
    cases.valve.is_shut = True
    handle = await cases.start(renewal(cases))

    acted = await cases.act(handle, saying.withdraw())
    assert acted.snapshot.projection.outcome == Outcome.WITHDRAWN
    assert await cases.row(handle) is None
    cases.valve.is_shut = False

    row = await cases.until_state(handle, "resolved")
    assert kinds(row) == ["received", "withdrawn", "admitted"]
    assert (await closed(cases, handle)).outcome == Outcome.WITHDRAWN


async def test_nobody_approves_what_only_a_prescriber_may(cases: RunningCases) -> None:
    handle = await cases.start(renewal(cases))
    await cases.until_state(handle, "queued")
    await cases.act(handle, saying.take(NO_PRESCRIBER))

    resolve = saying.resolve().model_copy(update={"actor": NO_PRESCRIBER})

    assert await cases.refusal(handle, resolve) == "authority_missing"


async def test_case_the_gate_refuses_ends_at_once(cases: RunningCases) -> None:
    """A direct start passes no API; the workflow's own gate judges it."""
    submission = renewal(cases).model_copy(update={"answers": {"items": []}})
    handle = await cases.start(submission)

    end = await handle.result()
    row = await cases.row(handle)

    assert end == CaseEnd(state=CaseState.REJECTED)
    assert row is not None
    assert kinds(row) == ["received", "rejected"]
    assert "too_few_items" in row.events[-1].detail["codes"]
    assert row.projection.next_mark_at is None


async def test_visit_that_has_begun_is_no_reason_to_refuse_and_ends_the_case(
    cases: RunningCases,
) -> None:
    """The workflow's gate refuses nobody for time; the visit's start does what it always does."""
    visit_at = cases.now - 2 * DAY
    answers: dict[str, JsonValue] = {
        "action": "cancel",
        "booking": {"starts_at": visit_at.isoformat(), "kind": "Blood pressure"},
    }
    handle = await cases.start(submission_of("booking_change", answers, PATIENT, cases.now))

    row = await cases.until_state(handle, "resolved")

    assert row.projection.outcome == Outcome.OVERTAKEN
    assert Flag.TIME_IN_DOUBT in row.projection.flags
    assert kinds(row)[:2] == ["received", "admitted"]


async def test_service_nobody_offers_is_refused_by_the_gate(cases: RunningCases) -> None:
    submission = renewal(cases).model_copy(update={"service": "astrology"})
    handle = await cases.start(submission)

    assert (await handle.result()).state == CaseState.REJECTED


async def test_id_that_was_a_case_before_ends_at_once_and_changes_nothing(
    cases: RunningCases,
) -> None:
    """The engine forgets closed workflows after its retention; the row does not."""
    submission = renewal(cases)
    first = await cases.start(submission)
    await cases.until_state(first, "queued")
    await cases.act(first, saying.withdraw())
    await closed(cases, first)
    before = await cases.row(first)

    other = submission.model_copy(update={"answers": {"items": []}})
    second = await cases.start(other)
    end = await second.result()

    assert end.already_recorded
    assert await cases.row(first) == before


async def test_workflow_stopped_by_hand_leaves_its_row_readable(cases: RunningCases) -> None:
    handle = await cases.start(renewal(cases))
    before = await cases.until_state(handle, "queued")
    await handle.terminate("an accident")
    cases.started.remove(handle.id)

    assert await cases.row(handle) == before
