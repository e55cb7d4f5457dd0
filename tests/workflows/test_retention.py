"""A case's whole end: approved by two, erased everywhere, proved, and again after a restore."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.service import RPCError, RPCStatusCode

from domain.carried import CaseStart
from domain.submission import CaseId, workflow_id_for
from runtime import temporal_server
from runtime.issuer import LocalIssuer
from runtime.settings import Settings
from store.pool import Connection, open_pool
from tests.command import Ended, run_arende
from tests.ports import free_port
from tests.temporal import temporal_on
from tests.workflows import saying
from tests.workflows.people import PATIENT
from tests.workflows.renewal import RENEWAL
from tests.workflows.running import Handle, RunningCases, submission_of
from workflows.case import CaseWorkflow

OPERATIONS = ("SE5560000000-TEST188", "SE5560000000-TESTC188")
REVIEWER = ("SE5560000000-TEST184", "SE5560000000-TESTC184")
OTHER_REVIEWER = ("SE5560000001-TEST185", "SE5560000001-TESTC185")
CANARY, SALT = "canary-0815", "5a17" * 8
PHONE = str(RENEWAL["contact_phone"])
REGISTERS = {"citizens", "listings", "guardians"}
"""Tables that hold persons whether they have a case or not."""

DECISION = "--decision=RG-2036-17"


@dataclass(frozen=True)
class Archive:
    """The command as its users run it, on one database."""

    temporal: str
    folder: Path
    url: str

    async def __call__(self, *words: str, by: tuple[str, str] | None = None) -> Ended:
        """Run `arende retention` with these words, with a token of who does it."""
        token = ["--token-file", str(self._token(by))] if by else []
        environment = {
            "ARENDE_MODE": "local",
            "ARENDE_DATA_DIR": str(self.folder),
            "ARENDE_DATABASE_URL": self.url,
            "TEMPORAL_ADDRESS": self.temporal,
        }
        return await run_arende(os.environ | environment, "retention", *words, *token)

    async def told(self, *words: str, by: tuple[str, str] | None = None) -> dict[str, Any]:
        ended = await self(*words, "--json", by=by)
        assert ended.code == 0, ended
        told: dict[str, Any] = json.loads(ended.said)
        return told

    def _token(self, by: tuple[str, str]) -> Path:
        settings = Settings(
            _env_file=None, mode="local", data_dir=self.folder, database_url=self.url
        )
        file = self.folder / f"{by[0]}.token"
        file.write_text(LocalIssuer(settings).staff_token(*by, datetime.now(UTC)), "utf-8")
        return file


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def temporal_address(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """A dev server that removes a workflow when told, not half a minute after it closed."""
    port = free_port()
    with pytest.MonkeyPatch.context() as patch:
        for name in ("transfer", "visibility"):
            key = f"history.{name}ProcessorUpdateAckInterval"
            patch.setitem(temporal_server._DYNAMIC_CONFIG, key, '"50ms"')
        server = await temporal_on(port, tmp_path_factory.mktemp("temporal"))
    try:
        yield f"127.0.0.1:{port}"
    finally:
        await server.stop()


@pytest.fixture
def archive(temporal_address: str, region_url: str, tmp_path: Path) -> Archive:
    return Archive(temporal_address, tmp_path, region_url)


async def closed_case(cases: RunningCases) -> Handle:
    """Live a whole life with a text of everybody's, and let eleven years pass in its row."""
    submission = submission_of("prescription_renewal", RENEWAL, PATIENT, cases.now)
    handle = await cases.client.start_workflow(
        CaseWorkflow.run,
        CaseStart(submission=submission, salt=SALT),
        id=workflow_id_for(submission.case_id),
        task_queue=cases.queue,
        task_timeout=timedelta(seconds=3),
    )
    await cases.until_state(handle, "queued")
    for message in (saying.take(), saying.ask(), saying.answer(), saying.note(CANARY)):
        await cases.act(handle, message)
    await cases.act(handle, saying.resolve())
    await cases.recorded(handle)
    await cases.pass_time(handle, timedelta(days=15))
    await handle.result()
    await cases.pool.execute("UPDATE cases SET closed_at = closed_at - interval '11 years'")
    return handle


