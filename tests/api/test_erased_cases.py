"""A case whose time is over is nobody's: no reader finds it, and its key never begins another."""

from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
import pytest

from commands.disposal.executions import delete_executions
from domain.submission import CaseId
from runtime.temporal import connect
from store.erasure import Tombstone, erase_case
from store.pool import open_pool
from tests.api.calling import DECIDED, RENEWAL, Api, new_key
from tests.api.people import HENRIK, PHYSICIANS
from tests.api.test_closed_cases import close

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def erase(api: Api, database: str, case_id: str, *, also_in_temporal: bool) -> None:
    """Erase a closed case as an approved run does."""
    now = datetime.now(UTC)
    tombstone = Tombstone(
        case_id=case_id,
        closed_at=now,
        erased_at=now,
        retention_class="record_support",
        run=str(uuid4()),
    )
    if also_in_temporal:
        await delete_executions(await connect(api.settings), case_id)
    async with await open_pool(database, 1) as pool, pool.acquire() as conn, conn.transaction():
        await erase_case(conn, tombstone)


@pytest.mark.parametrize("also_in_temporal", [True, False], ids=["gone", "still in Temporal"])
async def test_erased_case_is_found_by_nobody_and_its_key_is_spent(
    api: Api, database: str, also_in_temporal: bool
) -> None:
    citizen, physician, key = api.citizen(HENRIK), api.staff(PHYSICIANS[0]), new_key()
    case_id = (await citizen.submit_admitted(key=key))["case_id"]
    await physician.send(case_id, "take")
    await physician.send(case_id, "resolve", DECIDED | {"outcome": "no_action"})
    await close(api, database, case_id)
    assert (await citizen.get(f"/v1/cases/{case_id}")).status_code == 200

    await erase(api, database, case_id, also_in_temporal=also_in_temporal)

    answers = [
        await citizen.get(f"/v1/cases/{case_id}"),
        await citizen.get(f"/v1/cases/{case_id}/events"),
        await citizen.send(case_id, "reopen"),
        await physician.get(f"/v1/cases/{case_id}"),
        await physician.send(case_id, "note", {"text": "Late."}),
    ]
    assert [(each.status_code, each.json()["code"]) for each in answers] == [(404, "not_found")] * 5
    absent = await citizen.get(f"/v1/cases/{uuid4()}")
    assert answers[0].json() == absent.json()
    own = (await citizen.get("/v1/cases?limit=100")).json()["items"]
    assert case_id not in {case["case_id"] for case in own}

    repeats = [
        await citizen.submit(key=key),
        await citizen.submit(RENEWAL | {"contact_phone": "+46701740606"}, key=key),
    ]
    assert [(each.status_code, each.json()["code"]) for each in repeats] == [
        (410, "case_erased")
    ] * 2
    conn = await asyncpg.connect(database)
    rows = await conn.fetch("SELECT state, patient FROM cases WHERE case_id = $1", CaseId(case_id))
    await conn.close()
    assert [tuple(row) for row in rows] == [("closed", None)]


async def test_every_case_of_the_api_has_a_salt_of_its_own(api: Api, database: str) -> None:
    citizen = api.citizen(HENRIK)
    ids = [(await citizen.submit_admitted())["case_id"] for _ in range(2)]

    conn = await asyncpg.connect(database)
    salts = await conn.fetch(
        "SELECT DISTINCT case_id, salt FROM case_events WHERE case_id = ANY ($1)", ids
    )
    await conn.close()

    assert len({row["salt"] for row in salts}) == len(salts) == 2
    for row in salts:
        whose, _, chance = row["salt"].partition(":")
        assert (whose, len(chance)) == (str(row["case_id"]), 32)
