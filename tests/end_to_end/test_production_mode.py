"""The production topology at work: separate processes in production mode, from form to mail."""

import asyncio
import email.policy
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import asyncpg
import httpx2
import pytest
from temporalio.client import (
    Client,
    ScheduleActionExecutionStartWorkflow,
    ScheduleActionResult,
    ScheduleOverlapPolicy,
)

from runtime.payload_keys import key_ring
from runtime.processes import ChildDiedError
from runtime.schedules import SCHEDULES
from runtime.temporal import data_converter
from tests.api.calling import RENEWAL
from tests.api.people import HENRIK, PHYSICIANS
from tests.end_to_end.outside import Outside, outside
from tests.end_to_end.production import Machine, machine
from tests.region import SHIPPED

_PATIENCE_SECONDS = 60
URGENT = RENEWAL | {"items": [RENEWAL["items"][0] | {"supply_left_days": 0}]}
"""The staff hear of an urgent case at once, also outside opening hours."""


@pytest.fixture
async def around(tmp_path: Path) -> AsyncIterator[Outside]:
    """An issuer and a mail server."""
    async with outside(tmp_path) as servers:
        yield servers


@pytest.fixture
async def prepared(around: Outside) -> AsyncIterator[Machine]:
    """PostgreSQL and Temporal as compose prepares them, nothing of ours started yet."""
    # Not pytest's own folder: the system user of PostgreSQL could not reach it.
    with TemporaryDirectory(prefix="arende-production-") as folder:
        async with machine(Path(folder), around) as running:
            yield running


async def test_case_goes_from_a_form_to_a_mail_on_separate_processes(
    prepared: Machine, around: Outside
) -> None:
    await prepared.run("migrate")
    await prepared.run("import", "import", "all", str(SHIPPED))
    workers = [
        await prepared.start("worker", f"worker-{number}", "ARENDE_WORKER_HEALTH_PORT")
        for number in (1, 2)
    ]
    api, port = await prepared.start("api", "api", "ARENDE_HTTP_PORT")
    try:
        await prepared.run("doctor", "doctor", "--installation")
        case = await submitted(f"http://127.0.0.1:{port}", around)
        await read_by_staff(f"http://127.0.0.1:{port}", around, case["case_id"])
        mail = await first_mail(around)
        await all_that_recurs(prepared)
        users = await logins_at_work(prepared)
        await prepared.run("import", "retention", "plan")
    finally:
        for child in (api, *(worker for worker, _ in workers)):
            await child.stop()

    assert case["state"] == "queued"
    assert mail["To"] in {f"test{number}@se5560000000.example" for number in range(101, 130)}
    said = str(mail)
    for word in (case["case_id"], case["reference"], HENRIK, PHYSICIANS[0].hsa_id, "recept"):
        assert word not in said
    assert [await child.ended() for child, _ in workers] == [0, 0]
    assert users == {"arende_service"}


async def test_doctor_ends_with_an_error_before_anything_is_migrated(prepared: Machine) -> None:
    with pytest.raises(ChildDiedError):
        await prepared.run("doctor", "doctor", "--installation")

    said = (prepared.folder / "doctor.log").read_text("utf-8")
    assert "is not applied. Run `arende migrate`." in said


async def test_service_may_not_do_what_takes_the_owner(prepared: Machine) -> None:
    await prepared.run("migrate")

    for words in (["retention", "hold", str(uuid4()), "--decision", "D1"], ["migrate"]):
        with pytest.raises(ChildDiedError):
            await prepared.run("api", *words)
    conn = await asyncpg.connect(prepared.database_url("postgres://postgres@here/arende"))
    try:
        may = await conn.fetchrow(_RIGHTS)
    finally:
        await conn.close()
    assert may is not None
    assert dict(may) == {"owner": "arende", "adds": True, "changes": False, "proves": False}


