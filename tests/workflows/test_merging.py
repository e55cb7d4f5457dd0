"""Merging running cases: one ends in the other, or neither does."""

import asyncio
from datetime import timedelta

import pytest

from domain.carried import CaseStart
from domain.messages import Merge
from domain.projection import Snapshot
from tests.workflows import saying
from tests.workflows.people import PATIENT, PHYSICIAN
from tests.workflows.renewal import RENEWAL
from tests.workflows.running import Handle, RunningCases, submission_of
from workflows.case import CaseWorkflow

ANOTHER_PATIENT = "197106209823"
_DAY = timedelta(days=1)


async def queued(cases: RunningCases, after: timedelta = timedelta(), of: str = PATIENT) -> Handle:
    submission = submission_of("prescription_renewal", RENEWAL, of, cases.monday + after)
    handle = await cases.start(submission)
    await cases.until_state(handle, "queued")
    await cases.quiet(handle)
    return handle


def merge_into(kept: Handle) -> Merge:
    case_id = kept.id.removeprefix("case-")
    return Merge(action_id=saying.new_id(), actor=PHYSICIAN, into=case_id)


def last(snapshot: Snapshot) -> tuple[str, dict[str, str]]:
    event = snapshot.events[-1]
    return event.kind.value, event.detail


async def test_merged_case_ends_and_the_kept_one_takes_the_earlier_promise(
    cases: RunningCases,
) -> None:
    kept = await queued(cases, _DAY)
    merged = await queued(cases)
    merge = merge_into(kept)
    promised = (await cases.view(merged)).projection

    acted = await cases.act(merged, merge)
    again = await cases.act(merged, merge)

    view = acted.snapshot.projection
    assert (acted.refusal, view.state, view.outcome) == (None, "resolved", "duplicate")
    assert (again.refusal, again.snapshot.projection.rev) == (None, view.rev)
    assert last(await cases.recorded(merged))[0] == "merged"
    row = await cases.recorded(kept)
    assert last(row) == ("absorbed", {"from": merged.id.removeprefix("case-")})
    assert row.projection.state == "queued"
    assert row.projection.resolution_by == promised.resolution_by
    assert row.projection.first_response_by == promised.first_response_by


async def test_case_does_not_end_in_another_patients(cases: RunningCases) -> None:
    kept, merging = await queued(cases, of=ANOTHER_PATIENT), await queued(cases)
    merge = merge_into(kept)

    acted = await cases.act(merging, merge)

    assert (acted.refusal, acted.snapshot.projection.state) == ("merge_refused", "queued")
    told = {"message": "merge", "code": "merge_refused", "why": "another_patient"}
    assert last(await cases.recorded(merging)) == ("refused", told)
    assert await cases.refusal(merging, merge) == "merge_refused"
    assert last(await cases.recorded(kept))[0] == "admitted"
    assert (await cases.act(merging, saying.take())).snapshot.projection.state == "assigned"


@pytest.mark.parametrize("is_started", [True, False], ids=["ended", "never there"])
async def test_case_does_not_end_in_one_that_is_not_open(
    cases: RunningCases, *, is_started: bool
) -> None:
    merging = await queued(cases)
    merge = merge_into(merging).model_copy(update={"into": "00000000-0000-0000-0000-000000000000"})
    if is_started:
        kept = await queued(cases)
        await cases.act(kept, saying.withdraw())
        merge = merge_into(kept)

    acted = await cases.act(merging, merge)

    assert acted.refusal == "merge_refused"
    assert last(await cases.recorded(merging))[1]["why"] == "not_open"


async def test_two_merged_into_each_other_at_once_are_never_both_lost(cases: RunningCases) -> None:
    one, other = await queued(cases), await queued(cases)

    await asyncio.gather(
        one.signal(CaseWorkflow.merge, merge_into(other)),
        other.signal(CaseWorkflow.merge, merge_into(one)),
    )
    kinds = {last(await told(cases, handle))[0] for handle in (one, other)}

    open_ones = [
        handle for handle in (one, other) if (await cases.view(handle)).projection.state == "queued"
    ]
    assert open_ones
    assert kinds <= {"merged", "absorbed", "refused"}


async def told(cases: RunningCases, handle: Handle) -> Snapshot:
    """Return the row once the offer that the case made has been answered."""
    async with asyncio.timeout(40):
        while True:
            row = await cases.recorded(handle)
            kinds = {event.kind.value for event in row.events}
            if kinds & {"merged", "refused"}:
                return row


async def test_other_messages_wait_for_the_answer(cases: RunningCases) -> None:
    """The kept case's worker is away: its queue has none."""
    submission = submission_of("prescription_renewal", RENEWAL, PATIENT, cases.monday)
    silent = await cases.client.start_workflow(
        CaseWorkflow.run,
        CaseStart(submission=submission),
        id=f"case-{submission.case_id}",
        task_queue="nobody-works-here",
    )
    merging = await queued(cases)

    await merging.signal(CaseWorkflow.merge, merge_into(silent))

    assert await cases.refusal(merging, saying.take()) == "not_lawful_now"
    await silent.terminate()
    assert last(await told(cases, merging))[1]["why"] == "not_open"
    assert (await cases.act(merging, saying.take())).snapshot.projection.state == "assigned"
