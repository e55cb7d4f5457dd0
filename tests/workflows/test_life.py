"""The ordinary life of a case, from receipt to close."""

from datetime import timedelta

from domain.events import is_unbroken
from domain.messages import Answer, AskPatient, Documented, Resolve, Take
from domain.vocabulary import CaseState, Outcome
from tests.workflows.people import PATIENT, PATIENT_ACTOR, PHYSICIAN
from tests.workflows.renewal import RENEWAL
from tests.workflows.running import RunningCases, submission_of


async def test_case_lives_from_submit_to_close(cases: RunningCases) -> None:
    handle = await cases.start(submission_of("prescription_renewal", RENEWAL, PATIENT, cases.now))
    await cases.until_state(handle, "queued")

    await cases.act(handle, Take(action_id="a1", actor=PHYSICIAN))
    asked = await cases.act(handle, AskPatient(action_id="a2", actor=PHYSICIAN, text="Since when?"))
    assert asked.snapshot.projection.paused
    assert asked.snapshot.projection.resolution_by is None

    answered = await cases.act(handle, Answer(action_id="a3", actor=PATIENT_ACTOR, text="May."))
    assert answered.snapshot.projection.state == CaseState.ASSIGNED
    assert answered.snapshot.projection.resolution_by is not None

    await cases.act(
        handle,
        Resolve(
            action_id="a4",
            actor=PHYSICIAN,
            outcome=Outcome.APPROVED,
            documented_in_record=Documented.YES,
            qualified_contact=False,
        ),
    )
    await cases.pass_time(handle, timedelta(days=15))
    end = await handle.result()
    row = await cases.row(handle)

    assert end.outcome == Outcome.APPROVED
    assert row is not None
    assert row.projection.state == CaseState.CLOSED
    assert [event.kind for event in row.events] == [
        "received",
        "admitted",
        "taken",
        "patient_asked",
        "patient_answered",
        "resolved",
        "closed",
    ]
    assert is_unbroken(row.events)
