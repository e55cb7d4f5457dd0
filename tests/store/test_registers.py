"""What the registers answer, asked of the shipped region in a real PostgreSQL."""

from collections.abc import AsyncIterator
from datetime import date, timedelta

import asyncpg
import pytest
from asyncpg.pool import PoolConnectionProxy

from store.listings import find_citizen, find_listing, is_guardian
from store.people import CitizenPerson, StaffPerson, list_people
from store.roles import list_roles
from store.staff import (
    RoleCoverage,
    find_access,
    find_commissions,
    find_coverage,
    list_holders,
)
from store.units import find_unit
from tests.region import REGION_DAY

TODAY = REGION_DAY
STROMSBRO = "SE5560000000-TEST001"
SODERHAMN = "SE5560000000-TEST002"
SANDVIKEN = "SE5560000000-TEST003"
HAMRANGE = "SE5560000000-TEST004"
CLOSED = "SE5560000000-TEST005"
PRIVATE = "SE5560000001-TEST001"
REGION = "SE5560000000-TEST000"
PHYSICIAN, NURSE, CLERK = "PV/lakare/recept", "PV/sjukskoterska/recept", "PV/administrator/bokning"
COORDINATOR, OPERATIONS = "PV/koordinator/fordelning", "PV/chef/verksamhet"
CATALOGUE_OWNER = "REG/chef/rollkatalog"
ADULT, MOVED, UNLISTED = "197005109819", "198804189846", "197910129985"
CHILD, GUARDIAN = "201908219940", "198605099939"
PROTECTED_GUARDIAN = "198111039965"

Conn = PoolConnectionProxy


@pytest.fixture
async def conn(region_pool: asyncpg.Pool) -> AsyncIterator[Conn]:
    async with region_pool.acquire() as acquired:
        yield acquired


async def test_unit_is_found_whatever_the_case_of_its_id(conn: Conn) -> None:
    unit = await find_unit(conn, STROMSBRO.lower(), TODAY)

    assert unit is not None
    assert (unit.hsa_id, unit.provider, unit.kind) == (STROMSBRO, REGION, "health_centre")
    assert not unit.closed


@pytest.mark.parametrize(
    ("on", "closed"),
    [
        pytest.param(date(2014, 12, 31), True, id="the day before it opens"),
        pytest.param(date(2025, 12, 31), False, id="its last day"),
        pytest.param(date(2026, 1, 1), True, id="the day after"),
    ],
)
async def test_unit_is_closed_outside_its_days(conn: Conn, on: date, closed: bool) -> None:
    unit = await find_unit(conn, CLOSED, on)

    assert unit is not None
    assert unit.closed is closed


async def test_unknown_unit_is_none(conn: Conn) -> None:
    assert await find_unit(conn, "SE5560000000-NOWHERE", TODAY) is None


async def test_roles_say_how_far_they_reach(conn: Conn) -> None:
    reach = {role.code: role.scope for role in await list_roles(conn)}

    assert reach[PHYSICIAN] == "unit"
    assert reach[OPERATIONS] == "provider"
    assert reach[CATALOGUE_OWNER] == "region"


@pytest.mark.parametrize(
    ("identity", "on", "unit"),
    [
        pytest.param(ADULT, TODAY, STROMSBRO, id="listed until further notice"),
        pytest.param(MOVED, date(2024, 6, 30), SODERHAMN, id="last day before the move"),
        pytest.param(MOVED, date(2024, 7, 1), STROMSBRO, id="first day after the move"),
        pytest.param(MOVED, date(2017, 1, 31), None, id="before any listing"),
        pytest.param(UNLISTED, TODAY, None, id="unlisted"),
        pytest.param("199901019999", TODAY, None, id="unknown"),
    ],
)
async def test_listing_is_that_of_the_day(
    conn: Conn, identity: str, on: date, unit: str | None
) -> None:
    assert await find_listing(conn, identity, on) == unit


async def test_citizen_says_whether_the_identity_is_protected(conn: Conn) -> None:
    ordinary = await find_citizen(conn, ADULT)
    protected = await find_citizen(conn, PROTECTED_GUARDIAN)

    assert ordinary is not None
    assert not ordinary.protected
    assert protected is not None
    assert protected.protected
    assert await find_citizen(conn, "199901019999") is None


async def test_guardian_is_one_for_the_own_child_only(conn: Conn) -> None:
    assert await is_guardian(conn, GUARDIAN, CHILD)
    assert not await is_guardian(conn, CHILD, GUARDIAN)
    assert not await is_guardian(conn, PROTECTED_GUARDIAN, CHILD)


async def test_rights_are_those_of_the_chosen_commission(conn: Conn) -> None:
    """One person, two commissions: never a union of what they give."""
    person = "SE5560000000-TEST179"
    public, private = await find_commissions(conn, person.lower())

    here = await find_access(conn, person, public.lower(), TODAY)
    there = await find_access(conn, person, private, TODAY)

    assert here is not None
    assert (here.unit, here.provider) == (SANDVIKEN, REGION)
    assert (here.licence, here.prescribing) == ("physician", "full")
    assert here.roles == ("PV/lakare/intyg", PHYSICIAN)
    assert there is not None
    assert (there.unit, there.roles) == (PRIVATE, (PHYSICIAN,))


async def test_another_persons_commission_gives_nothing(conn: Conn) -> None:
    [commission] = await find_commissions(conn, "SE5560000000-TEST101")

    assert await find_access(conn, "SE5560000000-TEST102", commission, TODAY) is None
    assert await find_commissions(conn, "SE5560000000-NOBODY") == []


