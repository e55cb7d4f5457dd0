"""Payload keys of open cases: counted without opening, left by a new run, missed aloud."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import cast

import asyncpg
import pytest
import structlog
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, ScheduleActionStartWorkflow
from temporalio.common import WorkflowIDReusePolicy

from api.engine import Engine
from commands.rekeying import rekey_all
from domain import ops_texts
from domain.carried import CaseStart
from domain.protection import Protection
from domain.region import Region
from domain.submission import CaseId, CaseMemo, Submission, workflow_id_for
from runtime.codec import EncryptionCodec
from runtime.key_use import KeyUse, find_key_use, key_use_of
from runtime.schedules import KEEP_ACCESS_LOG, RECONCILE, SCHEDULES, ensure_schedules
from runtime.temporal import data_converter
from runtime.temporal_server import NAMESPACE
from tests.ports import free_port
from tests.temporal import temporal_on
from tests.workflows import saying
from tests.workflows.people import PATIENT
from tests.workflows.renewal import RENEWAL
from tests.workflows.running import Handle, RunningCases, submission_of
from tests.workflows.valve import PoolValve
from worker import case_worker
from workflows.case import CaseWorkflow
from workflows.options import TASK_QUEUE

OLD, NEW = {"old": b"o" * 32}, {"new": b"n" * 32}
_SOON = 20.0
_FAILED = EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED


@pytest.fixture
async def address(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """A Temporal of its own: every open run and schedule there is the test's."""
    port = free_port()
    server = await temporal_on(port, tmp_path_factory.mktemp("temporal"))
    try:
        yield f"127.0.0.1:{port}"
    finally:
        await server.stop()


class Town:
    """One Temporal and one database, reached with whatever ring of keys."""

    def __init__(self, address: str, pool: asyncpg.Pool, region: Region) -> None:
        self._address = address
        self._region = region
        self.pool = pool

    async def client(self, ring: Mapping[str, bytes]) -> Client:
        """Return a client whose processes have *ring*."""
        return await Client.connect(self._address, data_converter=data_converter(ring, NAMESPACE))

    @asynccontextmanager
    async def working(self, ring: Mapping[str, bytes]) -> AsyncIterator[RunningCases]:
        """Run a worker with *ring* until the end of the block."""
        client, now = await self.client(ring), datetime.now(UTC)
        valve = PoolValve(self.pool)
        async with case_worker(client, cast("asyncpg.Pool", valve), self._region):
            yield RunningCases(client, self.pool, TASK_QUEUE, now, now, valve)


@pytest.fixture
def town(address: str, region_pool: asyncpg.Pool, region: Region) -> Town:
    return Town(address, region_pool, region)


async def begin(client: Client) -> Handle:
    """Start a case as the API does, with its memo and summary."""
    submission: Submission = submission_of(
        "prescription_renewal", RENEWAL, PATIENT, datetime.now(UTC)
    )
    return await client.start_workflow(
        CaseWorkflow.run,
        CaseStart(submission=submission),
        id=workflow_id_for(submission.case_id),
        task_queue=TASK_QUEUE,
        id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        task_timeout=timedelta(seconds=3),
        static_summary=ops_texts.RECEIVED,
        memo={
            "case": CaseMemo(
                fingerprint="f",
                owners=("o",),
                received_at=submission.received_at,
                service=submission.service,
            )
        },
    )


def by_name(found: list[KeyUse]) -> dict[str, set[str]]:
    """Return the ids of what needs each key."""
    names = {name for use in found for name in use.names}
    return {name: {use.id for use in found if name in use.names} for name in names}


def said(lines: list[structlog.typing.EventDict]) -> set[tuple[str, str]]:
    return {(line["event"], line["key_name"]) for line in lines if "key_name" in line}


async def test_open_cases_and_schedules_leave_the_old_key(town: Town) -> None:
    client = await town.client(OLD)
    await ensure_schedules(client)
    for schedule in SCHEDULES:
        await client.get_schedule_handle(schedule).pause(note="looked into")
    handle = await begin(client)
    async with town.working(OLD) as cases:
        await cases.until_state(handle, "queued")
        await cases.act(handle, saying.take())
        before = await cases.recorded(handle)
        told = await find_key_use(client)

    lines: list[str] = []
    async with town.working(NEW | OLD) as cases:
        both = cases.client
        done = await rekey_all(both, "new", _SOON, lines.append)
        found = await find_key_use(both)

    sealed = {handle.id, RECONCILE, KEEP_ACCESS_LOG}
    assert by_name(told) == {"old": sealed}
    assert (done.asked, done.schedules, done.left) == (1, 2, 0)
    assert by_name(found) == {"new": sealed}
    assert lines == ["1 of 1 cases"]
    for name, summary in ((RECONCILE, b"ops: compare"), (KEEP_ACCESS_LOG, b"ops: make the months")):
        resealed = (await both.get_schedule_handle(name).describe()).schedule
        assert isinstance(resealed.action, ScheduleActionStartWorkflow)
        assert (resealed.state.paused, resealed.state.note) == (True, "looked into")
        assert summary in getattr(resealed.action.static_summary, "data", b"")

    async with town.working(NEW) as cases:
        again: Handle = cases.client.get_workflow_handle(handle.id)
        view = (await cases.act(again, saying.ask())).snapshot
        memo = await Engine(cases.client).find_memo(CaseId(handle.id.removeprefix("case-")))
    assert view.events[: len(before.events)] == before.events
    assert view.submission == before.submission
    assert memo is not None
    assert memo.owners == ("o",)


