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

import asyncpg
import httpx2
import pytest

from runtime.processes import ChildDiedError
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
        mail = await first_mail(around)
    finally:
        for child in (api, *(worker for worker, _ in workers)):
            await child.stop()

    assert case["state"] == "queued"
    assert mail["To"] in {f"test{number}@se5560000000.example" for number in range(101, 130)}
    said = str(mail)
    for word in (case["case_id"], case["reference"], HENRIK, PHYSICIANS[0].hsa_id, "recept"):
        assert word not in said
    assert [await child.ended() for child, _ in workers] == [0, 0]


async def test_doctor_ends_with_an_error_before_anything_is_migrated(prepared: Machine) -> None:
    with pytest.raises(ChildDiedError) as died:
        await prepared.run("doctor", "doctor", "--installation")

    assert "is not applied. Run `arende migrate`." in died.value.last_words


async def test_users_reach_their_own_databases_only(prepared: Machine) -> None:
    async def connect(user: str, database: str) -> None:
        url = prepared.database_url.replace("//arende:", f"//{user}:")
        conn = await asyncpg.connect(url.replace("/arende?", f"/{database}?"))
        await conn.close()

    for database in ("temporal", "temporal_visibility"):
        await connect("temporal", database)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connect("arende", database)
    await connect("arende", "arende")
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
                case: dict[str, Any] = (await client.get(answer.headers["Location"])).json()
                if case["state"] == "queued":
                    return case
                await asyncio.sleep(0.2)


async def first_mail(around: Outside) -> EmailMessage:
    """Wait until the mail server has taken a message."""
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while not around.mail.messages:  # noqa: ASYNC110 - it is filled by another thread
            await asyncio.sleep(0.2)
    return message_from_bytes(around.mail.messages[0], policy=email.policy.default)
