"""The inbox and the coverage of roles: whose they are, and what they hold."""

from typing import Any

import asyncpg
import pytest

from tests.api.calling import Api, Caller
from tests.api.people import (
    ADMINISTRATOR,
    CARE_CHOICE_OFFICER,
    COORDINATOR,
    ERIK,
    HENRIK,
    NURSE_ROLE,
    OPERATIONS_MANAGER,
    PHYSICIAN_ROLE,
    PHYSICIANS,
    STROMSBRO,
    ULRIKA,
    UNIT_MANAGER,
    employee,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")

FIRST, SECOND = PHYSICIANS[:2]


async def listed(caller: Caller, query: str = "") -> list[dict[str, Any]]:
    """Return everything in an inbox, page by page."""
    items: list[dict[str, Any]] = []
    following = ""
    while True:
        page = (await caller.get(f"/v1/inbox?limit=2{query}{following}")).json()
        items += page["items"]
        if page["next"] is None:
            return items
        following = f"&cursor={page['next']}"


async def ids(caller: Caller, query: str = "") -> list[str]:
    return [item["case_id"] for item in await listed(caller, query)]


async def test_an_inbox_holds_the_cases_of_ones_role_due_first(api: Api) -> None:
    case_ids = {
        (await api.citizen(identity).submit_admitted())["case_id"] for identity in (HENRIK, ULRIKA)
    }

    inbox = await listed(api.staff(FIRST))

    found = [item["case_id"] for item in inbox]
    assert case_ids <= set(found)
    assert len(found) == len(set(found))
    due = [item["due_at"] for item in inbox if item["due_at"] is not None]
    assert due == sorted(due)
    assert case_ids.isdisjoint(await ids(api.staff(ADMINISTRATOR)))
    assert case_ids <= set(await ids(api.staff(COORDINATOR)))
    assert "answers" not in inbox[0]


async def test_an_inbox_can_be_narrowed(api: Api) -> None:
    case_id = (await api.citizen(ERIK).submit_admitted())["case_id"]
    await api.staff(SECOND).send(case_id, "take")

    assert case_id in await ids(api.staff(SECOND), "&mine=true")
    assert case_id not in await ids(api.staff(FIRST), "&mine=true")
    assert case_id in await ids(api.staff(FIRST), "&state=assigned")
    assert case_id not in await ids(api.staff(FIRST), "&state=queued")
    assert case_id not in await ids(api.staff(FIRST), "&overdue=true")
    assert case_id in await ids(api.staff(FIRST), f"&role={PHYSICIAN_ROLE}")
    assert await ids(api.staff(COORDINATOR), f"&role={NURSE_ROLE}&mine=true") == []


async def test_counts_agree_with_the_inbox(api: Api) -> None:
    physician = api.staff(FIRST)
    case_id = (await api.citizen(HENRIK).submit_admitted())["case_id"]
    await physician.send(case_id, "take")

    counts = (await physician.get("/v1/inbox/counts")).json()

    assert counts["open"] == len(await ids(physician))
    assert counts["mine"] == len(await ids(physician, "&mine=true"))
    assert counts["assigned"] == len(await ids(physician, "&state=assigned"))
    assert counts["open"] >= counts["mine"] >= 1


async def test_each_shown_case_is_logged(api: Api, database: str) -> None:
    reader = employee(107)
    shown = (await api.staff(reader).get("/v1/inbox?limit=3")).json()["items"]

    assert shown
    conn = await asyncpg.connect(database)
    rows = await conn.fetch(
        "SELECT unnest(case_ids)::text AS case_id FROM access_log"
        " WHERE staff = $1 AND action = 'list_inbox'",
        reader.hsa_id,
    )
    await conn.close()
    assert [row["case_id"] for row in rows] == [item["case_id"] for item in shown]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        pytest.param("role=PV/chef/enhet", 403, "forbidden", id="a role one does not hold"),
        pytest.param("limit=0", 422, "invalid_parameters", id="no items"),
        pytest.param("limit=101", 422, "invalid_parameters", id="too many items"),
        pytest.param("limit=abc", 422, "invalid_parameters", id="no number"),
        pytest.param("state=lost", 422, "invalid_parameters", id="no such state"),
        pytest.param("cursor=abc", 422, "invalid_parameters", id="no cursor of ours"),
        pytest.param("sort=due", 422, "unknown_parameter", id="no such parameter"),
        pytest.param("mine=true&mine=true", 400, "repeated_parameter", id="said twice"),
    ],
)
async def test_a_query_must_be_one_of_ours(api: Api, query: str, status: int, code: str) -> None:
    answer = await api.staff(FIRST).get(f"/v1/inbox?{query}")

    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_cursor_that_was_changed_is_refused(api: Api) -> None:
    physician = api.staff(FIRST)
    for _ in range(2):
        await api.citizen(HENRIK).submit_admitted()
    cursor = (await physician.get("/v1/inbox?limit=1")).json()["next"]

    for changed in (cursor[:-2] + "AA", "A" + cursor[1:], cursor + "AAAA"):
        answer = await physician.get(f"/v1/inbox?limit=1&cursor={changed}")
        assert answer.status_code == 422
    own = await api.citizen(HENRIK).get(f"/v1/cases?cursor={cursor}")
    assert own.status_code == 422


async def test_whoever_works_at_no_unit_has_no_inbox(api: Api) -> None:
    assert (await api.staff(OPERATIONS_MANAGER).get("/v1/inbox")).status_code == 403


async def test_coverage_is_for_those_who_lead(api: Api) -> None:
    own = (await api.staff(UNIT_MANAGER).get("/v1/coverage")).json()["items"]
    provider = (await api.staff(OPERATIONS_MANAGER).get("/v1/coverage")).json()["items"]
    region = (await api.staff(CARE_CHOICE_OFFICER).get("/v1/coverage")).json()["items"]

    assert {row["unit"] for row in own} == {STROMSBRO}
    assert {row["role"]: row["level"] for row in own}[PHYSICIAN_ROLE] == "green"
    assert {row["unit"] for row in own} < {row["unit"] for row in provider}
    assert {row["unit"] for row in provider} < {row["unit"] for row in region}
    assert {row["level"] for row in region} == {"red", "amber", "green"}
    assert (await api.staff(FIRST).get("/v1/coverage")).status_code == 403
