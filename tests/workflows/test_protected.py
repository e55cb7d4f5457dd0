"""Protection that begins or ends while a case goes on: what Temporal shows, whose case it is."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import Client, ScheduleActionStartWorkflow
from temporalio.worker import Replayer, Worker

from activities.protection import ProtectionActivities, ProtectionCounts
from domain.protection import Protection
from domain.region import Region
from runtime.schedules import CHECK_PROTECTION, ensure_schedules
from tests.region import SHIPPED
from tests.workflows import saying
from tests.workflows.command import arende
from tests.workflows.people import (
    OTHER_PHYSICIAN,
    PATIENT,
    PHYSICIAN,
    PHYSICIAN_ROLE,
    STROMSBRO,
    staff,
)
from tests.workflows.renewal import RENEWAL
from tests.workflows.running import Handle, RunningCases, next_queue, submission_of
from worker import sandbox
from workflows.case import CaseWorkflow
from workflows.options import NOTICES_QUEUE
from workflows.protection import CheckProtection

HANDLERS = ("SE5560000000-TEST104", "SE5560000000-TEST107")
HANDLER = staff(HANDLERS[0], PHYSICIAN_ROLE, prescriber=True).model_copy(
    update={"handles_protected": True}
)
PROTECTED, PROTECTED_UNIT = "198111039965", "SE5560000000-TEST002"
CLOSE_TO_FIRST = ("197905249830", "202003119829")
"""Who the first handler is as a citizen, and a child of theirs."""
NEVER_SHOWN = {"CaseService", "CaseUnit", "CaseRole"}
TELLING = (STROMSBRO.encode(), PHYSICIAN_ROLE.encode(), b"prescription")
PATIENCE_SECONDS = 30


class Checker:
    """Runs the check on a queue of its own and replays each run."""

    def __init__(self, client: Client, queue: str) -> None:
        self._client = client
        self._queue = queue
        self._replayer = Replayer(
            workflows=[CheckProtection],
            workflow_runner=sandbox(),
            data_converter=client.data_converter,
        )

    async def run(self) -> ProtectionCounts:
        handle = await self._client.start_workflow(
            CheckProtection.run, id=f"check-{uuid4()}", task_queue=self._queue
        )
        counts = await handle.result()
        await self._replayer.replay_workflow(await handle.fetch_history())
        return counts


def worker(client: Client, cases: RunningCases, region: Region, queue: str) -> Worker:
    return Worker(
        client,
        task_queue=queue,
        workflows=[CheckProtection],
        activities=[ProtectionActivities(cases.pool, client, region).check_protection],
        workflow_runner=sandbox(),
    )


@pytest.fixture
async def checker(client: Client, cases: RunningCases, region: Region) -> AsyncIterator[Checker]:
    queue = next_queue()
    async with worker(client, cases, region, queue):
        yield Checker(client, queue)


async def register_says(cases: RunningCases, *, protected: bool, identity: str = PATIENT) -> None:
    """Let the register of citizens say so of the patient."""
    await cases.pool.execute(
        "UPDATE citizens SET protected = $2 WHERE identity = $1", identity, protected
    )


async def leave_only_the_first_handler(cases: RunningCases) -> None:
    await cases.pool.execute(
        "DELETE FROM protected_handlers WHERE unit = $1 AND staff = $2", STROMSBRO, HANDLERS[1]
    )


async def queued(cases: RunningCases, identity: str = PATIENT) -> Handle:
    submission = submission_of("prescription_renewal", RENEWAL, identity, cases.monday)
    handle = await cases.start(submission)
    await cases.until_state(handle, "queued")
    await cases.quiet(handle)
    return handle


async def attributes(handle: Handle) -> dict[str, object]:
    pairs = (await handle.describe()).typed_search_attributes
    return {pair.key.name: pair.value for pair in pairs if pair.key.name.startswith("Case")}


async def details(handle: Handle) -> str:
    metadata = await handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    return str(metadata.current_details)


async def runs_of(client: Client, handle: Handle) -> list[str | None]:
    listed = client.list_workflows(f"WorkflowId = '{handle.id}'")
    return [execution.run_id async for execution in listed]


async def until_one_run(client: Client, handle: Handle) -> None:
    """Wait until no earlier run of the case is left, not in the list that lags either."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(await runs_of(client, handle)) != 1:
            pass


