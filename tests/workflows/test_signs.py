"""What operations see of a running case: attributes and details, and nothing of a protected one."""

import re
from datetime import timedelta

from temporalio.api.enums.v1 import EventType
from temporalio.api.sdk.v1 import WorkflowMetadata

from tests.workflows import saying
from tests.workflows.people import PATIENT, PHYSICIAN_ROLE, STROMSBRO
from tests.workflows.renewal import RENEWAL
from tests.workflows.running import Handle, RunningCases, submission_of

PROTECTED = "198111039965"
PROTECTED_UNIT = "SE5560000000-TEST002"
DAY = timedelta(days=1)


async def queued(cases: RunningCases, identity: str = PATIENT) -> Handle:
    submission = submission_of("prescription_renewal", RENEWAL, identity, cases.monday)
    handle = await cases.start(submission)
    await cases.until_state(handle, "queued")
    await cases.recorded(handle)
    return handle


async def attributes(handle: Handle) -> dict[str, object]:
    description = await handle.describe()
    return {
        pair.key.name: pair.value
        for pair in description.typed_search_attributes
        if pair.key.name.startswith("Case")
    }


async def details(handle: Handle) -> str:
    metadata = await handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    return str(metadata.current_details)


async def summaries(handle: Handle) -> list[str]:
    """Return every summary of timers and activities, as the UI shows them."""
    history = await handle.fetch_history()
    return [
        event.user_metadata.summary.data.decode()
        for event in history.events
        if event.HasField("user_metadata")
    ]


async def test_attributes_say_where_a_case_stands(cases: RunningCases) -> None:
    handle = await queued(cases)

    assert await attributes(handle) == {
        "CaseState": "queued",
        "CaseService": "prescription_renewal",
        "CaseUnit": STROMSBRO,
        "CaseRole": PHYSICIAN_ROLE,
        "CaseDueAt": cases.monday + DAY + timedelta(hours=9),
        "CaseOverdue": False,
        "CaseEscalation": "none",
        "CaseQuarantined": False,
    }


async def test_attributes_follow_what_happens(cases: RunningCases) -> None:
    handle = await queued(cases)
    await cases.move_to(handle, cases.monday + 8 * DAY)
    late = await attributes(handle)
    await cases.act(handle, saying.take())
    await cases.act(handle, saying.ask())
    waiting = await attributes(handle)

    assert (late["CaseOverdue"], late["CaseEscalation"]) == (True, "operations")
    assert waiting["CaseState"] == "awaiting_patient"
    assert "CaseDueAt" not in waiting


async def test_nothing_but_the_state_is_shown_before_the_registers_have_answered(
    cases: RunningCases,
) -> None:
    """Whether a person is protected is not known until then."""
    cases.valve.is_shut = True
    submission = submission_of("prescription_renewal", RENEWAL, PROTECTED, cases.monday)
    handle = await cases.start(submission)
    await cases.view(handle)

    shown = await attributes(handle)
    cases.valve.is_shut = False
    await cases.until_state(handle, "queued")

    assert shown == {
        "CaseState": "received",
        "CaseOverdue": False,
        "CaseEscalation": "none",
        "CaseQuarantined": False,
    }


async def test_service_unit_and_role_of_a_protected_person_are_never_shown(
    cases: RunningCases,
) -> None:
    handle = await queued(cases, PROTECTED)
    row = await cases.row(handle)
    assert row is not None
    assert row.projection.unit == PROTECTED_UNIT

    shown = await attributes(handle)
    told = [await details(handle), *await summaries(handle)]

    assert not {"CaseService", "CaseUnit", "CaseRole"} & shown.keys()
    for text in told:
        assert PROTECTED_UNIT not in text
        assert PHYSICIAN_ROLE not in text
        assert "prescription" not in text


async def test_details_and_summaries_begin_with_the_mark_and_say_nothing_of_the_patient(
    cases: RunningCases,
) -> None:
    handle = await queued(cases)
    await cases.act(handle, saying.take())
    await cases.act(handle, saying.ask("CANARY"))

    told = [await details(handle), *(text.strip('"') for text in await summaries(handle))]

    assert told[0] == (
        f"ops: awaiting_patient at {STROMSBRO}, role {PHYSICIAN_ROLE}, "
        "waits for the patient to answer"
    )
    assert len(told) > 3
    for text in told:
        assert re.fullmatch(r"ops: [a-zA-Z0-9_:,/ \-]+", text)
        assert PATIENT not in text


async def test_every_payload_but_the_texts_for_operations_is_sealed(cases: RunningCases) -> None:
    handle = await queued(cases)
    await cases.act(handle, saying.take())
    await cases.act(handle, saying.ask("CANARY"))

    history = await handle.fetch_history()
    raw = b"".join(event.SerializeToString() for event in history.events)

    for private in (b"CANARY", PATIENT.encode(), b"20001103000015", b"+46701740605"):
        assert private not in raw
    assert history.events[0].event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED
