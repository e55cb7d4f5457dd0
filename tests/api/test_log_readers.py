"""Who reads the access log: the patient their own extract, the reviewer a sample [L3, L4]."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from domain.access_reviews import Period, SampleRule
from store.access_reviews import draw_reviews
from tests.api.calling import Api
from tests.api.people import (
    CHILD,
    COORDINATOR,
    GUARDIAN,
    PHYSICIANS,
    STROMSBRO,
    ULRIKA,
    UNIT_MANAGER,
    Employee,
    employee,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")

PHYSICIAN = PHYSICIANS[1]
REVIEWER, OTHER_REVIEWER = employee(184), employee(185, "SE5560000001")


@pytest_asyncio.fixture(loop_scope="session")
async def conn(database: str) -> AsyncIterator[asyncpg.Connection]:
    opened = await asyncpg.connect(database)
    yield opened
    await opened.close()


async def extract(api: Api, identity: str) -> list[dict[str, Any]]:
    return await api.citizen(identity).all_items("/v1/access-log?limit=2")


async def drawn(api: Api, conn: asyncpg.Connection, who: Employee) -> str:
    """Return a review of an access that *who* has just made to a new case of Ulrika's."""
    case_id = (await api.citizen(ULRIKA).submit_admitted())["case_id"]
    entry = await conn.fetchval("SELECT max(entry) FROM access_log")
    await api.staff(who).get(f"/v1/cases/{case_id}")
    at = await conn.fetchval("SELECT at FROM access_log WHERE entry > $1", entry)
    period = Period(begins=at, ends=at + timedelta(microseconds=1))
    async with conn.transaction():
        assert await draw_reviews(conn, uuid4(), period, SampleRule(), "seed") == 1
    review = await conn.fetchval(
        "SELECT review_id::text FROM access_reviews WHERE entry > $1", entry
    )
    return str(review)


def verdict_of(review_id: str) -> str:
    return f"/v1/access-reviews/{review_id}/verdict"


async def test_a_patient_reads_when_where_and_what_and_not_by_whom(api: Api) -> None:
    case_id = (await api.citizen(ULRIKA).submit_admitted())["case_id"]
    await api.staff(PHYSICIAN).send(case_id, "take")
    await api.staff(PHYSICIAN).get(f"/v1/cases/{case_id}")
    await api.staff(PHYSICIAN).post(
        "/v1/inbox/search", {"identity": ULRIKA, "reason": "follow_up", "text": "A secret reason"}
    )

    found = await extract(api, ULRIKA)

    mine = [item for item in found if item["case_ids"] in ([case_id], [])]
    assert [item["action"]["code"] for item in mine][::-1][-4:] == [
        "take",
        "read_case",
        "search",
        "search_hit",
    ]
    last = mine[0]
    assert last["unit"] == {"hsa_id": STROMSBRO, "name": "Strömsbro hälsocentral"}
    assert last["provider"]["name"].startswith("Region")
    assert last["action"]["text"] == {
        "sv": "Såg ärendet i en sökning",
        "en": "Saw the case in a search",
    }
    assert last["kind"] == "ordinary"
    told = str(found)
    assert PHYSICIAN.hsa_id not in told
    assert "secret" not in told
    assert [item["at"] for item in found] == sorted((item["at"] for item in found), reverse=True)


async def test_a_list_shows_a_patient_no_case_of_another(api: Api) -> None:
    case_id = (await api.citizen(ULRIKA).submit_admitted())["case_id"]
    await api.staff(COORDINATOR).all_items("/v1/inbox?limit=100")

    own = {item["case_id"] for item in await api.citizen(ULRIKA).all_items("/v1/cases?limit=100")}
    shown = {one for item in await extract(api, ULRIKA) for one in item["case_ids"]}

    assert case_id in shown
    assert shown <= own


async def test_a_guardian_does_not_read_the_childs_extract(api: Api) -> None:
    case_id = (await api.citizen(GUARDIAN).submit_admitted(on_behalf_of=CHILD))["case_id"]
    await api.staff(COORDINATOR).get(f"/v1/cases/{case_id}")

    assert case_id not in str(await extract(api, GUARDIAN))
    assert case_id in str(await extract(api, CHILD))