async def test_rekeying_again_asks_nobody(town: Town) -> None:
    handle = await begin(await town.client(NEW))
    async with town.working(NEW | OLD) as cases:
        await cases.until_state(handle, "queued")
        run = (await handle.describe()).run_id
        done = await rekey_all(cases.client, "new", _SOON, lambda line: None)

    assert (done.asked, done.left) == (0, 0)
    assert (await handle.describe()).run_id == run


async def test_protection_that_begins_keeps_the_memo_and_seals_it_anew(town: Town) -> None:
    begun = await begin(await town.client(OLD))
    async with town.working(NEW | OLD) as cases:
        handle: Handle = cases.client.get_workflow_handle(begun.id)
        await cases.until_state(handle, "queued")
        await cases.quiet(handle)
        run = (await handle.describe()).run_id
        news = Protection(protected=True, at=datetime.now(UTC))
        await handle.signal(CaseWorkflow.protect, news)
        while (await handle.describe()).run_id == run:
            await cases.view(handle)
        await cases.recorded(handle)
        memo = await Engine(cases.client).find_memo(CaseId(handle.id.removeprefix("case-")))
        use = await key_use_of(cases.client, handle.id)

    assert memo is not None
    assert memo.owners == ("o",)
    assert use is not None
    assert use.names == {"new"}


async def test_a_case_that_cannot_leave_is_counted_and_leaves_later(town: Town) -> None:
    """One that no worker has touched waits for its admission first."""
    client = await town.client(NEW | OLD)
    handle = await begin(await town.client(OLD))

    done = await rekey_all(client, "new", 0.5, lambda line: None)
    assert done.left == 1

    async with town.working(NEW | OLD) as cases:
        await cases.until_state(handle, "queued")
        done = await rekey_all(cases.client, "new", _SOON, lambda line: None)
    assert done.left == 0


async def test_a_missing_key_stops_the_case_aloud_and_nothing_is_lost(town: Town) -> None:
    handle = await begin(await town.client(OLD))
    async with town.working(OLD) as cases:
        await cases.until_state(handle, "queued")
        await cases.quiet(handle)
    with structlog.testing.capture_logs() as lines:
        async with town.working(NEW) as cases:
            await handle.signal(CaseWorkflow.take, saying.take())
            codec = cases.client.data_converter.payload_codec
            assert isinstance(codec, EncryptionCodec)
            while not codec.missing.recent():
                await handle.describe()
            stuck = await find_key_use(cases.client)
            assert await Engine(cases.client).find_view(CaseId(handle.id[5:])) is None
    history = await handle.fetch_history()
    failures = [event for event in history.events if event.event_type == _FAILED]

    assert codec.missing.recent() == ["old"]
    assert said(lines) == {("payload_key_missing", "old")}
    assert "old" in by_name(stuck)
    for event in failures:
        failure = event.workflow_task_failed_event_attributes.failure
        assert failure.message in {"", "Encoded failure"}

    async with town.working(OLD) as cases:
        again = await cases.until_state(handle, "assigned")
        await cases.quiet(handle)
    assert [event.kind for event in again.events][-1] == "taken"


async def test_api_without_the_key_of_a_case_says_it_is_away(town: Town) -> None:
    """What it can do without reading, it does: a message is sealed and waits."""
    handle = await begin(await town.client(OLD))
    engine, case_id = Engine(await town.client(NEW)), CaseId(handle.id.removeprefix("case-"))

    with pytest.raises(Exception, match="service_unavailable") as refusal:
        await engine.find_memo(case_id)
    await engine.signal(case_id, saying.take())

    assert getattr(refusal.value, "status", None) == 503
    use = await key_use_of(await town.client(NEW), handle.id)
    assert use is not None
    assert use.names == {"old", "new"}
