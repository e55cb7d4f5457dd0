"""What still works while a part is away, and how quickly the rest says so."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
from httpx2 import Response

from runtime.settings import Settings
from tests.api.calling import RENEWAL, Api, new_key, serving
from tests.api.conftest import IdleTemporal, MakeSettings
from tests.api.people import CHILD, GORAN, GUARDIAN, PERNILLA, PHYSICIANS, UNLISTED
from tests.ports import free_port

pytestmark = pytest.mark.asyncio(loop_scope="session")

SAYS_SO_WITHIN = 2.5
REFUSED_WITHIN = 1.0

_WITHOUT_WORKFLOW = """
INSERT INTO cases
SELECT copied.*
FROM cases, jsonb_populate_record(
    NULL::cases, to_jsonb(cases) || jsonb_build_object('case_id', $2::text)
) AS copied
WHERE cases.case_id = $1
"""


async def timed(answer: Awaitable[Response]) -> tuple[Response, float]:
    """Return an answer and how many seconds it took."""
    clock = asyncio.get_running_loop().time
    begun = clock()
    response = await answer
    return response, clock() - begun


@pytest_asyncio.fixture(loop_scope="session")
async def without_workers(
    make_settings: MakeSettings, database: str, idle_temporal: IdleTemporal
) -> AsyncIterator[Api]:
    async with serving(make_settings(database, idle_temporal.port)) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def without_database(
    make_settings: MakeSettings, served: Settings, tmp_path: Path
) -> AsyncIterator[Api]:
    nowhere = f"postgresql://postgres@/arende?host={tmp_path}"
    async with serving(make_settings(nowhere, served.temporal_port)) as running:
        yield running


async def test_a_submit_needs_no_worker(without_workers: Api) -> None:
    citizen, key = without_workers.citizen(GORAN), new_key()

    first = await citizen.submit(key=key)
    replay = await citizen.submit(key=key)
    other = await citizen.submit(RENEWAL | {"message": "Another"}, key=key)
    own = await citizen.get(first.headers["Location"])
    foreign = await without_workers.citizen(PERNILLA).get(first.headers["Location"])

    assert (first.status_code, replay.status_code, other.status_code) == (201, 200, 422)
    assert replay.json() == first.json()
    assert own.json() == first.json()
    assert foreign.status_code == 404


async def test_a_message_waits_for_a_worker(without_workers: Api) -> None:
    citizen = without_workers.citizen(GORAN)
    case_id = (await citizen.submit()).json()["case_id"]

    answer, seconds = await timed(citizen.send(case_id, "withdraw"))

    assert answer.status_code == 202
    assert answer.json()["state"] == "accepted"
    assert seconds < SAYS_SO_WITHIN


async def test_a_submit_needs_no_database(without_database: Api) -> None:
    citizen, key = without_database.citizen(GORAN), new_key()

    accepted = await citizen.submit(key=key)
    replay = await citizen.submit(key=key)
    unlisted = await without_database.citizen(UNLISTED).submit()

    assert (accepted.status_code, replay.status_code) == (201, 200)
    assert unlisted.status_code == 201


async def test_nobody_submits_for_another_without_the_registers(without_database: Api) -> None:
    answer = await without_database.citizen(GUARDIAN).submit(on_behalf_of=CHILD)

    assert (answer.status_code, answer.json()["code"]) == (503, "registers_unavailable")


async def test_a_citizen_reads_and_withdraws_without_a_database(without_database: Api) -> None:
    citizen = without_database.citizen(GORAN)
    case_id = (await citizen.submit()).json()["case_id"]

    withdrawn = await citizen.send(case_id, "withdraw")
    read = await citizen.get(f"/v1/cases/{case_id}")
    foreign = await without_database.citizen(PERNILLA).send(case_id, "withdraw")
    absent = await without_database.citizen(PERNILLA).send(str(uuid4()), "withdraw")

    assert withdrawn.status_code == 200, withdrawn.text
    assert (read.json()["state"], read.json()["outcome"]) == ("resolved", "withdrawn")
    assert (foreign.status_code, foreign.json()["code"]) == (503, "registers_unavailable")
    assert foreign.json() == absent.json()


async def test_a_guardian_is_told_to_come_back_without_a_database(
    api: Api, without_database: Api
) -> None:
    """Whether they still may act for the child, only the registers know."""
    case_id = (await api.citizen(GUARDIAN).submit_admitted(on_behalf_of=CHILD))["case_id"]
    guardian = without_database.citizen(GUARDIAN)

    for answer in (
        await guardian.get(f"/v1/cases/{case_id}"),
        await guardian.get(f"/v1/cases/{case_id}/events"),
        await guardian.send(case_id, "answer", {"text": "For the child."}),
        await guardian.send(case_id, "withdraw"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (503, "registers_unavailable")
    own = await without_database.citizen(CHILD).get(f"/v1/cases/{case_id}")
    assert (own.status_code, own.json()["state"]) == (200, "queued")


async def test_a_case_that_temporal_forgot_is_not_told_to_be_gone_without_a_database(
    api: Api, without_database: Api, database: str
) -> None:
    case_id, old = (await api.citizen(GORAN).submit_admitted())["case_id"], str(uuid4())
    conn = await asyncpg.connect(database)
    await conn.execute(_WITHOUT_WORKFLOW, case_id, old)
    await conn.close()

    answer = await without_database.citizen(GORAN).get(f"/v1/cases/{old}")

    assert (answer.status_code, answer.json()["code"]) == (503, "registers_unavailable")
    assert (await api.citizen(GORAN).get(f"/v1/cases/{old}")).status_code == 200


async def test_staff_are_told_to_come_back_without_a_database(without_database: Api) -> None:
    staff = without_database.staff(PHYSICIANS[0])
    case_id = (await without_database.citizen(GORAN).submit()).json()["case_id"]

    for answer in (
        await staff.get(f"/v1/cases/{case_id}"),
        await staff.send(case_id, "take"),
        await staff.get("/v1/inbox"),
        await staff.get("/v1/coverage"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (503, "registers_unavailable")
        assert answer.headers["Retry-After"]


async def test_a_temporal_that_refuses_is_told_at_once(
    make_settings: MakeSettings, database: str
) -> None:
    async with serving(make_settings(database, free_port())) as running:
        citizen = running.citizen(GORAN)

        for sent in (citizen.submit(), citizen.submit({"items": []})):
            answer, seconds = await timed(sent)
            assert (answer.status_code, answer.json()["code"]) == (503, "service_unavailable")
            assert answer.headers["Retry-After"]
            assert seconds < REFUSED_WITHIN
        ready = await running.nobody().get("/health/ready")

    assert ready.status_code == 503
    assert ready.json()["components"] == {"postgresql": "up", "temporal": "down"}


def stop(pid: int) -> None:
    """Stop a process and wait until it stands still: the signal alone may come a moment late."""
    os.kill(pid, signal.SIGSTOP)
    stat = Path(f"/proc/{pid}/stat")
    for _ in range(1_000):
        if not stat.exists() or stat.read_text("utf-8").rpartition(")")[2].split()[0] == "T":
            return
        time.sleep(0.005)
    raise TimeoutError(pid)


@pytest.mark.parametrize("is_connected", [True, False], ids=["connected", "never connected"])
async def test_a_temporal_that_hangs_is_given_up(
    make_settings: MakeSettings, database: str, idle_temporal: IdleTemporal, is_connected: bool
) -> None:
    async with serving(make_settings(database, idle_temporal.port)) as running:
        citizen = running.citizen(GORAN)
        if is_connected:
            await citizen.submit()
        stop(idle_temporal.pid)
        try:
            answer, seconds = await timed(citizen.submit())
        finally:
            os.kill(idle_temporal.pid, signal.SIGCONT)

    assert (answer.status_code, answer.json()["code"]) == (503, "service_unavailable")
    assert answer.headers["Retry-After"]
    assert seconds < SAYS_SO_WITHIN


async def test_a_database_that_hangs_holds_up_no_submit(api: Api, database: str) -> None:
    conn = await asyncpg.connect(database)
    async with conn.transaction():
        await conn.execute("LOCK TABLE citizens, listings, commissions IN ACCESS EXCLUSIVE MODE")
        accepted, seconds = await timed(api.citizen(GORAN).submit())
        inbox, waited = await timed(api.staff(PHYSICIANS[0]).get("/v1/inbox"))
    await conn.close()

    assert accepted.status_code == 201
    assert seconds < SAYS_SO_WITHIN
    assert (inbox.status_code, inbox.json()["code"]) == (503, "registers_unavailable")
    assert waited < SAYS_SO_WITHIN