async def started(cases: RunningCases, closed: Handle, queue: str | None = None) -> Handle:
    """Start a case under an id that was one before, as a caller would with the same key."""
    case_id = CaseId(closed.id.removeprefix("case-"))
    submission = submission_of("prescription_renewal", RENEWAL, PATIENT, cases.now)
    return await cases.client.start_workflow(
        CaseWorkflow.run,
        CaseStart(submission=submission.model_copy(update={"case_id": case_id})),
        id=closed.id,
        task_queue=queue or cases.queue,
    )


async def dump(conn: Connection) -> dict[str, str]:
    """Return every row of every table but the registers as text, by table."""
    tables = await conn.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return {
        table: "\n".join(
            row[0]
            for row in await conn.fetch(f'SELECT to_jsonb(t)::text FROM "{table}" AS t')  # noqa: S608 - names of tables
        )
        for (table,) in tables
        if table not in REGISTERS
    }


def marked(dumped: dict[str, str]) -> set[tuple[str, str]]:
    """Return which canary stands in which table."""
    canaries = (CANARY, PATIENT, PHONE, SALT)
    return {(table, mark) for table, text in dumped.items() for mark in canaries if mark in text}


async def approved_run(archive: Archive) -> str:
    run: str = (await archive.told("propose", DECISION, by=OTHER_REVIEWER))["run"]
    for person in (OPERATIONS, REVIEWER):
        assert (await archive("approve", run, "--as", person[0], by=person)).code == 0
    return run


async def is_gone(handle: Handle) -> bool:
    try:
        await handle.describe()
    except RPCError as error:
        return error.status is RPCStatusCode.NOT_FOUND
    return False


async def until_gone(handle: Handle) -> None:
    async with asyncio.timeout(60):
        while not await is_gone(handle):
            pass


@pytest.fixture
async def copy_url(
    region_pool: asyncpg.Pool, region_url: str, closed: Handle
) -> AsyncIterator[str]:
    """A copy of the database from before the erasure, as a restore brings it back."""
    name = f"copy_{uuid4().hex[:8]}"
    parts = urlsplit(region_url)
    source = parts.path.removeprefix("/")
    admin = await asyncpg.connect(region_url.replace(f"/{source}", "/postgres", 1))
    await admin.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", source
    )
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE {source}")
    yield region_url.replace(f"/{source}", f"/{name}", 1)
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


@pytest.fixture
async def closed(cases: RunningCases) -> Handle:
    """A closed case that is due."""
    return await closed_case(cases)


async def test_erased_case_is_gone_everywhere_and_stays_gone_after_a_restore(
    archive: Archive, cases: RunningCases, closed: Handle, copy_url: str
) -> None:
    case_id = closed.id.removeprefix("case-")
    async with cases.pool.acquire() as conn:
        before = marked(await dump(conn))
    run = await approved_run(archive)

    result = await archive.told("run", run)
    proof = await archive.told("proof", run)

    assert (result["listed"], result["erased"], result["stopped"]) == (1, 1, [])
    assert result["leaving"] == 1
    await until_gone(closed)
    assert (await archive.told("run", run))["leaving"] == 0
    async with cases.pool.acquire() as conn:
        assert marked(await dump(conn)) == set()
        statistics = await conn.fetch("SELECT most_common_vals::text FROM pg_stats")
    assert not [row for row in statistics if CANARY in (row[0] or "")]
    assert {table for table, _ in before} == {"cases", "case_events"}
    assert [each["case_id"] for each in proof["proofs"]] == [case_id]
    assert (proof["altered"], proof["unproved"]) == ([], [])
    [told] = proof["proofs"]
    assert set(told["approvers"]) == {OPERATIONS[0], REVIEWER[0]}
    assert (told["decision"], told["retention_class"]) == ("RG-2036-17", "record_support")
    assert not any(mark in json.dumps(proof) for mark in (CANARY, PATIENT, PHONE, SALT))

    assert (await (await started(cases, closed)).result()).already_recorded
    file = archive.folder / "proofs.json"
    file.write_text(json.dumps(proof), "utf-8")
    restored = Archive(archive.temporal, archive.folder, copy_url)
    counts = [await restored.told("replay", "--from", str(file)) for _ in range(2)]

    assert counts == [
        {"erased": 1, "already": 0, "absent": 0},
        {"erased": 0, "already": 1, "absent": 0},
    ]
    async with await open_pool(copy_url, 1) as pool, pool.acquire() as conn:
        assert marked(await dump(conn)) == set()
    assert await restored.told("proof", run) == proof
    await until_gone(closed)


