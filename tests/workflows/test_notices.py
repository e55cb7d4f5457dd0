"""A case's notices leave by the sender's workflow, once, and the schedule keeps it going."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from structlog.testing import capture_logs
from temporalio.client import Client, ScheduleActionStartWorkflow, ScheduleOverlapPolicy
from temporalio.worker import Replayer, Worker

from activities.notices import NoticeActivities, NoticeCounts
from domain.delivery import DeliveryChannel
from domain.messages import AskPatient, Take
from domain.region import Region
from runtime.notice_texts import load_notice_texts
from runtime.outbox import FileOutbox
from runtime.schedules import SCHEDULES, ensure_schedules
from tests.region import SHIPPED
from tests.workflows import saying
from tests.workflows.command import arende
from tests.workflows.people import PATIENT, PHYSICIAN, PHYSICIAN_ROLE, STROMSBRO
from tests.workflows.renewal import RENEWAL
from tests.workflows.running import Handle, RunningCases, next_queue, submission_of
from worker import sandbox
from workflows.notices import SendNotices
from workflows.options import NOTICES_QUEUE


class Sender:
    """Runs the sender's workflow on a queue of its own and reads what reached the folder."""

    def __init__(self, client: Client, queue: str, folder: Path) -> None:
        self._client = client
        self._queue = queue
        self._folder = folder
        self._replayer = Replayer(
            workflows=[SendNotices],
            workflow_runner=sandbox(),
            data_converter=client.data_converter,
        )

    async def run(self) -> NoticeCounts:
        """Send what waits, and replay the run."""
        handle = await self._client.start_workflow(
            SendNotices.run, id=f"send-notices-{uuid4()}", task_queue=self._queue
        )
        counts = await handle.result()
        await self._replayer.replay_workflow(await handle.fetch_history())
        return counts

    @property
    def count(self) -> int:
        return len(list(self._folder.glob("*.json")))

    @property
    def told(self) -> set[str]:
        files = self._folder.glob("*.json")
        return {json.loads(file.read_text("utf-8"))["to"] for file in files}


@pytest.fixture
def activities(cases: RunningCases, region: Region, tmp_path: Path) -> NoticeActivities:
    """What sends the notices of `cases` to the folder `outbox`."""
    texts = load_notice_texts(SHIPPED / "texts" / "notices.toml")
    outbox = FileOutbox(tmp_path / "outbox")
    return NoticeActivities(cases.pool, region, outbox, texts, frozenset(DeliveryChannel))


@pytest.fixture
async def sender(
    client: Client, activities: NoticeActivities, tmp_path: Path
) -> AsyncIterator[Sender]:
    """A sender with a worker on a queue of its own."""
    queue = next_queue()
    async with worker(client, queue, activities):
        yield Sender(client, queue, tmp_path / "outbox")


def worker(client: Client, queue: str, activities: NoticeActivities) -> Worker:
    return Worker(
        client,
        task_queue=queue,
        workflows=[SendNotices],
        activities=[activities.address_notices, activities.send_deliveries],
        workflow_runner=sandbox(),
    )


async def test_question_reaches_the_citizen_once_and_a_taken_case_nobody(
    cases: RunningCases, sender: Sender
) -> None:
    handle = await cases.start(submission_of("prescription_renewal", RENEWAL, PATIENT, cases.now))
    await cases.until_state(handle, "queued")
    await cases.act(handle, Take(action_id="a1", actor=PHYSICIAN))
    asked = await cases.act(handle, AskPatient(action_id="a2", actor=PHYSICIAN, text="When?"))
    await cases.until_row(handle, rev=asked.rev)

    counts = await sender.run()

    assert (counts.addressed, counts.sent) == (1, 2)
    assert sender.told == {handle.id.removeprefix("case-")}
    assert await sender.run() == NoticeCounts()


SANDVIKEN_NORRA, BJORKSATRA = "SE5560000000-TEST003", "SE5560000001-TEST001"
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


