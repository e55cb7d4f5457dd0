"""A guardian's rights: only for a child under 13, and only while the register says so."""

from datetime import datetime
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from api.proxies import is_ruled_out
from tests.api.calling import Api
from tests.api.people import CHILD, GUARDIAN
from tests.unit.form_samples import CATALOGUE, entry

ZONE = ZoneInfo("Europe/Stockholm")


SERVICES = [service.code for service in CATALOGUE.services]


@pytest.mark.parametrize(
    ("service", "local", "ruled_out"),
    [
        ("certificate", datetime(2032, 8, 20, 23, 59, tzinfo=ZONE), False),
        ("certificate", datetime(2032, 8, 21, 0, 0, tzinfo=ZONE), True),
        ("contraception", datetime(2026, 11, 23, 12, 0, tzinfo=ZONE), True),
    ],
)
def test_the_right_ends_at_midnight_of_the_13th_birthday(
    service: str, local: datetime, ruled_out: bool
) -> None:
    assert is_ruled_out(entry(service), CHILD, local) is ruled_out


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("service", SERVICES)
async def test_a_guardian_submits_every_service_but_contraception(api: Api, service: str) -> None:
    described = (await api.nobody().get(f"/v1/services/{service}")).json()

    answer = await api.citizen(GUARDIAN).submit(
        described["examples"][0], service=service, on_behalf_of=CHILD
    )

    if service == "contraception":
        assert (answer.status_code, answer.json()["code"]) == (403, "proxy_not_allowed")
    else:
        assert answer.status_code == 201, answer.text


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
