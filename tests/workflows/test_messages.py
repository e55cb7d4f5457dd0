"""Messages to a running case: once each, refused without a trace, and never its end."""

import logging

import pytest
from temporalio.client import WorkflowUpdateFailedError

from domain.carried import Acted
from domain.events import is_unbroken
from domain.messages import Act, Answer, Return, Take
from domain.projection import Snapshot
from tests.workflows import saying
from tests.workflows.people import OTHER_PHYSICIAN, PATIENT, PHYSICIAN, STRANGER
from tests.workflows.renewal import RENEWAL
from tests.workflows.running import Handle, RunningCases, submission_of
from workflows.case import CaseWorkflow


async def queued(cases: RunningCases) -> Handle:
    submission = submission_of("prescription_renewal", RENEWAL, PATIENT, cases.monday)
    handle = await cases.start(submission)
    await cases.until_state(handle, "queued")
    return handle


def kinds(snapshot: Snapshot) -> list[str]:
    return [event.kind.value for event in snapshot.events]


async def test_same_action_twice_takes_effect_once_and_is_answered_the_same(
    cases: RunningCases,
) -> None:
    handle = await queued(cases)
    take = saying.take()

    first = await cases.act(handle, take)
    again = await cases.act(handle, take)

    assert again.rev == first.rev
    assert kinds(again.snapshot).count("taken") == 1


async def test_used_action_id_with_another_message_is_refused(cases: RunningCases) -> None:
    handle = await queued(cases)
    take = saying.take()
    await cases.act(handle, take)

    other = Return(action_id=take.action_id, actor=PHYSICIAN)

    assert await cases.refusal(handle, other) == "action_id_reused"


async def test_refused_signal_is_recorded_and_refused_again_also_when_it_would_be_lawful(
    cases: RunningCases,
) -> None:
    handle = await queued(cases)
    early = saying.reply()

    await handle.signal(CaseWorkflow.reply, early)
    await cases.act(handle, saying.take())
    row = await cases.recorded(handle)

    assert kinds(row)[-2:] == ["refused", "taken"]
    assert row.events[-2].detail == {"message": "reply", "code": "not_lawful_now"}
    assert row.events[-2].action_id == early.action_id
    assert await cases.refusal(handle, early) == "not_lawful_now"


async def test_whole_life_by_signals_alone(cases: RunningCases) -> None:
    handle = await queued(cases)

    await handle.signal(CaseWorkflow.take, saying.take())
    await handle.signal(CaseWorkflow.note, saying.note())
    await handle.signal(CaseWorkflow.ask_patient, saying.ask())
    await handle.signal(CaseWorkflow.answer, saying.answer())
    await handle.signal("return", Return(action_id=saying.new_id(), actor=PHYSICIAN))
    await handle.signal(CaseWorkflow.take, saying.take())
    await handle.signal(CaseWorkflow.mark_urgent, saying.urgent())
    await handle.signal(CaseWorkflow.reply, saying.reply())
    await handle.signal(CaseWorkflow.resolve, saying.resolve())
    row = await cases.until_state(handle, "resolved")

    assert kinds(row)[2:] == [
        *("taken", "noted", "patient_asked", "patient_answered", "returned", "taken"),
        *("marked_urgent", "replied", "resolved"),
    ]
    assert is_unbroken(row.events)


async def test_signal_and_update_with_one_action_id_are_one_message(cases: RunningCases) -> None:
    """The API falls back to a signal with the same action id when nobody answers its update."""
    handle = await queued(cases)
    take = saying.take()

    await handle.signal(CaseWorkflow.take, take)
    acted = await cases.act(handle, take)

    assert kinds(acted.snapshot).count("taken") == 1


async def test_refused_update_leaves_nothing_in_the_history(cases: RunningCases) -> None:
    handle = await queued(cases)
    await cases.quiet(handle)
    before = await cases.event_types(handle)

    refusals = [
        await cases.refusal(handle, saying.reply()),
        await cases.refusal(handle, saying.take(STRANGER)),
        await cases.refusal(handle, saying.take().model_copy(update={"expected_rev": 1})),
    ]

    assert refusals == ["not_lawful_now", "not_permitted", "stale"]
    assert await cases.event_types(handle) == before