async def test_the_extract_is_for_citizens_and_its_cursor_its_own(api: Api) -> None:
    await extract(api, ULRIKA)
    cursor = (await api.citizen(ULRIKA).get("/v1/access-log?limit=1")).json()["next"]

    assert (await api.staff(PHYSICIAN).get("/v1/access-log")).status_code == 403
    assert (await api.citizen(ULRIKA).get(f"/v1/cases?cursor={cursor}")).status_code == 422


async def test_a_reviewer_judges_once_and_for_all(api: Api, conn: asyncpg.Connection) -> None:
    reviewer, review = api.staff(REVIEWER), await drawn(api, conn, PHYSICIAN)
    listed = {
        item["review_id"]: item
        for item in (await reviewer.get("/v1/access-reviews?judged=false&limit=100")).json()[
            "items"
        ]
    }
    said = {"verdict": "questionable", "note": "No visit that day."}

    first = await reviewer.post(verdict_of(review), said)
    again = await reviewer.post(verdict_of(review), said)
    other = await reviewer.post(verdict_of(review), {"verdict": "justified"})

    assert listed[review]["staff"] == PHYSICIAN.hsa_id
    assert listed[review]["seen"][0]["patient"] == ULRIKA
    assert listed[review]["verdict"] is None
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json()["verdict"] == again.json()["verdict"]
    assert first.json()["verdict"]["reviewer"] == REVIEWER.hsa_id
    assert (other.status_code, other.json()["code"]) == (409, "already_judged")
    judged = (await reviewer.get("/v1/access-reviews?judged=true&limit=100")).json()["items"]
    assert review in {item["review_id"] for item in judged}
    for change in (
        "UPDATE access_verdicts SET verdict = 'justified'",
        "DELETE FROM access_verdicts",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
            await conn.execute(change)


async def test_accesses_to_the_data_of_those_close_to_one_are_for_others_to_judge(
    api: Api, conn: asyncpg.Connection
) -> None:
    reviewer, review = api.staff(REVIEWER), await drawn(api, conn, PHYSICIAN)
    register = "UPDATE staff SET identity = $2 WHERE hsa_id = $1"
    path = "/v1/access-reviews?limit=100"
    others = {item["review_id"] for item in (await reviewer.get(path)).json()["items"]}
    await conn.execute(register, REVIEWER.hsa_id, ULRIKA)
    try:
        listed = {item["review_id"] for item in (await reviewer.get(path)).json()["items"]}
        judged = await reviewer.post(verdict_of(review), {"verdict": "justified"})
    finally:
        await conn.execute(register, REVIEWER.hsa_id, None)

    assert review in others
    assert review not in listed
    assert (judged.status_code, judged.json()["code"]) == (403, "own_case")


async def test_nobody_judges_their_own_access(api: Api, conn: asyncpg.Connection) -> None:
    review = await drawn(api, conn, PHYSICIAN)
    role = ("REG/granskare/logg", "SE5560000000-TESTC102")
    await conn.execute(
        "INSERT INTO staff_roles (commission, role, subscribes, valid_from)"
        " VALUES ($2, $1, false, '2020-01-01')",
        *role,
    )
    try:
        own = await api.staff(PHYSICIAN).post(verdict_of(review), {"verdict": "justified"})
    finally:
        await conn.execute("DELETE FROM staff_roles WHERE role = $1 AND commission = $2", *role)

    assert (own.status_code, own.json()["code"]) == (403, "own_access")


async def test_what_is_said_against_an_access_is_explained(
    api: Api, conn: asyncpg.Connection
) -> None:
    review = await drawn(api, conn, PHYSICIAN)

    answer = await api.staff(REVIEWER).post(verdict_of(review), {"verdict": "unjustified"})

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/note")


async def test_log_review_is_for_log_reviewers_of_the_care_provider(
    api: Api, conn: asyncpg.Connection
) -> None:
    review = await drawn(api, conn, PHYSICIAN)
    said = {"verdict": "justified"}

    for nobody in (PHYSICIAN, UNIT_MANAGER, COORDINATOR):
        assert (await api.staff(nobody).get("/v1/access-reviews")).status_code == 403
        assert (await api.staff(nobody).post(verdict_of(review), said)).status_code == 403
    elsewhere = await api.staff(OTHER_REVIEWER).get("/v1/access-reviews?limit=100")
    assert review not in elsewhere.text
    for there in (review, str(uuid4()), "x"):
        answer = await api.staff(OTHER_REVIEWER).post(verdict_of(there), said)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
