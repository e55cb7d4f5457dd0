"""A running case that is prepared and handed over: by update, by signal and from the terminal."""

from datetime import timedelta
from pathlib import Path

from domain.projection import Snapshot
from tests.workflows import saying
from tests.workflows.command import arende
from tests.workflows.people import NO_PRESCRIBER, PATIENT, PHYSICIAN, PREPARER, staff
from tests.workflows.renewal import RENEWAL
from tests.workflows.running import Handle, RunningCases, submission_of
from workflows.case import CaseWorkflow

NURSE = staff("SE5560000000-TEST105", "PV/sjukskoterska/recept")
FOUR_HOURS = timedelta(hours=4)


async def prepared(cases: RunningCases) -> Handle:
    """Return a case of Monday's opening that the preparer has taken."""
    submission = submission_of("prescription_renewal", RENEWAL, PATIENT, cases.monday)
    handle = await cases.start(submission)
    await cases.until_state(handle, "queued")
    await cases.move_to(handle, cases.monday)
    await cases.act(handle, saying.take(PREPARER))
    return handle


def kinds(snapshot: Snapshot) -> list[str]:
    return [event.kind.value for event in snapshot.events]


async def told(cases: RunningCases, handle: Handle) -> list[tuple[str, str]]:
    rows = await cases.pool.fetch(
        "SELECT rule, recipient FROM notices WHERE case_id = $1 ORDER BY rev, rule, recipient",
        handle.id.removeprefix("case-"),
    )
    return [(row["rule"], row["recipient"]) for row in rows]


async def test_hand_over_is_in_the_row_and_told_to_those_who_decide(cases: RunningCases) -> None:
    handle = await prepared(cases)

    acted = await cases.act(handle, saying.hand_over())
    row = await cases.recorded(handle)

    assert row.projection == acted.snapshot.projection
    assert (row.projection.state, row.projection.prepared_by) == ("queued", PREPARER.id)
    assert row.projection.handed_over_at == row.events[-1].at
    assert row.projection.preparer_role == "PV/sjukskoterska/recept"
    assert row.projection.next_mark == "hand_over_warning"
    assert ("handed_over", "role") in await told(cases, handle)


async def test_hand_over_by_signal_is_heard_and_a_refused_one_recorded(
    cases: RunningCases,
) -> None:
    handle = await prepared(cases)

    await handle.signal(CaseWorkflow.hand_over, saying.hand_over(PHYSICIAN))
    await handle.signal("hand_over", saying.hand_over())
    row = await cases.recorded(handle)

    assert kinds(row)[-2:] == ["refused", "handed_over"]
    assert row.events[-2].detail == {"message": "hand_over", "code": "not_assigned_to_you"}


async def test_hand_over_nobody_takes_reminds_the_role_and_then_tells_the_unit(
    cases: RunningCases,
) -> None:
    handle = await prepared(cases)
    await cases.act(handle, saying.hand_over())
    await cases.move_to(handle, cases.monday + FOUR_HOURS + timedelta(minutes=5))
    reminded = await cases.recorded(handle)

    await cases.move_to(handle, cases.monday + 2 * FOUR_HOURS + timedelta(minutes=5))
    escalated = await cases.recorded(handle)

    assert kinds(reminded)[-2:] == ["handed_over", "reminded"]
    assert kinds(escalated)[-1] == "escalated"
    assert escalated.projection.escalation == "unit"
    assert (await told(cases, handle))[-3:] == [
        ("hand_over_warning", "role"),
        ("hand_over_breach", "coordinator"),
        ("hand_over_breach", "unit_manager"),
    ]


async def test_only_one_who_may_decide_approves_what_was_handed_over(cases: RunningCases) -> None:
    handle = await prepared(cases)
    by_preparer = saying.resolve().model_copy(update={"actor": PREPARER})
    assert await cases.refusal(handle, by_preparer) == "authority_missing"
    await cases.act(handle, saying.hand_over())
    assert await cases.refusal(handle, saying.take(PREPARER)) == "not_lawful_now"

    assert await cases.refusal(handle, saying.take(NO_PRESCRIBER)) == "not_lawful_now"
    await cases.act(handle, saying.take())
    acted = await cases.act(handle, saying.resolve())

    assert acted.snapshot.projection.outcome == "approved"
    assert acted.snapshot.projection.prepared_by == PREPARER.id


async def test_terminal_hands_over_as_the_assignee(
    cases: RunningCases,
    temporal_address: str,
    region_url: str,
    tmp_path: Path,
) -> None:
    submission = submission_of("prescription_renewal", RENEWAL, PATIENT, cases.monday)
    handle = await cases.start(submission)
    await cases.until_state(handle, "queued")
    await cases.act(handle, saying.take(NURSE))
    await cases.recorded(handle)

    command = ("case", "signal", submission.case_id, "hand-over", "--staff", NURSE.id)
    ended = await arende(temporal_address, tmp_path, *command, database_url=region_url)

    assert ended.code == 0
    row = await cases.until_state(handle, "queued")
    assert row.projection.prepared_by == NURSE.id