_RIGHTS = """
SELECT tableowner AS owner,
       has_table_privilege('arende_service', 'access_log', 'INSERT') AS adds,
       has_table_privilege('arende_service', 'access_log', 'UPDATE, DELETE, TRUNCATE') AS changes,
       has_table_privilege('arende_service', 'erasure_proofs', 'INSERT') AS proves
FROM pg_tables WHERE tablename = 'access_log'
"""


async def test_users_reach_their_own_databases_only(prepared: Machine) -> None:
    async def connect(user: str, database: str) -> None:
        url = prepared.database_url(f"postgres://{user}:any@postgres/{database}")
        conn = await asyncpg.connect(url)
        await conn.close()

    for database in ("temporal", "temporal_visibility"):
        await connect("temporal", database)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connect("arende", database)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connect("arende_service", database)
    await connect("arende", "arende")
    await connect("arende_service", "arende")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connect("temporal", "arende")


async def submitted(url: str, around: Outside) -> dict[str, Any]:
    """Submit as a citizen with a token of the issuer, and wait until the case lies with a role."""
    token = around.issuer.token({"identity": HENRIK}, datetime.now(UTC))
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "production-1"}
    body = {"service": "prescription_renewal", "answers": URGENT}
    async with httpx2.AsyncClient(base_url=url, trust_env=False, headers=headers) as client:
        answer = await client.post("/v1/cases", json=body)
        assert answer.status_code == 201, answer.text
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while True:
                [case] = (await client.get("/v1/cases")).json()["items"] or [answer.json()]
                if case["state"] == "queued":
                    return dict(case)
                await asyncio.sleep(0.2)


async def read_by_staff(url: str, around: Outside, case_id: str) -> None:
    """Read the case as a physician does, which is logged first."""
    person = {
        "employeeHsaId": PHYSICIANS[0].hsa_id,
        "commissionHsaId": PHYSICIANS[0].commission,
    }
    headers = {"Authorization": f"Bearer {around.issuer.token(person, datetime.now(UTC))}"}
    async with httpx2.AsyncClient(base_url=url, trust_env=False, headers=headers) as client:
        answer = await client.get(f"/v1/cases/{case_id}")
    assert answer.status_code == 200, answer.text


async def all_that_recurs(prepared: Machine) -> None:
    """Trigger every schedule and wait until what it starts has come to its end."""
    ring = key_ring(prepared.given["ARENDE_PAYLOAD_KEYS"])
    client = await Client.connect(
        prepared.temporal_address,
        namespace="arende",
        data_converter=data_converter(ring, "arende"),
    )
    for name in SCHEDULES:
        schedule = client.get_schedule_handle(name)
        before = {_run_of(done) for done in (await schedule.describe()).info.recent_actions}
        await schedule.trigger(overlap=ScheduleOverlapPolicy.BUFFER_ONE)
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while True:
                done = (await schedule.describe()).info.recent_actions
                new = [one for one in done if _run_of(one) not in before]
                if new:
                    break
                await asyncio.sleep(0.2)
            assert isinstance(new[0].action, ScheduleActionExecutionStartWorkflow)
            await client.get_workflow_handle(
                new[0].action.workflow_id, run_id=new[0].action.first_execution_run_id
            ).result()


def _run_of(done: ScheduleActionResult) -> str:
    assert isinstance(done.action, ScheduleActionExecutionStartWorkflow)
    return done.action.first_execution_run_id


async def logins_at_work(prepared: Machine) -> set[str]:
    """Return as whom API and workers are connected."""
    conn = await asyncpg.connect(prepared.database_url("postgres://postgres@here/arende"))
    try:
        rows = await conn.fetch(
            "SELECT DISTINCT usename FROM pg_stat_activity"
            " WHERE datname = 'arende' AND backend_type = 'client backend'"
            " AND pid <> pg_backend_pid()"
        )
    finally:
        await conn.close()
    return {row["usename"] for row in rows}


async def first_mail(around: Outside) -> EmailMessage:
    """Wait until the mail server has taken a message."""
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while not around.mail.messages:  # noqa: ASYNC110 - it is filled by another thread
            await asyncio.sleep(0.2)
    return message_from_bytes(around.mail.messages[0], policy=email.policy.default)