async def test_run_stops_before_a_held_case_and_goes_on_when_it_is_released(
    archive: Archive, cases: RunningCases, closed: Handle
) -> None:
    case_id = closed.id.removeprefix("case-")
    run = await approved_run(archive)
    assert (await archive("hold", case_id, DECISION, by=REVIEWER)).code == 0

    stopped = await archive("run", run, "--json")

    assert stopped.code == 3
    assert json.loads(stopped.said)["stopped"] == [{"case_id": case_id, "hindrance": "held"}]
    assert await cases.row(closed) is not None
    assert not await is_gone(closed)
    assert (await archive("release", case_id, DECISION, by=REVIEWER)).code == 0
    assert (await archive.told("run", run))["erased"] == 1
    assert (await archive.told("run", run))["erased"] == 1
    assert await cases.row(closed) is None


async def test_run_stops_before_a_case_that_changed_or_still_runs(
    archive: Archive, cases: RunningCases, closed: Handle
) -> None:
    run = await approved_run(archive)
    await cases.pool.execute("UPDATE cases SET rev = rev + 1")
    changed = await archive("run", run, "--json")
    await cases.pool.execute("UPDATE cases SET rev = rev - 1")
    await cases.client.workflow_service.delete_workflow_execution(
        DeleteWorkflowExecutionRequest(
            namespace=cases.client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=closed.id),
        )
    )
    await until_gone(closed)
    running = await started(cases, closed, queue="nobody")
    still_open = await archive("run", run, "--json")

    reasons = [json.loads(ended.said)["stopped"][0]["hindrance"] for ended in (changed, still_open)]
    assert reasons == ["changed", "open"]
    assert await cases.row(closed) is not None
    assert not await is_gone(running)
    await running.terminate()


async def test_run_without_both_approvals_erases_nothing(
    archive: Archive, cases: RunningCases, closed: Handle
) -> None:
    run = (await archive.told("propose", DECISION, by=OTHER_REVIEWER))["run"]
    unapproved = await archive("run", run)
    await archive("approve", run, "--as", OPERATIONS[0], by=OPERATIONS)
    half = await archive("run", run)

    assert (unapproved.code, half.code) == (1, 1)
    assert await cases.row(closed) is not None


async def test_proofs_that_were_changed_erase_nothing(
    archive: Archive, cases: RunningCases, closed: Handle
) -> None:
    """Else a file could erase any case, whatever anybody decided."""
    proof = {
        "case_id": closed.id.removeprefix("case-"),
        "run": str(uuid4()),
        "decision": "forged",
        "plan_hash": "",
        "proposed_by": OPERATIONS[0],
        "approvers": [],
        "retention_class": "administrative",
        "service": "prescription_renewal",
        "closed_at": "2020-01-01T00:00:00Z",
        "until": "2022-01-01",
        "erased_at": "2022-01-02T00:00:00Z",
        "events": 1,
        "chain": "",
    }
    file = archive.folder / "forged.json"
    file.write_text(json.dumps({"proofs": [proof], "seal": "0" * 64}), "utf-8")

    assert (await archive("replay", "--from", str(file))).code == 1
    assert await cases.row(closed) is not None
