"""The figures operations watch move with the rows they are about."""

from datetime import date, timedelta

import asyncpg
import pytest

from domain.vocabulary import CaseState
from store.cases import claim_case, record_case
from store.figures import Figures, read_figures
from tests.store.test_cases import as_new, record_of
from tests.unit.case_samples import in_state

ROLE = "PV/lakare/recept"
ON = date(2026, 11, 2)


async def figures(pool: asyncpg.Pool) -> Figures:
    async with pool.acquire() as conn:
        return await read_figures(conn, [ROLE], ON)


async def insert(pool: asyncpg.Pool, state: str, **columns: object) -> str:
    """Record a case in *state*; then lay other values into its row."""
    case = as_new(in_state(state))
    async with pool.acquire() as conn:
        await claim_case(conn, case.submission, "run-1")
        await record_case(conn, record_of(case))
        for column, value in columns.items():
            await conn.execute(_SET[column], case.submission.case_id, value)
    return str(case.submission.case_id)


_SET = {
    "age": "UPDATE cases SET received_at = now() - $2::interval WHERE case_id = $1",
    "protected": "UPDATE cases SET protected = $2 WHERE case_id = $1",
    "overdue": "UPDATE cases SET overdue = $2 WHERE case_id = $1",
    "escalation": "UPDATE cases SET escalation = $2 WHERE case_id = $1",
}


async def test_open_cases_are_counted_by_service_and_state(pool: asyncpg.Pool) -> None:
    await insert(pool, "queued", overdue=True, escalation="unit")
    await insert(pool, "queued")
    await insert(pool, "closed")

    rows = (await figures(pool)).open_cases

    assert {row.state for row in rows} == {CaseState.QUEUED}
    assert {row.service for row in rows} == {"prescription_renewal"}
    assert sum(row.cases for row in rows) == 2
    assert sum(row.overdue for row in rows) == 1
    assert {row.escalation: row.cases for row in rows} == {"unit": 1, "none": 1}


@pytest.mark.parametrize(
    ("state", "protected"),
    [
        pytest.param("queued", True, id="protected person"),
        pytest.param("received", False, id="not yet known whether protected"),
    ],
)
async def test_service_is_withheld_where_it_could_tell_of_a_protected_person(
    pool: asyncpg.Pool, state: str, *, protected: bool
) -> None:
    await insert(pool, state, protected=protected)

    (row,) = (await figures(pool)).open_cases

    assert row.service is None


async def test_service_is_withheld_as_soon_as_the_register_protects_the_patient(
    pool: asyncpg.Pool,
) -> None:
    case_id = await insert(pool, "queued")
    async with pool.acquire() as conn:
        await conn.execute(
            "INSERT INTO citizens (identity, name, protected, synthetic)"
            " SELECT patient, 'A', true, true FROM cases WHERE case_id = $1"
            " ON CONFLICT (identity) DO UPDATE SET protected = true",
            case_id,
        )

    (row,) = (await figures(pool)).open_cases

    assert row.service is None


async def test_age_is_told_in_bands_and_of_the_oldest(pool: asyncpg.Pool) -> None:
    assert (await figures(pool)).oldest_case == 0
    for days in (0.5, 1.5, 3, 40):
        await insert(pool, "queued", age=timedelta(days=days))
    await insert(pool, "closed", age=timedelta(days=400))

    found = await figures(pool)

    assert found.older_than == {1: 3, 2: 2, 5: 1, 10: 1, 30: 1}
    assert 40 <= found.oldest_case / 86_400 < 41


async def test_what_waits_to_leave_is_counted(pool: asyncpg.Pool) -> None:
    case_id = await insert(pool, "queued")
    async with pool.acquire() as conn:
        await conn.execute("UPDATE notices SET state = 'addressed'")
        await conn.executemany(
            "INSERT INTO deliveries"
            " (key, channel, person, template, urgent, gathers, at, due_at, state)"
            " VALUES ($1, $2, 'SE1', 'staff', false, false, now() - $3::interval, now(), $4)",
            [
                ("a", "mail", timedelta(hours=2), "waiting"),
                ("b", "mail", timedelta(hours=3), "failed"),
                ("c", "app", timedelta(hours=4), "sent"),
                ("d", "app", timedelta(hours=-4), "waiting"),
            ],
        )
        await conn.execute(
            "INSERT INTO notices (key, case_id, rev, rule, recipient, urgent, at)"
            " VALUES ('n', $1, 9, 'new_case', 'role', false, now())",
            case_id,
        )

    found = await figures(pool)

    assert {(row.channel, row.state): row.deliveries for row in found.deliveries} == {
        ("mail", "waiting"): 1,
        ("mail", "failed"): 1,
        ("app", "waiting"): 1,
    }
    assert 7_200 <= found.oldest_news < 7_260
    assert found.notices == {"waiting": 1}


@pytest.mark.parametrize("state", ["waiting", "claimed"])
async def test_news_that_no_sender_has_taken_up_shows_its_age(
    pool: asyncpg.Pool, state: str
) -> None:
    case_id = await insert(pool, "queued")
    async with pool.acquire() as conn:
        await conn.execute("UPDATE notices SET state = 'addressed'")
        before = await figures(pool)
        await conn.executemany(
            "INSERT INTO notices (key, case_id, rev, rule, recipient, urgent, at, state)"
            " VALUES ($2, $1, 9, 'new_case', 'role', false, now() - $3::interval, $4)",
            [
                (case_id, "late", timedelta(hours=3), state),
                (case_id, "addressed", timedelta(hours=5), "addressed"),
                (case_id, "ahead", timedelta(hours=-1), state),
            ],
        )

    found = await figures(pool)

    assert (before.oldest_news, found.deliveries) == (0, ())
    assert 10_800 <= found.oldest_news < 10_860


async def test_a_role_that_loses_its_last_holder_is_counted(region_pool: asyncpg.Pool) -> None:
    before = (await figures(region_pool)).uncovered[ROLE]
    await region_pool.execute(
        "DELETE FROM staff_roles USING commissions"
        " WHERE commissions.hsa_id = commission AND role = $1 AND unit = $2",
        ROLE,
        "SE5560000000-TEST001",
    )

    assert (await figures(region_pool)).uncovered[ROLE] == before + 1


async def test_a_statement_that_takes_too_long_is_ended(pool: asyncpg.Pool) -> None:
    async with pool.acquire() as blocker, blocker.transaction():
        await blocker.execute("LOCK TABLE deliveries IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(asyncpg.QueryCanceledError):
            await figures(pool)
