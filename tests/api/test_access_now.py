"""Rights count as they are at each request: revoked ones, another provider's, one's own case."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from api.access_rules import MESSAGE_RULES, Rule
from tests.api.calling import Api, Caller
from tests.api.people import (
    BJORKSATRA_OTHER_PROVIDER,
    COORDINATOR,
    ERIK,
    GUARDIAN,
    PHYSICIANS,
    employee,
)
from tests.api.stage import STAFF_CHILD, STAFF_PATIENT

pytestmark = pytest.mark.asyncio(loop_scope="session")

PHYSICIAN, COLLEAGUE, DOUBLE = PHYSICIANS[1], PHYSICIANS[2], PHYSICIANS[3]
OTHER_MANAGER = employee(178, "SE5560000001")
SENT_BY_STAFF = sorted(name for name, rule in MESSAGE_RULES.items() if rule is not Rule.CITIZEN)
COMMISSION_ENDS = "UPDATE commissions SET valid_to = $2 WHERE hsa_id = $1"
LAST_TRANSFER = """
SELECT kind, staff FROM access_log
WHERE action = 'transfer' AND case_ids = ARRAY[$1::uuid]
ORDER BY entry DESC
LIMIT 1
"""
ROLES_END = "UPDATE staff_roles SET valid_to = $2 WHERE commission = $1"


@pytest_asyncio.fixture(loop_scope="session")
async def register(database: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to the registers as an import has it."""
    conn = await asyncpg.connect(database)
    yield conn
    await conn.close()


@asynccontextmanager
async def revoked(conn: asyncpg.Connection, statement: str) -> AsyncIterator[None]:
    """Let the physician's commission or roles have ended two days ago."""
    ended = await conn.fetchval("SELECT current_date - 2")
    await conn.execute(statement, PHYSICIAN.commission, ended)
    try:
        yield
    finally:
        await conn.execute(statement, PHYSICIAN.commission, None)


async def listed(caller: Caller, path: str = "/v1/inbox?limit=100") -> set[str]:
    return {item["case_id"] for item in await caller.all_items(path)}


@pytest.mark.parametrize(
    ("statement", "of_a_case", "of_the_inbox"),
    [
        pytest.param(COMMISSION_ENDS, 403, 403, id="the commission"),
        pytest.param(ROLES_END, 404, 200, id="the role"),
    ],
)
async def test_what_is_revoked_is_gone_at_the_next_request(
    api: Api, register: asyncpg.Connection, statement: str, of_a_case: int, of_the_inbox: int
) -> None:
    case_id = (await api.citizen(ERIK).submit_admitted())["case_id"]
    physician = api.staff(PHYSICIAN)
    assert (await physician.send(case_id, "take")).status_code == 200
    assert case_id in await listed(physician, "/v1/inbox?mine=true&limit=100")

    async with revoked(register, statement):
        reads = [await physician.get(f"/v1/cases/{case_id}{part}") for part in ("", "/events")]
        shown = await physician.get("/v1/inbox?mine=true")
        answers = {name: await physician.send(case_id, name) for name in SENT_BY_STAFF}

    assert [answer.status_code for answer in reads] == [of_a_case, of_a_case]
    assert shown.status_code == of_the_inbox
    assert case_id not in shown.text
    assert {answer.status_code for answer in answers.values()} == {of_a_case}
    assert (await physician.get(f"/v1/cases/{case_id}")).status_code == 200


async def test_a_disclosure_is_logged_and_ends_the_sight_of_who_sent_it(
    api: Api, register: asyncpg.Connection
) -> None:
    case_id = (await api.citizen(ERIK).submit_admitted())["case_id"]
    coordinator = api.staff(COORDINATOR)
    elsewhere = {"unit": BJORKSATRA_OTHER_PROVIDER, "reason": "The patient has moved."}

    silent = await coordinator.send(case_id, "transfer", elsewhere)
    told = await coordinator.send(case_id, "transfer", elsewhere | {"disclosure": "Consented."})

    assert (silent.status_code, silent.json()["code"]) == (422, "disclosure_required")
    assert told.status_code == 200
    assert (await coordinator.get(f"/v1/cases/{case_id}")).status_code == 404
    assert case_id not in await listed(coordinator)
    assert (await api.staff(OTHER_MANAGER).get(f"/v1/cases/{case_id}")).status_code == 200
    kinds = await register.fetch(LAST_TRANSFER, case_id)
    assert [tuple(row) for row in kinds] == [("disclosure", COORDINATOR.hsa_id)]


