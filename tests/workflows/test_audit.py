"""What rows can hide and workflows still tell, and the daily keeping of the access log."""

import json
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from temporalio.client import Client
from temporalio.service import RPCError
from temporalio.worker import Replayer, Worker

from activities.access_keeping import AccessKeepingActivities
from commands.auditing.verify import Verification, verify_all
from domain.access_reviews import SampleRule
from domain.carried import CaseStart
from domain.chain import ChainFault
from domain.submission import workflow_id_for
from tests.workflows import saying
from tests.workflows.command import arende
from tests.workflows.people import PATIENT
from tests.workflows.renewal import RENEWAL
from tests.workflows.running import Handle, RunningCases, next_queue, submission_of
from worker import sandbox
from workflows.access_keeping import KeepAccessLog
from workflows.case import CaseWorkflow

_UNGUARDED = "SET LOCAL session_replication_role = replica"
_CUT = "DELETE FROM case_events WHERE case_id = $1 AND seq > $2"
_MEND = """
UPDATE cases SET events_count = $2, events_head = (
    SELECT hash FROM case_events WHERE case_id = $1 AND seq = $2
) WHERE case_id = $1
"""


@pytest.fixture
async def case(client: Client, cases: RunningCases) -> Handle:
    """A case in the hands of a physician, the only one that Temporal knows as running."""
    async for left in client.list_workflows("WorkflowType = 'CaseWorkflow'"):
        with suppress(RPCError):
            await client.get_workflow_handle(left.id).terminate()
    handle = await cases.start(submission_of("prescription_renewal", RENEWAL, PATIENT, cases.now))
    await cases.until_state(handle, "queued")
    await cases.act(handle, saying.take())
    await cases.quiet(handle)
    return handle


def id_of(handle: Handle) -> str:
    return handle.id.removeprefix("case-")


async def verified(cases: RunningCases, handle: Handle) -> Verification:
    """Verify this case when visibility has come to list it."""
    while True:
        found = await verify_all(cases.client, cases.pool, id_of(handle))
        if found.witnesses is not None and found.witnesses.workflows:
            return found


async def tamper(cases: RunningCases, *statements: tuple[str, tuple[object, ...]]) -> None:
    async with cases.pool.acquire() as conn, conn.transaction():
        await conn.execute(_UNGUARDED)
        for statement, arguments in statements:
            await conn.execute(statement, *arguments)


async def test_a_case_that_nobody_touched_is_whole(cases: RunningCases, case: Handle) -> None:
    found = await verified(cases, case)

    assert (found.cases, found.findings) == (1, ())
    assert found.witnesses is not None
    assert (found.witnesses.lagging, found.witnesses.silent) == (0, 0)


async def test_end_that_was_cut_off_and_covered_up_is_told_by_the_workflow(
    cases: RunningCases, case: Handle
) -> None:
    events = len((await cases.recorded(case)).events)
    await tamper(cases, (_CUT, (id_of(case), events - 1)), (_MEND, (id_of(case), events - 1)))

    [finding] = (await verified(cases, case)).findings

    assert (finding.fault, finding.seq) == (ChainFault.WORKFLOW, events)
    assert finding.case_id == id_of(case)


async def test_case_that_ended_still_tells_of_what_was_cut_off(
    cases: RunningCases, case: Handle
) -> None:
    await cases.act(case, saying.resolve())
    await cases.recorded(case)
    await cases.pass_time(case, timedelta(days=15))
    await case.result()
    events = len((await cases.recorded(case)).events)
    assert (await verified(cases, case)).findings == ()

    await tamper(
        cases,
        (_CUT, (id_of(case), events - 1)),
        (_MEND, (id_of(case), events - 1)),
        ("UPDATE cases SET rev = rev - 1 WHERE case_id = $1", (id_of(case),)),
    )

    async def ended() -> Verification:
        while True:  # visibility lags: until it says that the case has ended, the row may lag
            found = await verified(cases, case)
            if found.witnesses is not None and not found.witnesses.lagging:
                return found

    assert [one.fault for one in (await ended()).findings] == [ChainFault.WORKFLOW]