async def test_first_to_take_a_case_has_it(cases: RunningCases) -> None:
    handle = await queued(cases)
    await cases.act(handle, saying.take())

    assert await cases.refusal(handle, saying.take(OTHER_PHYSICIAN)) == "already_taken"
    reply = saying.reply().model_copy(update={"actor": OTHER_PHYSICIAN})
    assert await cases.refusal(handle, reply) == "not_assigned_to_you"


async def test_message_that_saw_the_present_rev_is_taken_in(cases: RunningCases) -> None:
    handle = await queued(cases)
    rev = (await cases.view(handle)).projection.rev

    acted = await cases.act(handle, saying.take().model_copy(update={"expected_rev": rev}))

    assert acted.rev == rev + 1


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param({"action_id": "CANARY", "actor": "CANARY"}, id="wrong fields"),
        pytest.param("CANARY", id="no object"),
        pytest.param(["CANARY"], id="a list"),
    ],
)
async def test_malformed_signal_is_dropped_and_the_case_lives(
    cases: RunningCases, payload: object, caplog: pytest.LogCaptureFixture
) -> None:
    handle = await queued(cases)

    with caplog.at_level(logging.WARNING):
        await handle.signal("take", payload)
        acted = await cases.act(handle, saying.take())

    assert kinds(acted.snapshot) == ["received", "admitted", "taken"]
    assert "dropping the signal" in caplog.text
    assert "CANARY" not in caplog.text


@pytest.mark.parametrize("arguments", [[], [None]], ids=["no payload", "null"])
async def test_signal_without_a_body_says_nothing(
    cases: RunningCases, arguments: list[None]
) -> None:
    handle = await queued(cases)

    await handle.signal("take", args=arguments)
    acted = await cases.act(handle, saying.take())

    assert kinds(acted.snapshot) == ["received", "admitted", "taken"]


async def test_unknown_signal_changes_nothing(cases: RunningCases) -> None:
    handle = await queued(cases)

    await handle.signal("approve_everything", saying.take())
    acted = await cases.act(handle, saying.take())

    assert kinds(acted.snapshot) == ["received", "admitted", "taken"]


async def test_malformed_update_fails_only_its_sender(cases: RunningCases) -> None:
    handle = await queued(cases)

    with pytest.raises(WorkflowUpdateFailedError):
        await handle.execute_update("act", {"message": {"kind": "take"}}, result_type=Acted)

    assert kinds((await cases.act(handle, saying.take())).snapshot)[-1] == "taken"


async def test_plain_message_from_a_client_without_keys_never_reaches_the_case(
    cases: RunningCases, temporal_address: str, caplog: pytest.LogCaptureFixture
) -> None:
    handle = await queued(cases)
    stranger = await type(cases.client).connect(temporal_address)

    plain = stranger.get_workflow_handle(handle.id)
    await plain.signal("take", {"action_id": "a", "actor": {"kind": "staff", "id": "CANARY"}})
    acted = await cases.act(handle, saying.take())

    assert kinds(acted.snapshot) == ["received", "admitted", "taken"]
    assert "CANARY" not in caplog.text


async def test_update_answers_with_the_plan_that_follows(cases: RunningCases) -> None:
    handle = await queued(cases)
    await cases.act(handle, saying.take())

    asked = await cases.act(handle, saying.ask())

    assert asked.snapshot.projection.resolution_by is None
    assert asked.snapshot.projection.next_mark == "patient_silence"
    assert not (await cases.act(handle, saying.answer())).snapshot.projection.paused


async def test_many_at_once_are_taken_in_one_after_the_other(cases: RunningCases) -> None:
    handle = await queued(cases)
    for number in range(50):
        answer = Answer(
            action_id=f"many-{number}", actor=saying.answer().actor, text=f"Number {number}"
        )
        await handle.signal(CaseWorkflow.answer, answer)
    await cases.act(handle, saying.take())
    row = await cases.recorded(handle)

    assert [event.detail.get("text") for event in row.events[2:-1]] == [
        f"Number {number}" for number in range(50)
    ]
    assert is_unbroken(row.events)


async def test_two_takes_in_one_breath_give_the_case_to_one(cases: RunningCases) -> None:
    handle = await queued(cases)
    takes = [Take(action_id=f"t{number}", actor=PHYSICIAN) for number in range(3)]

    for take in takes:
        await handle.signal(CaseWorkflow.take, take)
    row = await cases.until_state(handle, "assigned")
    row = await cases.recorded(handle)

    assert kinds(row)[2:] == ["taken", "refused", "refused"]
    assert Act(message=takes[0]).message.action_id == row.events[2].action_id