async def shown_of(client: Client, handle: Handle) -> bytes:
    """Return all that Temporal has of a case's runs: their histories and their visibility."""
    shown = b""
    async for execution in client.list_workflows(f"WorkflowId = '{handle.id}'"):
        run = client.get_workflow_handle(execution.id, run_id=execution.run_id)
        history = await run.fetch_history()
        shown += b"".join(event.SerializeToString() for event in history.events)
        shown += execution.raw_info.SerializeToString()
    return shown


async def protected_in_row(cases: RunningCases, handle: Handle) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await cases.pool.fetchval(
            "SELECT protected FROM cases WHERE case_id = $1", handle.id.removeprefix("case-")
        ):
            pass


async def test_a_protected_patients_case_never_shows_where_it_is(
    cases: RunningCases, client: Client
) -> None:
    handle = await queued(cases, PROTECTED)
    handler = staff("SE5560000000-TEST125", unit=PROTECTED_UNIT, prescriber=True)
    named = handler.model_copy(update={"handles_protected": True})
    await cases.act(handle, saying.take(named))
    await cases.move_to(handle, cases.monday + timedelta(days=8))

    shown = await shown_of(client, handle)

    assert not NEVER_SHOWN & (await attributes(handle)).keys()
    for telling in (PROTECTED_UNIT.encode(), PHYSICIAN_ROLE.encode(), b"prescription"):
        assert telling not in shown
        assert telling.decode() not in await details(handle)


async def test_protection_that_begins_removes_what_temporal_showed(
    cases: RunningCases, client: Client, checker: Checker
) -> None:
    handle = await queued(cases)
    before = await shown_of(client, handle)
    assert all(telling in before for telling in TELLING[:2])
    await register_says(cases, protected=True)

    counts = await checker.run()
    await protected_in_row(cases, handle)
    await until_one_run(client, handle)
    row = await cases.recorded(handle)

    assert counts == ProtectionCounts(began=1)
    assert row.projection.unit == STROMSBRO
    assert "protected_identity" in row.projection.flags
    assert row.events[-1].kind.value == "protection_changed"
    assert not NEVER_SHOWN & (await attributes(handle)).keys()
    after = await shown_of(client, handle)
    told = (await details(handle)).encode()
    assert all(telling not in after + told for telling in TELLING)
    assert await checker.run() == ProtectionCounts()


async def test_protection_that_ends_reveals_nothing_afterwards(
    cases: RunningCases, client: Client, checker: Checker
) -> None:
    handle = await queued(cases)
    await register_says(cases, protected=True)
    await checker.run()
    await protected_in_row(cases, handle)
    await until_one_run(client, handle)
    await register_says(cases, protected=False)

    counts = await checker.run()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (await cases.view(handle)).projection.protected:
            pass
    row = await cases.recorded(handle)
    await cases.act(handle, saying.take())
    await cases.move_to(handle, cases.monday + timedelta(days=8))

    assert counts == ProtectionCounts(ended=1)
    assert "protected_identity" not in row.projection.flags
    assert not NEVER_SHOWN & (await attributes(handle)).keys()
    shown = await shown_of(client, handle) + (await details(handle)).encode()
    assert all(telling not in shown for telling in TELLING)


async def test_a_case_that_somebody_else_has_goes_to_a_handler(
    cases: RunningCases, client: Client, checker: Checker
) -> None:
    handle = await queued(cases)
    await cases.act(handle, saying.take())
    await cases.act(handle, saying.ask())
    await register_says(cases, protected=True)

    await checker.run()
    await protected_in_row(cases, handle)
    await until_one_run(client, handle)
    row = await cases.recorded(handle)

    assert (row.projection.assigned_to, row.projection.state) == (HANDLERS[0], "awaiting_patient")
    assert row.events[-1].kind.value == "assigned"
    notices = await cases.pool.fetch("SELECT recipient FROM notices WHERE rule = 'assigned_to_you'")
    assert [notice["recipient"] for notice in notices] == ["owner"]