async def test_case_that_was_removed_whole_is_known_to_its_workflow(
    cases: RunningCases, case: Handle
) -> None:
    await tamper(
        cases,
        ("DELETE FROM case_events WHERE case_id = $1", (id_of(case),)),
        ("DELETE FROM cases WHERE case_id = $1", (id_of(case),)),
    )

    [finding] = (await verified(cases, case)).findings
    assert finding.fault is ChainFault.NO_ROW
    await case.signal("record_again")
    await cases.recorded(case)


async def test_command_says_what_is_broken_and_ends_with_one(
    cases: RunningCases,
    case: Handle,
    region_url: str,
    temporal_address: str,
    tmp_path: Path,
) -> None:
    await verified(cases, case)
    verify = ("audit", "verify", "--json", "--case", id_of(case))
    whole = await arende(temporal_address, tmp_path, *verify, database_url=region_url)
    await tamper(
        cases,
        ("UPDATE case_events SET kind = 'noted' WHERE case_id = $1 AND seq = 2", (id_of(case),)),
    )
    broken = await arende(
        temporal_address, tmp_path, *verify, "--rows-only", database_url=region_url
    )

    assert (whole.code, broken.code) == (0, 1)
    assert json.loads(whole.said)["witnesses"] == {"workflows": 1, "lagging": 0, "silent": 0}
    assert json.loads(whole.said)["findings"] == []
    assert json.loads(broken.said)["findings"] == [
        {"case_id": id_of(case), "fault": "changed", "seq": 2}
    ]


async def test_command_ends_with_one_when_a_workflow_could_not_be_asked(
    client: Client,
    cases: RunningCases,
    region_url: str,
    temporal_address: str,
    tmp_path: Path,
) -> None:
    """Nobody works on its queue, as when every worker is down."""
    submission = submission_of("prescription_renewal", RENEWAL, PATIENT, cases.now)
    handle = await client.start_workflow(
        CaseWorkflow.run,
        CaseStart(submission=submission),
        id=workflow_id_for(submission.case_id),
        task_queue=next_queue(),
    )
    while True:
        found = await verify_all(cases.client, cases.pool, submission.case_id)
        if found.witnesses is not None and found.witnesses.workflows:
            break

    verify = ("audit", "verify", "--case", submission.case_id)
    told = await arende(temporal_address, tmp_path, *verify, database_url=region_url)
    await handle.terminate()

    assert (told.code, found.findings) == (1, ())
    assert "1 silent" in told.said


@pytest.fixture
async def keeper(client: Client, cases: RunningCases) -> AsyncIterator[str]:
    """The queue of a worker that keeps the log of the database of `cases`."""
    keeping = AccessKeepingActivities(cases.pool, "Europe/Stockholm")
    queue = next_queue()
    async with Worker(
        client,
        task_queue=queue,
        workflows=[KeepAccessLog],
        activities=[keeping.keep_months, keeping.draw_week],
        workflow_runner=sandbox(),
    ):
        yield queue


async def test_log_is_kept_and_drawn_once_a_week(
    client: Client, cases: RunningCases, keeper: str
) -> None:
    last_week = datetime.now(UTC) - timedelta(days=7)
    await cases.pool.execute(
        "INSERT INTO access_log"
        " (at, staff, commission, unit, provider, action, patients, case_ids)"
        " VALUES ($1, 'SE0000000001-D1', 'SE0000000001-C1', 'SE0000000001-U',"
        " 'SE0000000001-P', 'read_case', ARRAY['197005109819']::identity[],"
        " ARRAY[gen_random_uuid()])",
        last_week,
    )

    drawn = []
    for _ in range(2):
        handle = await client.start_workflow(
            KeepAccessLog.run, SampleRule(), id=f"keep-{uuid4()}", task_queue=keeper
        )
        drawn.append((await handle.result()).accesses)
        replayer = Replayer(
            workflows=[KeepAccessLog],
            workflow_runner=sandbox(),
            data_converter=client.data_converter,
        )
        await replayer.replay_workflow(await handle.fetch_history())

    assert drawn == [1, None]
