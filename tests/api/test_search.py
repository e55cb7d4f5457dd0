"""The search for a patient's cases: one's own unit, a reason, and never in haste."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from tests.api.calling import Api
from tests.api.people import (
    ADMINISTRATOR,
    COORDINATOR,
    GORAN,
    HENRIK,
    OPERATIONS_MANAGER,
    PERNILLA,
    PHYSICIANS,
    STRANGER,
    Employee,
    employee,
)
from tests.api.stage import STAFF_CHILD, STAFF_PATIENT

pytestmark = pytest.mark.asyncio(loop_scope="session")

PHYSICIAN, HASTY = PHYSICIANS[2], employee(147)
DOUBLE, NAMED = PHYSICIANS[3], employee(107)
"""A physician who is a patient and a parent too, and a nurse whom the unit has named."""

LAST_ROW = """
SELECT action, reason, note, patients::text[] AS patients, case_ids
FROM access_log
WHERE staff = $1
ORDER BY entry DESC
LIMIT 1
"""
BODY = {"identity": PERNILLA, "reason": "patient_contact"}


@pytest_asyncio.fixture(loop_scope="session")
async def conn(database: str) -> AsyncIterator[asyncpg.Connection]:
    opened = await asyncpg.connect(database)
    yield opened
    await opened.close()


async def test_a_search_finds_the_patients_cases_at_ones_unit_and_of_ones_roles(api: Api) -> None:
    ids = [(await api.citizen(PERNILLA).submit_admitted())["case_id"] for _ in range(2)]
    await api.citizen(GORAN).submit_admitted()
    await api.staff(PHYSICIAN).send(ids[0], "take")

    found = (await api.staff(PHYSICIAN).post("/v1/inbox/search", BODY)).json()["items"]

    assert [item["case_id"] for item in found][:2] == ids[::-1]
    assert {item["patient"]["identity"] for item in found} == {PERNILLA}
    assert {item["state"] for item in found} >= {"queued", "assigned"}
    by_lead = await api.staff(COORDINATOR).post("/v1/inbox/search", BODY)
    assert {item["case_id"] for item in by_lead.json()["items"]} >= set(ids)
    for elsewhere in (ADMINISTRATOR, STRANGER):
        answer = await api.staff(elsewhere).post("/v1/inbox/search", BODY)
        assert (answer.status_code, answer.json()["items"]) == (200, [])


async def test_a_search_that_finds_nothing_is_logged_with_its_reason(
    api: Api, conn: asyncpg.Connection
) -> None:
    body = {"identity": PERNILLA, "reason": "other", "text": "She waits in the corridor"}
    with capture_logs() as logs:
        answer = await api.staff(STRANGER).post("/v1/inbox/search", body)

    row = await conn.fetchrow(LAST_ROW, STRANGER.hsa_id)
    assert answer.json()["items"] == []
    assert row is not None
    assert tuple(row) == ("search", "other", "She waits in the corridor", [PERNILLA], [None])
    assert "corridor" not in str(logs)
    assert PERNILLA not in str(logs)


@pytest.mark.parametrize("identity", [STAFF_PATIENT, STAFF_CHILD], ids=["oneself", "a child"])
async def test_a_search_for_those_close_to_one_is_refused_and_logged(
    api: Api, conn: asyncpg.Connection, identity: str
) -> None:
    body = {"identity": identity, "reason": "other", "text": "I only wondered"}
    await api.citizen(STAFF_PATIENT).submit_admitted()
    rows = "SELECT count(*) FROM access_log WHERE staff = $1"
    before = await conn.fetchval(rows, DOUBLE.hsa_id)

    answer = await api.staff(DOUBLE).post("/v1/inbox/search", body)

    assert (answer.status_code, answer.json()["code"]) == (403, "own_case")
    row = await conn.fetchrow(LAST_ROW, DOUBLE.hsa_id)
    assert row is not None
    assert tuple(row) == ("search", "other", "I only wondered", [identity], [None])
    assert await conn.fetchval(rows, DOUBLE.hsa_id) == before + 1


async def test_a_patient_whom_the_register_protects_is_found_by_the_named_alone_and_masked(
    api: Api, conn: asyncpg.Connection
) -> None:
    """The case has not heard of it yet, and its own flag still says otherwise."""
    case_id = (await api.citizen(HENRIK).submit_admitted())["case_id"]
    body = {"identity": HENRIK, "reason": "patient_contact"}
    say = "UPDATE citizens SET protected = $2 WHERE identity = $1"

    async def found_by(*people: Employee) -> list[dict[str, dict[str, object]]]:
        answers = [await api.staff(who).post("/v1/inbox/search", body) for who in people]
        assert {answer.status_code for answer in answers} == {200}
        return [{row["case_id"]: row for row in one.json()["items"]} for one in answers]

    unprotected, _ = await found_by(PHYSICIAN, COORDINATOR)
    await conn.execute(say, HENRIK, True)
    try:
        by_role, by_lead, by_name = await found_by(PHYSICIAN, COORDINATOR, NAMED)
    finally:
        await conn.execute(say, HENRIK, False)

    assert unprotected[case_id]["patient"]
    assert by_role == by_lead == {}
    assert (by_name[case_id]["protected"], by_name[case_id]["patient"]) == (True, None)
    for who in (PHYSICIAN, COORDINATOR):
        row = await conn.fetchrow(LAST_ROW, who.hsa_id)
        assert row is not None
        assert tuple(row) == ("search", "patient_contact", None, [HENRIK], [None])


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        pytest.param({"identity": PERNILLA}, "/reason", id="no reason"),
        pytest.param(BODY | {"reason": "curiosity"}, "/reason", id="no such reason"),
        pytest.param(BODY | {"reason": "other"}, "/text", id="other without a text"),
        pytest.param(BODY | {"text": "As 19710620-9823 asked"}, "/text", id="an identity beside"),
        pytest.param(BODY | {"identity": "197210219834"}, "/identity", id="wrong check digit"),
        pytest.param(BODY | {"identity": "7210219833"}, "/identity", id="ten digits"),
        pytest.param(BODY | {"unit": "SE5560000000-TEST002"}, "/unit", id="another unit"),
    ],
)
async def test_a_search_says_whom_it_is_for_and_why(
    api: Api, conn: asyncpg.Connection, body: dict[str, str], pointer: str
) -> None:
    before = await conn.fetchval("SELECT count(*) FROM access_log")

    answer = await api.staff(PHYSICIAN).post("/v1/inbox/search", body)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_body")
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert body["identity"] not in answer.text
    assert await conn.fetchval("SELECT count(*) FROM access_log") == before


async def test_whoever_works_at_no_unit_searches_nothing(api: Api) -> None:
    answer = await api.staff(OPERATIONS_MANAGER).post("/v1/inbox/search", BODY)

    assert answer.status_code == 403


async def test_more_than_sixty_searches_a_minute_are_refused_and_told(
    api: Api, conn: asyncpg.Connection
) -> None:
    await conn.execute(
        "INSERT INTO access_log (at, staff, commission, action, patients, case_ids)"
        " SELECT now() - interval '30 seconds', $1, $2, 'search', ARRAY[$3]::identity[],"
        " ARRAY[NULL::uuid] FROM generate_series(1, 59)",
        *HASTY,
        GORAN,
    )

    hasty = api.staff(HASTY)
    at_once = await asyncio.gather(*(hasty.post("/v1/inbox/search", BODY) for _ in range(6)))
    with capture_logs() as logs:
        refused = await hasty.post("/v1/inbox/search", BODY)
    another = await api.staff(PHYSICIAN).post("/v1/inbox/search", BODY)

    assert sorted(answer.status_code for answer in at_once) == [200, *[429] * 5]
    assert (refused.status_code, another.status_code) == (429, 200)
    assert refused.json()["code"] == "too_many_requests"
    assert int(refused.headers["Retry-After"]) > 0
    [alert] = [line for line in logs if line["event"] == "searches_exceeded"]
    assert alert["log_level"] == "error"
    assert HASTY.hsa_id not in str(logs)