async def test_commission_gives_nothing_before_it_begins_or_after_it_ends(conn: Conn) -> None:
    person, commission = "SE5560000000-TEST101", "SE5560000000-TESTC101"
    await conn.execute("UPDATE commissions SET valid_to = $1 WHERE staff = $2", TODAY, person)

    assert await find_access(conn, person, commission, date(2021, 8, 31)) is None
    assert await find_access(conn, person, commission, TODAY) is not None
    assert await find_access(conn, person, commission, TODAY + timedelta(days=1)) is None


async def test_role_that_ended_is_not_held_though_the_commission_goes_on(conn: Conn) -> None:
    person, commission = "SE5560000000-TEST101", "SE5560000000-TESTC101"
    await conn.execute(
        "UPDATE staff_roles SET valid_to = $1 WHERE commission = $2 AND role = $3",
        TODAY - timedelta(days=1),
        commission,
        PHYSICIAN,
    )

    access = await find_access(conn, person, commission, TODAY)

    assert access is not None
    assert access.roles == ("PV/lakare/intyg",)


async def test_care_role_counts_in_a_commission_for_care_only(conn: Conn) -> None:
    """A commission for statistics must not open a unit's cases [S22b]."""
    person, commission = "SE5560000000-TEST101", "SE5560000000-TESTC101"
    await conn.execute(
        "UPDATE commissions SET purpose = 'statistics' WHERE hsa_id = $1", commission
    )

    access = await find_access(conn, person, commission, TODAY)

    assert access is not None
    assert access.roles == ()
    assert person not in {
        holder.hsa_id for holder in await list_holders(conn, STROMSBRO, PHYSICIAN, TODAY)
    }


async def test_holders_say_who_subscribes(conn: Conn) -> None:
    holders = await list_holders(conn, STROMSBRO.lower(), PHYSICIAN, TODAY)

    assert len(holders) == 4
    assert sum(holder.subscribes for holder in holders) == 3


async def test_holders_of_a_leading_role_are_found_through_the_provider(conn: Conn) -> None:
    public = await list_holders(conn, STROMSBRO, OPERATIONS, TODAY)
    private = await list_holders(conn, PRIVATE, OPERATIONS, TODAY)

    assert len(public) == len(private) == 1
    assert public != private


async def test_role_catalogue_owner_serves_every_provider(conn: Conn) -> None:
    assert await list_holders(conn, PRIVATE, CATALOGUE_OWNER, TODAY) == await list_holders(
        conn, STROMSBRO, CATALOGUE_OWNER, TODAY
    )


async def test_unit_without_coordinator_has_no_holder_of_that_role(conn: Conn) -> None:
    assert await list_holders(conn, PRIVATE, COORDINATOR, TODAY) == []


async def test_coverage_counts_also_what_nobody_holds(conn: Conn) -> None:
    coverage = await find_coverage(conn, HAMRANGE.lower(), [PHYSICIAN, CLERK, PHYSICIAN], TODAY)

    assert coverage == [
        RoleCoverage(unit=HAMRANGE, role=CLERK, holders=2, subscribers=1),
        RoleCoverage(unit=HAMRANGE, role=PHYSICIAN, holders=0, subscribers=0),
    ]


async def test_coverage_of_the_region_leaves_closed_units_out(conn: Conn) -> None:
    units = {row.unit for row in await find_coverage(conn, None, [PHYSICIAN], TODAY)}

    assert units >= {STROMSBRO, SODERHAMN, SANDVIKEN, HAMRANGE, PRIVATE}
    assert len(units) == 42
    assert CLOSED not in units


async def test_ordinary_people_are_enough_to_try_every_service(conn: Conn) -> None:
    people = await list_people(
        conn,
        special=False,
        service_roles=[PHYSICIAN, NURSE, CLERK],
        leading_roles=[COORDINATOR],
        on=TODAY,
    )

    citizens = [person for person in people if isinstance(person, CitizenPerson)]
    staff = [person for person in people if isinstance(person, StaffPerson)]
    assert len(citizens) >= 20
    assert {citizen.listed_unit for citizen in citizens} >= {STROMSBRO, SODERHAMN, SANDVIKEN}
    for unit in (STROMSBRO, SODERHAMN, SANDVIKEN):
        for role in (PHYSICIAN, NURSE, CLERK):
            holders = [person for person in staff if person.unit == unit and role in person.roles]
            assert len(holders) >= 2, (unit, role)
            assert role != PHYSICIAN or all(person.prescriber for person in holders)
    assert all("why" not in person.model_dump() for person in people)


async def test_special_people_say_why(conn: Conn) -> None:
    people = await list_people(
        conn,
        special=True,
        service_roles=[PHYSICIAN],
        leading_roles=[COORDINATOR, OPERATIONS],
        on=TODAY,
    )

    reasons = {reason for person in people for reason in (person.why or "").split("; ")}
    assert reasons >= {
        "protected identity",
        "child under 13",
        "13 to 17 years old",
        "adult outside 25 to 60",
        "guardian of a child",
        "unlisted",
        "listed at a closed unit",
        "listed at a unit that lacks staff",
        "several commissions",
        f"holds {COORDINATOR}",
        "works for no single unit",
        "works at a unit that lacks staff",
    }


async def test_only_made_up_citizens_are_offered(conn: Conn) -> None:
    await conn.execute("UPDATE citizens SET synthetic = false")

    people = await list_people(
        conn, special=True, service_roles=[PHYSICIAN], leading_roles=[], on=TODAY
    )

    assert not [person for person in people if isinstance(person, CitizenPerson)]
