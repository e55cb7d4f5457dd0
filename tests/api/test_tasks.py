"""Tasks are for those who can do them, are logged when they name a case, and are done once."""

from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from domain.delivery import DeliveryChannel
from store.contacts import stop_channel
from store.staff_tasks import TaskKind, open_task
from tests.api.calling import Api, Caller
from tests.api.people import (
    ADMINISTRATOR,
    CARE_CHOICE_OFFICER,
    COORDINATOR,
    ERIK,
    HENRIK,
    NURSE,
    OPERATIONS_MANAGER,
    PHYSICIANS,
    STRANGER,
    STROMSBRO,
    ULRIKA,
    UNIT_MANAGER,
    employee,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ROLE_KEEPERS = "SELECT staff, commission FROM rights WHERE role = 'REG/chef/rollkatalog' LIMIT 1"


async def tasks_of(caller: Caller) -> list[dict[str, Any]]:
    """Return all of the caller's open tasks."""
    return await caller.all_items("/v1/tasks?limit=1")


async def named_cases(caller: Caller) -> set[str | None]:
    return {task["case_id"] for task in await tasks_of(caller)}


async def named_people(caller: Caller) -> set[str | None]:
    return {task["person"] for task in await tasks_of(caller)}


async def lose_phone(database: str, case_id: str) -> None:
    conn = await asyncpg.connect(database)
    await open_task(conn, TaskKind.CONTACT_LOST, NOON, case_id=case_id)
    await conn.close()


async def lose_mail(database: str, person: str, unit: str | None) -> None:
    conn = await asyncpg.connect(database)
    await stop_channel(
        conn, DeliveryChannel.MAIL, person, "mail_address_unknown", NOON, address_digest=None
    )
    await open_task(conn, TaskKind.CONTACT_LOST, NOON, unit=unit, person=person)
    await conn.close()


async def rows(database: str, query: str, *values: str) -> list[tuple[Any, ...]]:
    conn = await asyncpg.connect(database)
    found = [tuple(row) for row in await conn.fetch(query, *values)]
    await conn.close()
    return found


async def test_task_of_a_case_is_for_its_role_and_those_who_lead(api: Api, database: str) -> None:
    physician = api.staff(PHYSICIANS[0])
    case_ids = {
        (await api.citizen(identity).submit_admitted())["case_id"] for identity in (HENRIK, ULRIKA)
    }
    for case_id in case_ids:
        await lose_phone(database, case_id)

    found = [task for task in await tasks_of(physician) if task["case_id"] in case_ids]

    assert {task["case_id"] for task in found} == case_ids
    assert all(task["kind"] == "contact_lost" and task["person"] is None for task in found)
    assert case_ids <= await named_cases(api.staff(COORDINATOR))
    for other in (ADMINISTRATOR, NURSE, STRANGER):
        assert case_ids.isdisjoint(await named_cases(api.staff(other)))
        answer = await api.staff(other).post(f"/v1/tasks/{found[0]['task_id']}/done")
        assert answer.status_code == 404


async def test_case_says_that_its_citizen_is_not_reached_until_the_task_is_done(
    api: Api, database: str
) -> None:
    physician = api.staff(PHYSICIANS[0])
    case_id = (await api.citizen(ERIK).submit_admitted())["case_id"]
    path = f"/v1/cases/{case_id}"
    before = (await physician.get(path)).json()["contact_lost"]

    await lose_phone(database, case_id)
    lost = (await physician.get(path)).json()["contact_lost"]
    [task] = [one for one in await tasks_of(physician) if one["case_id"] == case_id]
    await physician.post(f"/v1/tasks/{task['task_id']}/done")
    after = (await physician.get(path)).json()["contact_lost"]

    assert (before, lost, after) == (False, True, False)
    assert "contact_lost" not in (await api.citizen(ERIK).get(path)).json()


async def test_each_shown_case_is_logged(api: Api, database: str) -> None:
    reader = PHYSICIANS[2]
    case_id = (await api.citizen(ERIK).submit_admitted())["case_id"]
    await lose_phone(database, case_id)

    [task] = [one for one in await tasks_of(api.staff(reader)) if one["case_id"] == case_id]
    await api.staff(reader).post(f"/v1/tasks/{task['task_id']}/done")

    logged = await rows(
        database,
        "SELECT action, patients::text[] FROM access_log"
        " WHERE staff = $1 AND $2 = ANY (case_ids::text[]) ORDER BY entry",
        reader.hsa_id,
        case_id,
    )
    assert logged == [("list_tasks", [ERIK]), ("finish_task", [ERIK])]


async def test_tasks_are_for_units_and_those_who_watch_the_region(api: Api) -> None:
    for person in (OPERATIONS_MANAGER, CARE_CHOICE_OFFICER):
        reading = await api.staff(person).get("/v1/tasks")
        doing = await api.staff(person).post("/v1/tasks/1/done")
        assert (reading.status_code, doing.status_code) == (403, 403)


async def test_task_is_done_once(api: Api, database: str) -> None:
    case_id = (await api.citizen(HENRIK).submit_admitted())["case_id"]
    await lose_phone(database, case_id)
    first, second = api.staff(PHYSICIANS[0]), api.staff(PHYSICIANS[1])
    [task] = [one for one in await tasks_of(first) if one["case_id"] == case_id]

    done = await first.post(f"/v1/tasks/{task['task_id']}/done")
    again = await second.post(f"/v1/tasks/{task['task_id']}/done")

    assert (done.status_code, again.status_code) == (200, 200)
    assert done.json() == again.json()
    assert done.json()["done_at"] is not None
    assert case_id not in await named_cases(first)
    done_by = await rows(
        database, "SELECT done_by FROM staff_tasks WHERE id::text = $1", task["task_id"]
    )
    assert done_by == [(PHYSICIANS[0].hsa_id,)]


async def test_lost_colleague_is_the_managers_task_and_gets_mail_again(
    api: Api, database: str
) -> None:
    lost = PHYSICIANS[3].hsa_id
    await lose_mail(database, lost, STROMSBRO)
    await lose_mail(database, lost, STROMSBRO)
    manager = api.staff(UNIT_MANAGER)
    stopped = "SELECT person FROM stopped_channels WHERE person = $1"

    [task] = [one for one in await tasks_of(manager) if one["person"] == lost]

    assert task["case_id"] is None
    for other in (PHYSICIANS[0], COORDINATOR, STRANGER):
        assert lost not in await named_people(api.staff(other))
    assert await rows(database, stopped, lost) == [(lost,)]
    assert (await manager.post(f"/v1/tasks/{task['task_id']}/done")).status_code == 200
    assert await rows(database, stopped, lost) == []


async def test_task_without_a_unit_is_for_those_who_keep_the_roles(api: Api, database: str) -> None:
    lost = "SE5560000000-TEST188"
    await lose_mail(database, lost, None)
    [(hsa_id, _)] = await rows(database, ROLE_KEEPERS)

    keeper = api.staff(employee(int(hsa_id.removeprefix("SE5560000000-TEST"))))

    assert lost in await named_people(keeper)
    assert lost not in await named_people(api.staff(UNIT_MANAGER))


@pytest.mark.parametrize(
    "task_id", ["8c2b1a0e-0000-4000-8000-000000000000", "8C2B1A0E-0000-4000-8000-000000000000", "1"]
)
async def test_task_that_is_not_there_is_404(api: Api, task_id: str) -> None:
    answer = await api.staff(UNIT_MANAGER).post(f"/v1/tasks/{task_id}/done")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_citizens_have_no_tasks(api: Api) -> None:
    assert (await api.citizen(HENRIK).get("/v1/tasks")).status_code == 403
    assert (await api.staff(PHYSICIANS[0]).get("/v1/tasks?cursor=abc")).status_code == 422