@pytest.mark.parametrize("patient", CLOSE_TO_FIRST, ids=["the handler", "a child of the handler"])
async def test_a_handler_is_not_given_a_case_so_close(
    cases: RunningCases, checker: Checker, patient: str
) -> None:
    handle = await queued(cases, patient)
    await cases.act(handle, saying.take())
    await register_says(cases, protected=True, identity=patient)

    await checker.run()
    await protected_in_row(cases, handle)
    row = await cases.recorded(handle)

    assert row.projection.assigned_to == HANDLERS[1]


@pytest.mark.parametrize("is_asked", [False, True], ids=["assigned", "awaiting_patient"])
async def test_a_case_that_no_handler_may_see_is_left_to_nobody(
    cases: RunningCases, client: Client, checker: Checker, is_asked: bool
) -> None:
    handle = await queued(cases, CLOSE_TO_FIRST[0])
    await cases.act(handle, saying.take())
    if is_asked:
        await cases.act(handle, saying.ask())
    await leave_only_the_first_handler(cases)
    await register_says(cases, protected=True, identity=CLOSE_TO_FIRST[0])

    await checker.run()
    await protected_in_row(cases, handle)
    await until_one_run(client, handle)
    row = await cases.recorded(handle)

    assert (row.projection.state, row.projection.assigned_to) == ("undeliverable", None)
    assert row.events[-1].detail == {"reason": "no_holder"}
    assert row.projection.paused is False
    told = await cases.pool.fetch("SELECT recipient FROM notices WHERE rule = 'undeliverable'")
    assert [notice["recipient"] for notice in told] == ["coordinator"]
    assert not NEVER_SHOWN & (await attributes(handle)).keys()
    assert await checker.run() == ProtectionCounts()


async def test_a_case_left_to_nobody_is_queued_when_there_is_a_handler(
    cases: RunningCases, checker: Checker
) -> None:
    patient = CLOSE_TO_FIRST[0]
    handle = await queued(cases, patient)
    await leave_only_the_first_handler(cases)
    await register_says(cases, protected=True, identity=patient)
    await checker.run()
    await cases.until_state(handle, "undeliverable")
    await cases.pool.execute(
        "INSERT INTO protected_handlers VALUES ($1, $2, '2022-01-10')", STROMSBRO, HANDLERS[1]
    )

    await handle.signal(CaseWorkflow.deliver_again)
    row = await cases.until_state(handle, "queued")

    assert row.projection.protected
    assert row.projection.unit == STROMSBRO


async def test_news_of_handlers_at_a_unit_the_case_has_left_moves_nothing(
    cases: RunningCases,
) -> None:
    handle = await queued(cases)
    await cases.act(handle, saying.take())
    news = Protection(protected=True, at=cases.now, unit=PROTECTED_UNIT)

    await handle.signal(CaseWorkflow.protect, news)
    await protected_in_row(cases, handle)

    row = await cases.recorded(handle)
    assert (row.projection.state, row.projection.assigned_to) == ("assigned", PHYSICIAN.id)


async def test_a_case_that_no_handler_may_see_is_undeliverable_from_the_start(
    cases: RunningCases,
) -> None:
    patient = CLOSE_TO_FIRST[0]
    await leave_only_the_first_handler(cases)
    await register_says(cases, protected=True, identity=patient)
    submission = submission_of("prescription_renewal", RENEWAL, patient, cases.monday)

    row = await cases.until_state(await cases.start(submission), "undeliverable")

    assert row.events[-1].detail == {"reason": "no_holder"}


async def test_a_case_goes_by_the_role_that_others_hold_than_the_patient(
    cases: RunningCases,
) -> None:
    """The patient alone holds the first role, so that the fallback role has the case."""
    await cases.pool.execute(
        "DELETE FROM staff_roles USING commissions WHERE commissions.hsa_id = commission"
        " AND unit = $1 AND role = $2 AND staff <> $3",
        *(STROMSBRO, PHYSICIAN_ROLE, HANDLERS[0]),
    )
    submission = submission_of("prescription_renewal", RENEWAL, CLOSE_TO_FIRST[0], cases.monday)

    row = await cases.until_state(await cases.start(submission), "queued")

    assert row.projection.role == "PV/sjukskoterska/recept"


