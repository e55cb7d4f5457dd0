"""A guardian's rights: only for a child under 13, and only while the register says so."""

from datetime import datetime
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from api.proxies import is_ruled_out
from tests.api.calling import Api
from tests.api.people import CHILD, GUARDIAN

ZONE = ZoneInfo("Europe/Stockholm")


@pytest.mark.parametrize(
    ("local", "ruled_out"),
    [
        (datetime(2032, 8, 20, 23, 59, tzinfo=ZONE), False),
        (datetime(2032, 8, 21, 0, 0, tzinfo=ZONE), True),
    ],
)
def test_the_right_ends_at_midnight_of_the_13th_birthday(local: datetime, ruled_out: bool) -> None:
    assert is_ruled_out(None, "201908219940", local) is ruled_out


@pytest.mark.asyncio(loop_scope="session")
async def test_a_former_guardian_sees_nothing_more(api: Api, database: str) -> None:
    guardian = api.citizen(GUARDIAN)
    case_id = (await guardian.submit_admitted(on_behalf_of=CHILD))["case_id"]
    before = (await guardian.get("/v1/cases")).json()["items"]
    conn = await asyncpg.connect(database)
    await conn.execute("DELETE FROM guardians WHERE child = $1", CHILD)
    try:
        read = await guardian.get(f"/v1/cases/{case_id}")
        withdrawn = await guardian.send(case_id, "withdraw")
        listed = (await guardian.get("/v1/cases")).json()["items"]
    finally:
        await conn.execute("INSERT INTO guardians VALUES ($1, $2)", CHILD, GUARDIAN)
        await conn.close()

    assert case_id in {case["case_id"] for case in before}
    assert (read.status_code, withdrawn.status_code) == (404, 404)
    assert case_id not in {case["case_id"] for case in listed}
    assert (await api.citizen(CHILD).get(f"/v1/cases/{case_id}")).status_code == 200