async def left_alone(cases: RunningCases, clinic: str, until: timedelta) -> Handle:
    """Start a renewal received on a quiet Monday at opening, and move its time on by *until*."""
    submission = submission_of("prescription_renewal", RENEWAL, PATIENT, cases.monday, clinic)
    handle = await cases.start(submission)
    await cases.until_state(handle, "queued")
    await cases.move_to(handle, cases.monday + until)
    await cases.recorded(handle)
    return handle


async def holders(cases: RunningCases, unit: str, role: str) -> set[str]:
    rows = await cases.pool.fetch(
        "SELECT DISTINCT staff FROM rights WHERE unit = $1 AND role = $2", unit, role
    )
    return {row["staff"] for row in rows}


async def test_new_case_reaches_every_holder_where_fewer_than_three_subscribe(
    cases: RunningCases, sender: Sender
) -> None:
    await left_alone(cases, SANDVIKEN_NORRA, timedelta())

    counts = await sender.run()

    assert sender.told == await holders(cases, SANDVIKEN_NORRA, PHYSICIAN_ROLE)
    assert (counts.addressed, counts.sent) == (1, len(sender.told))


async def test_breach_where_nobody_coordinates_reaches_the_manager_once_and_alerts(
    cases: RunningCases, sender: Sender
) -> None:
    handle = await left_alone(cases, BJORKSATRA, DAY + 9 * HOUR - timedelta(minutes=1))
    await sender.run()
    before = sender.count
    await cases.move_to(handle, cases.monday + DAY + 9 * HOUR)
    await cases.recorded(handle)

    with capture_logs() as logs:
        counts = await sender.run()

    managers = await holders(cases, BJORKSATRA, "PV/chef/enhet")
    assert (counts.addressed, sender.count - before) == (2, len(managers))
    assert managers <= sender.told
    assert {(line["role"], line["unit"]) for line in logs if "role" in line} == {
        ("PV/koordinator/fordelning", BJORKSATRA)
    }


async def test_reminder_that_an_answer_overtook_is_not_sent(
    cases: RunningCases, sender: Sender
) -> None:
    handle = await left_alone(cases, STROMSBRO, DAY + 8 * HOUR)
    await cases.act(handle, Take(action_id="a1", actor=PHYSICIAN))
    replied = await cases.act(handle, saying.reply())
    await cases.until_row(handle, rev=replied.rev)

    counts = await sender.run()

    assert (counts.addressed, counts.sent, counts.dropped) == (1, 2, 3)
    assert sender.told == {handle.id.removeprefix("case-")}


async def test_run_without_notices_ends_after_one_round(sender: Sender) -> None:
    assert await sender.run() == NoticeCounts()
    assert not sender.told


async def test_command_sends_and_prints_counts(
    client: Client, temporal_address: str, activities: NoticeActivities, tmp_path: Path
) -> None:
    async with worker(client, NOTICES_QUEUE, activities):
        ended = await arende(temporal_address, tmp_path, "notices", "send", "--json")

    assert ended.code == 0
    assert NoticeCounts.model_validate_json(ended.said) == NoticeCounts()


async def test_schedules_are_made_once_and_say_what_they_are_for(client: Client) -> None:
    handles = [client.get_schedule_handle(name) for name in SCHEDULES]
    try:
        await ensure_schedules(client)
        await ensure_schedules(client)

        intervals = []
        for handle in handles:
            schedule = (await handle.describe()).schedule
            assert isinstance(schedule.action, ScheduleActionStartWorkflow)
            assert schedule.policy.overlap is ScheduleOverlapPolicy.SKIP
            assert schedule.action.task_queue == "notices"
            intervals += [interval.every for interval in schedule.spec.intervals]
        assert intervals == [
            *(timedelta(seconds=20), timedelta(hours=1)),
            *(timedelta(days=1), timedelta(days=1)),
        ]
    finally:
        for handle in handles:
            await handle.delete()
