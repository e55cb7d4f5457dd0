"""Patients with protected identity: who sees their cases, and what lists and facts leave out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date

import asyncpg
import pytest

from activities.recipients import find_recipients
from domain.notices import Recipient
from domain.region import Region
from runtime.region import load_region
from store.notices import find_subject
from store.people import list_people
from store.protected_handlers import list_handlers
from store.protection import is_protected_now
from tests.api.calling import DECIDED, Api, Caller
from tests.api.people import (
    CHILD,
    ERIK,
    GUARDIAN,
    NURSE_ROLE,
    PHYSICIAN_ROLE,
    PHYSICIANS,
    SODERHAMN,
    employee,
)
from tests.region import REGION_DAY, SHIPPED

pytestmark = pytest.mark.asyncio(loop_scope="session")

PATIENT, PHONE = "198111039965", "+46701740605"
PHYSICIAN, NURSE = employee(125), employee(128)
"""Those whom the patient's unit has named."""

OTHERS = {
    "physician": employee(123),
    "coordinator": employee(142),
    "unit manager": employee(143),
    "stranger": PHYSICIANS[0],
}
NAMED_AT_ERIKS = employee(107)
UNNAMED = "SE5560000000-TEST004"
"""A unit that lacks staff and has named nobody."""


@pytest.fixture(scope="module")
def region() -> Region:
    return load_region(SHIPPED)


@asynccontextmanager
async def connected(database: str) -> AsyncIterator[asyncpg.Connection]:
    conn = await asyncpg.connect(database)
    try:
        yield conn
    finally:
        await conn.close()


@asynccontextmanager
async def register_says(database: str, identity: str) -> AsyncIterator[None]:
    """Let the register of citizens call *identity* protected for a while."""
    async with connected(database) as conn:
        say = "UPDATE citizens SET protected = $2 WHERE identity = $1"
        await conn.execute(say, identity, True)
        try:
            yield
        finally:
            await conn.execute(say, identity, False)


async def submitted(api: Api, identity: str = PATIENT) -> str:
    return str((await api.citizen(identity).submit_admitted())["case_id"])


async def listed(caller: Caller) -> dict[str, dict[str, object]]:
    return {item["case_id"]: item for item in await caller.all_items("/v1/inbox?limit=100")}


async def statuses(caller: Caller, case_id: str) -> set[int]:
    """Return what a reader gets for everything that could be asked of the case."""
    path = f"/v1/cases/{case_id}"
    answers = [await caller.get(path), await caller.get(f"{path}/events")]
    answers += [await caller.send(case_id, "take"), await caller.send(case_id, "return")]
    return {answer.status_code for answer in answers}


async def test_a_row_of_an_inbox_does_not_say_who_it_is(api: Api) -> None:
    case_id = await submitted(api)

    answer = await api.staff(PHYSICIAN).get("/v1/inbox?limit=100")
    row = next(item for item in answer.json()["items"] if item["case_id"] == case_id)

    assert (row["protected"], row["patient"]) == (True, None)
    assert row["reference"]
    assert PATIENT not in answer.text
    assert PHONE not in answer.text


@pytest.mark.parametrize("who", OTHERS)
async def test_nobody_but_the_named_sees_that_there_is_a_case(api: Api, who: str) -> None:
    case_id = await submitted(api)
    caller = api.staff(OTHERS[who])
    before = (await caller.get("/v1/inbox/counts")).json()["open"]

    assert await statuses(caller, case_id) == {404}
    assert case_id not in await listed(caller)
    await submitted(api)
    assert (await caller.get("/v1/inbox/counts")).json()["open"] == before


async def test_a_named_handler_sees_the_whole_case_whatever_their_role(api: Api) -> None:
    case_id = await submitted(api)

    for handler in (PHYSICIAN, NURSE):
        view = (await api.staff(handler).get(f"/v1/cases/{case_id}")).json()
        assert view["protected"]
        assert view["patient"]["identity"] == PATIENT
        assert view["patient"]["name"]
        assert view["answers"]["contact_phone"] == PHONE
        assert case_id in await listed(api.staff(handler))
        counts = (await api.staff(handler).get("/v1/inbox/counts")).json()
        assert counts["open"] == len(await listed(api.staff(handler)))
    by_role = await api.staff(NURSE).get(f"/v1/inbox?limit=100&role={PHYSICIAN_ROLE}")
    rows = by_role.json()["items"]
    assert {row["protected"] for row in rows if row["patient"] is None} == {True}