@pytest.mark.parametrize(
    ("sender", "fields"),
    [
        pytest.param(STAFF_PATIENT, {}, id="their own"),
        pytest.param(STAFF_PATIENT, {"on_behalf_of": STAFF_CHILD}, id="their child's"),
    ],
)
async def test_nobody_sees_or_handles_a_case_so_close(
    api: Api, sender: str, fields: dict[str, str]
) -> None:
    counts = "/v1/inbox/counts"
    physician, colleague = api.staff(DOUBLE), api.staff(COLLEAGUE)
    before = (await physician.get(counts)).json()["open"], (await colleague.get(counts)).json()
    case_id = (await api.citizen(sender).submit_admitted(**fields))["case_id"]

    reads = [await physician.get(f"/v1/cases/{case_id}{part}") for part in ("", "/events")]
    sent = [await physician.send(case_id, name) for name in SENT_BY_STAFF]
    after = (await physician.get(counts)).json()["open"], (await colleague.get(counts)).json()

    assert {(one.status_code, one.json()["code"]) for one in (*reads, *sent)} == {(403, "own_case")}
    assert before[0] == after[0]
    assert before[1]["open"] + 1 == after[1]["open"]
    assert case_id not in await listed(physician)
    assert case_id in await listed(colleague)


async def test_nobody_searches_for_those_close_to_them(api: Api) -> None:
    physician = api.staff(DOUBLE)

    answers = [
        await physician.post("/v1/inbox/search", {"identity": who, "reason": "patient_contact"})
        for who in (STAFF_PATIENT, STAFF_CHILD, GUARDIAN)
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 200]
    assert answers[0].json()["code"] == "own_case"


async def test_nobody_is_given_a_case_so_close(api: Api) -> None:
    case_id = (await api.citizen(STAFF_PATIENT).submit_admitted())["case_id"]
    coordinator = api.staff(COORDINATOR)

    refused = await coordinator.send(case_id, "assign", {"to": DOUBLE.hsa_id})
    taken = await coordinator.send(case_id, "assign", {"to": COLLEAGUE.hsa_id})

    assert (refused.status_code, refused.json()["code"]) == (422, "colleague_lacks_role")
    assert taken.status_code == 200


async def test_what_others_say_of_a_caller_counts_for_nothing(api: Api) -> None:
    case_id = (await api.citizen(ERIK).submit_admitted())["case_id"]
    claims: dict[str, Any] = {
        "x_role": "PV/chef/enhet",
        "x_forwarded_for": "127.0.0.1",
        "x_forwarded_user": PHYSICIAN.hsa_id,
        "forwarded": "for=127.0.0.1;proto=https",
        "x_original_url": f"/v1/cases/{case_id}",
        "x_http_method_override": "GET",
    }

    nobody = await api.nobody().get(f"/v1/cases/{case_id}", **claims)
    stranger = await api.staff(OTHER_MANAGER).get(f"/v1/cases/{case_id}", **claims)
    citizen = await api.citizen(ERIK).get("/v1/inbox", **claims)

    assert [one.status_code for one in (nobody, stranger, citizen)] == [401, 404, 403]


async def test_a_token_in_the_address_is_refused_and_told_of(api: Api) -> None:
    answers = [
        await api.citizen(ERIK).get(f"/v1/cases?{query}")
        for query in ("access_token=x", "state=eyJ.eyJ.x")
    ]

    assert {(one.status_code, one.json()["code"]) for one in answers} == {(400, "token_in_url")}