async def test_only_handlers_may_touch_a_protected_case_whatever_the_api_says(
    cases: RunningCases, client: Client
) -> None:
    handle = await queued(cases)
    news = Protection(protected=True, at=cases.now, handlers=HANDLERS)
    await handle.signal(CaseWorkflow.protect, news)
    await protected_in_row(cases, handle)
    await until_one_run(client, handle)

    assert await cases.refusal(handle, saying.take(PHYSICIAN)) == "not_permitted"
    assert await cases.refusal(handle, saying.take(OTHER_PHYSICIAN)) == "not_permitted"
    without_role = HANDLER.model_copy(update={"roles": ()})
    taken = await cases.act(handle, saying.take(without_role))
    assert taken.snapshot.projection.assigned_to == HANDLERS[0]


@pytest.mark.parametrize("early", [True, False], ids=["older", "the same again"])
async def test_news_that_is_no_news_changes_nothing(
    cases: RunningCases, client: Client, early: bool
) -> None:
    handle = await queued(cases)
    news = Protection(protected=True, at=cases.now, handlers=HANDLERS)
    await handle.signal(CaseWorkflow.protect, news)
    await protected_in_row(cases, handle)
    await until_one_run(client, handle)
    before = await cases.view(handle)
    again = Protection(protected=not early, at=cases.now - timedelta(hours=1), handlers=HANDLERS)

    await handle.signal(CaseWorkflow.protect, again)

    assert (await cases.view(handle)).projection == before.projection


async def test_a_case_that_is_over_is_forgotten_by_temporal_and_marked(
    cases: RunningCases, client: Client, checker: Checker
) -> None:
    handle = await queued(cases)
    await cases.act(handle, saying.take())
    await cases.act(handle, saying.resolve())
    await cases.pass_time(handle, timedelta(days=15))
    await handle.result()
    cases.started.remove(handle.id)
    await register_says(cases, protected=True)

    counts = await checker.run()

    assert counts == ProtectionCounts(forgotten=1)
    await protected_in_row(cases, handle)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await runs_of(client, handle):
            pass
    assert await checker.run() == ProtectionCounts()


def listing_with_protection(folder: Path) -> Path:
    """Write the shipped register of citizens, in which the patient has become protected."""
    lines = (SHIPPED / "listing.csv").read_text("utf-8").splitlines()
    changed = [
        line.replace(",false,", ",true,", 1) if line.startswith(PATIENT) else line for line in lines
    ]
    file = folder / "listing.csv"
    file.write_text("\n".join([*changed, ""]), encoding="utf-8")
    return file


async def test_news_that_comes_before_admission_is_not_lost(
    cases: RunningCases, client: Client
) -> None:
    cases.valve.is_shut = True
    submission = submission_of("prescription_renewal", RENEWAL, PATIENT, cases.monday)
    handle = await cases.start(submission)
    news = Protection(protected=True, at=cases.now, handlers=HANDLERS)
    await handle.signal(CaseWorkflow.protect, news)
    cases.valve.is_shut = False

    row = await cases.until_state(handle, "queued")

    assert row.projection.protected
    assert not NEVER_SHOWN & (await attributes(handle)).keys()
    assert STROMSBRO.encode() not in await shown_of(client, handle)


async def test_an_import_of_the_listing_tells_the_cases_at_once(
    cases: RunningCases,
    region: Region,
    region_url: str,
    temporal_address: str,
    tmp_path: Path,
) -> None:
    handle = await queued(cases)
    listing = str(listing_with_protection(tmp_path))

    async with worker(cases.client, cases, region, NOTICES_QUEUE):
        words = ("import", "listing", listing, "--json")
        imported = await arende(temporal_address, tmp_path, *words, database_url=region_url)
        await protected_in_row(cases, handle)
        checked = await arende(
            temporal_address, tmp_path, "protected", "check", "--json", database_url=region_url
        )
    await until_one_run(cases.client, handle)

    assert json.loads(imported.said)["protection"] == {"differing": True, "begun": True}
    assert checked.code == 0
    assert json.loads(checked.said) == ProtectionCounts().model_dump()


async def test_a_schedule_checks_every_day(client: Client) -> None:
    await ensure_schedules(client)

    described = await client.get_schedule_handle(CHECK_PROTECTION).describe()
    await client.get_schedule_handle(CHECK_PROTECTION).delete()

    assert isinstance(described.schedule.action, ScheduleActionStartWorkflow)
    assert described.schedule.action.workflow == "CheckProtection"
    assert described.schedule.spec.intervals[0].every == timedelta(days=1)