async def test_a_case_stays_in_the_hands_of_the_named_until_its_end(api: Api) -> None:
    case_id = await submitted(api)
    nurse, physician = api.staff(NURSE), api.staff(PHYSICIAN)
    taken = await nurse.send(case_id, "take")
    outside = await nurse.send(case_id, "assign", {"to": OTHERS["physician"].hsa_id})
    undecided = await nurse.send(case_id, "resolve", {"outcome": "approved"} | DECIDED)
    given = await nurse.send(case_id, "assign", {"to": PHYSICIAN.hsa_id})

    decided = await physician.send(case_id, "resolve", {"outcome": "approved"} | DECIDED)

    assert (taken.status_code, given.status_code) == (200, 200), given.text
    assert outside.json()["code"] == "colleague_lacks_role"
    assert undecided.json()["code"] == "authority_missing"
    assert (decided.status_code, decided.json()["state"]) == (200, "resolved")


async def test_a_handler_takes_nothing_back_that_she_handed_over(api: Api) -> None:
    case_id = await submitted(api)
    nurse, physician = api.staff(NURSE), api.staff(PHYSICIAN)
    await nurse.send(case_id, "take")
    handed = await nurse.send(case_id, "hand-over", {"note": "Last checked in May."})

    back = await nurse.send(case_id, "take")
    taken = await physician.send(case_id, "take")

    assert (handed.status_code, handed.json()["state"]) == (200, "queued"), handed.text
    assert (back.status_code, back.json()["code"]) == (409, "not_lawful_now")
    assert (taken.status_code, taken.json()["assigned_to"]) == (200, PHYSICIAN.hsa_id)


async def test_a_search_finds_the_case_for_the_named_alone(api: Api) -> None:
    case_id = await submitted(api)
    body = {"identity": PATIENT, "reason": "patient_contact"}

    found = await api.staff(PHYSICIAN).post("/v1/inbox/search", body)
    nothing = await api.staff(OTHERS["coordinator"]).post("/v1/inbox/search", body)

    rows = {row["case_id"]: row for row in found.json()["items"]}
    assert (rows[case_id]["protected"], rows[case_id]["patient"]) == (True, None)
    assert PATIENT not in found.text
    assert nothing.json()["items"] == []


async def test_a_transfer_goes_to_the_manager_of_a_unit_that_has_named_nobody(
    api: Api, database: str, region: Region
) -> None:
    case_id = await submitted(api)
    manager_role = region.catalogue.system_roles.unit_manager
    async with connected(database) as conn:
        [manager] = await list_handlers(conn, UNNAMED, manager_role, REGION_DAY)
        commission = await conn.fetchval("SELECT hsa_id FROM commissions WHERE staff = $1", manager)
    body = {"unit": UNNAMED, "reason": "The patient has moved."}

    moved = await api.staff(PHYSICIAN).send(case_id, "transfer", body)

    assert (moved.status_code, moved.json()["state"]) == (200, "queued"), moved.text
    assert await statuses(api.staff(PHYSICIAN), case_id) == {404}
    itself = api.staff(type(PHYSICIAN)(manager, commission))
    assert (await itself.get(f"/v1/cases/{case_id}")).json()["patient"]["identity"] == PATIENT
    assert (await itself.send(case_id, "take")).status_code == 200


async def test_a_transfer_to_a_unit_without_any_handler_is_refused(
    api: Api, database: str, region: Region
) -> None:
    case_id = await submitted(api)
    role = region.catalogue.system_roles.unit_manager
    async with connected(database) as conn:
        kept = await conn.fetch(
            "DELETE FROM staff_roles USING commissions WHERE commissions.hsa_id = commission "
            "AND unit = $1 AND role = $2 RETURNING staff_roles.*",
            *(UNNAMED, role),
        )
        body = {"unit": UNNAMED, "reason": "The patient has moved."}
        refused = await api.staff(PHYSICIAN).send(case_id, "transfer", body)
        await conn.executemany(
            "INSERT INTO staff_roles VALUES ($1, $2, $3, $4, $5)", [tuple(row) for row in kept]
        )

    assert kept
    assert (refused.status_code, refused.json()["code"]) == (422, "no_named_handler")
    assert (await api.staff(PHYSICIAN).get(f"/v1/cases/{case_id}")).json()["state"] == "queued"


async def test_protection_that_the_register_learns_takes_effect_at_the_next_contact(
    api: Api, database: str
) -> None:
    """No check has told the case yet, and its own flag still says otherwise."""
    case_id = await submitted(api, ERIK)
    ordinary, named = api.staff(PHYSICIANS[0]), api.staff(NAMED_AT_ERIKS)
    assert case_id in await listed(ordinary)

    async with register_says(database, ERIK), connected(database) as conn:
        assert await statuses(ordinary, case_id) == {404}
        assert case_id not in await listed(ordinary)
        assert (await listed(named))[case_id]["patient"] is None
        assert (await named.send(case_id, "take")).status_code == 200
        assert await is_protected_now(conn, case_id)
        assert not await conn.fetchval("SELECT protected FROM cases WHERE case_id = $1", case_id)

    assert (await listed(ordinary))[case_id]["patient"]


@pytest.mark.parametrize("protected", [GUARDIAN, CHILD], ids=["the guardian", "the child"])
async def test_a_guardian_loses_sight_at_once_when_either_gets_protection(
    api: Api, database: str, protected: str
) -> None:
    guardian, child = api.citizen(GUARDIAN), api.citizen(CHILD)
    case_id = str((await guardian.submit_admitted(on_behalf_of=CHILD))["case_id"])
    path = f"/v1/cases/{case_id}"
    assert (await guardian.get(path)).status_code == 200

    async with register_says(database, protected):
        seen = [await guardian.get(path), await guardian.get(f"{path}/events")]
        sent = await guardian.send(case_id, "withdraw")
        own = (await guardian.get("/v1/cases")).json()["items"]
        again = await guardian.submit(on_behalf_of=CHILD)
        by_child = await child.get(path)

    assert {answer.status_code for answer in (*seen, sent)} == {404}
    assert case_id not in {case["case_id"] for case in own}
    assert (again.status_code, again.json()["code"]) == (403, "proxy_not_allowed")
    assert by_child.status_code == 200


async def test_facts_leave_protected_persons_and_all_identities_out(
    api: Api, database: str
) -> None:
    await submitted(api)
    ordinary = await submitted(api, ERIK)
    counted = "SELECT count(*) FROM case_facts WHERE unit = $1"
    async with connected(database) as conn:
        columns = {
            row["column_name"]
            for row in await conn.fetch(
                "SELECT column_name FROM information_schema.columns "
                "WHERE table_name = 'case_facts' AND table_schema = current_schema()"
            )
        }
        unit = await conn.fetchval("SELECT unit FROM cases WHERE case_id = $1", ordinary)
        before = await conn.fetchval(counted, unit)
        assert await conn.fetchval(counted, SODERHAMN) == await conn.fetchval(
            "SELECT count(*) FROM cases WHERE unit = $1 AND patient <> $2", SODERHAMN, PATIENT
        )
        erik_has = await conn.fetchval(
            "SELECT count(*) FROM cases WHERE unit = $1 AND patient = $2", unit, ERIK
        )
        async with register_says(database, ERIK):
            during = await conn.fetchval(counted, unit)

    assert not columns & {"case_id", "patient", "submitted_by", "assigned_to", "answers"}
    assert during == before - erik_has


@pytest.mark.parametrize(
    "recipient",
    [
        Recipient.ROLE,
        Recipient.ROLE_SUBSCRIBERS,
        Recipient.OWNER,
        Recipient.COORDINATOR,
        Recipient.UNIT_MANAGER,
    ],
)
async def test_notices_go_to_the_named_alone(
    api: Api, database: str, region: Region, recipient: Recipient
) -> None:
    case_id = await submitted(api)
    async with connected(database) as conn:
        subject = await find_subject(conn, case_id)
        assert subject is not None
        roles = region.catalogue.system_roles
        found = await find_recipients(conn, recipient, subject, roles, REGION_DAY)

    assert found.staff == (PHYSICIAN.hsa_id, NURSE.hsa_id)


async def test_the_named_are_listed_among_special_people_with_the_reason(
    database: str, region: Region
) -> None:
    async with connected(database) as conn:
        special, ordinary = [
            await list_people(
                conn,
                special=is_special,
                service_roles=region.catalogue.routed_roles(),
                leading_roles=list(region.catalogue.system_roles.model_dump().values()),
                on=REGION_DAY,
            )
            for is_special in (True, False)
        ]

    named = {
        person.hsa_id
        for person in special
        if person.kind == "staff" and "named for patients" in (person.why or "")
    }
    assert {PHYSICIAN.hsa_id, NURSE.hsa_id} <= named
    assert all(person.why is None for person in ordinary)
    holders = [person for person in ordinary if person.kind == "staff" and person.unit == SODERHAMN]
    for role in (PHYSICIAN_ROLE, NURSE_ROLE):
        assert sum(role in person.roles for person in holders) >= 2


async def test_a_handler_counts_only_from_the_day_to_the_day(database: str) -> None:
    async with connected(database) as conn, conn.transaction():
        await conn.execute(
            "UPDATE protected_handlers SET valid_to = $2 WHERE unit = $1",
            *(SODERHAMN, date(2026, 11, 23)),
        )
        last, after = [
            await list_handlers(conn, SODERHAMN, "PV/chef/enhet", day)
            for day in (date(2026, 11, 23), date(2026, 11, 24))
        ]
        await conn.execute("DELETE FROM protected_handlers WHERE unit = $1", SODERHAMN)
        unnamed = await list_handlers(conn, SODERHAMN, "PV/chef/enhet", date(2026, 11, 23))
        await conn.execute(
            "INSERT INTO protected_handlers VALUES ($1, $2, '2021-09-01'), ($1, $3, '2022-01-10')",
            *(SODERHAMN, PHYSICIAN.hsa_id, NURSE.hsa_id),
        )

    assert last == (PHYSICIAN.hsa_id, NURSE.hsa_id)
    assert after == unnamed == (OTHERS["unit manager"].hsa_id,)
