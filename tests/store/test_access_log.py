"""The access log: append-only in every part, kept by the month, and read by patient."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from domain.access import WORKING_SESSION, AccessAction, SearchReason
from store.access_log import (
    _LIST_EXTRACT,
    AccessEntry,
    Seen,
    count_actions,
    insert_entries,
    list_extract,
    list_seen,
)
from store.access_partitions import (
    count_unplaced,
    drop_partition,
    keep_partitions,
    list_partitions,
)
from store.cases import claim_case, record_case
from store.pool import Connection
from tests.store.test_cases import RUN, as_new, record_of
from tests.unit.case_samples import in_state

STAFF, COMMISSION = "SE0000000001-D1", "SE0000000001-C1"
HENRIK, ULRIKA = "197005109819", "197309139843"
CASE, ANOTHER = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"

_INSERT_AT = """
INSERT INTO access_log (at, staff, commission, action, patients, case_ids)
VALUES ($1, $2, $3, 'read_case', ARRAY[$4]::identity[], ARRAY[$5::uuid])
"""


def entry(*seen: Seen, action: AccessAction = AccessAction.LIST_INBOX) -> AccessEntry:
    return AccessEntry(
        staff=STAFF,
        commission=COMMISSION,
        unit="SE0000000001-U1",
        provider="SE0000000001-P",
        action=action,
        seen=seen,
        reason=SearchReason.FOLLOW_UP if action is AccessAction.SEARCH else None,
    )


async def parts(conn: Connection) -> list[str]:
    return ["access_log", *(part.name for part in await list_partitions(conn))]


async def test_no_part_of_the_log_can_be_changed_or_emptied(conn: Connection) -> None:
    await insert_entries(conn, [entry((HENRIK, CASE))])
    await conn.execute(
        _INSERT_AT, datetime(2019, 5, 1, tzinfo=UTC), STAFF, COMMISSION, HENRIK, CASE
    )

    for part in await parts(conn):
        changes = [f"TRUNCATE {part}"]
        if await conn.fetchval(f"SELECT count(*) FROM {part}"):  # noqa: S608 - our own names
            changes += [f"UPDATE {part} SET note = 'x'", f"DELETE FROM {part}"]  # noqa: S608 - ours
        for change in changes:
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
                await conn.execute(change)

    assert await conn.fetchval("SELECT count(*) FROM access_log") == 2


async def test_the_application_may_add_and_read_and_nothing_else(conn: Connection) -> None:
    months = await parts(conn)
    case = as_new(in_state("assigned"))
    await conn.execute("SET ROLE arende_app")
    try:
        await insert_entries(conn, [entry((HENRIK, CASE))])
        assert len(await list_extract(conn, HENRIK, None, 10)) == 1
        assert await claim_case(conn, case.submission, RUN)
        assert await record_case(conn, record_of(case)) == case.rev
        assert await keep_partitions(conn, 3) == 0
        kept = ("case_events", "access_draws", "access_reviews", "access_verdicts", "decode_log")
        for table in (*months, *kept):
            for change in (f"DELETE FROM {table}", f"TRUNCATE {table}"):  # noqa: S608 - our own
                with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
                    await conn.execute(change)
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
            await conn.execute("UPDATE access_log SET note = 'x'")
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
            await conn.execute("UPDATE case_events SET kind = 'x'")
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
            await drop_partition(conn, date(2015, 1, 1))
    finally:
        await conn.execute("RESET ROLE")


async def test_months_are_made_ahead_once(conn: Connection) -> None:
    first = await list_partitions(conn)

    assert len(first) == 1 + 1 + 3
    assert await keep_partitions(conn, 3) == 0
    assert await keep_partitions(conn, 5) == 2
    assert len(await list_partitions(conn)) == len(first) + 2
    assert await keep_partitions(conn, 100) == 12 - 5


async def test_a_row_that_no_month_takes_is_kept_all_the_same(conn: Connection) -> None:
    at = datetime.now(UTC) + timedelta(days=200)
    await conn.execute(_INSERT_AT, at, STAFF, COMMISSION, HENRIK, CASE)

    assert await count_unplaced(conn) == 1
    assert await keep_partitions(conn, 12) == 12 - 3 - 1
    assert await count_unplaced(conn) == 1
    assert [found.at for found in await list_extract(conn, HENRIK, None, 10)] == [at]


async def test_a_month_is_dropped_after_five_years_and_not_before(conn: Connection) -> None:
    today = datetime.now(UTC).date()
    old, young = (
        today.replace(year=today.year - 6, day=1),
        today.replace(year=today.year - 5, day=1),
    )
    for month in (old, young):
        assert await conn.fetchval("SELECT make_access_log_partition($1)", month)
        at = datetime(month.year, month.month, 3, tzinfo=UTC)
        await conn.execute(_INSERT_AT, at, STAFF, COMMISSION, HENRIK, CASE)

    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="younger than five years"):
        await drop_partition(conn, young)
    assert await drop_partition(conn, old)
    assert not await drop_partition(conn, old)

    assert [found.at.year for found in await list_extract(conn, HENRIK, None, 10)] == [young.year]


async def test_extract_is_the_patients_own_part_of_each_view_newest_first(
    conn: Connection,
) -> None:
    await insert_entries(conn, [entry((HENRIK, CASE), (ULRIKA, ANOTHER))])
    await insert_entries(conn, [entry((HENRIK, None), action=AccessAction.SEARCH)])
    await insert_entries(conn, [entry((ULRIKA, ANOTHER), action=AccessAction.READ_CASE)])

    found = await list_extract(conn, HENRIK, None, 10)
    following = await list_extract(conn, HENRIK, (found[0].at, found[0].entry), 10)

    assert [(one.action, one.case_ids) for one in found] == [
        ("search", ()),
        ("list_inbox", (CASE,)),
    ]
    assert following == found[1:]
    assert found[0].unit == "SE0000000001-U1"


async def test_what_was_shown_within_a_session_is_known(conn: Connection) -> None:
    await insert_entries(conn, [entry((HENRIK, CASE)), entry((ULRIKA, None))])
    read = entry((ULRIKA, ANOTHER), action=AccessAction.READ_CASE)
    await insert_entries(conn, [read])

    listed = AccessAction.LIST_INBOX
    seen = await list_seen(conn, STAFF, COMMISSION, listed, WORKING_SESSION)
    other = await list_seen(conn, STAFF, "SE0000000001-C2", listed, WORKING_SESSION)
    later = await list_seen(conn, STAFF, COMMISSION, listed, timedelta())

    assert seen == {(HENRIK, CASE): True, (ULRIKA, None): True}
    assert other == {}
    assert later == {(HENRIK, CASE): False, (ULRIKA, None): False}
    assert await count_actions(conn, STAFF, AccessAction.READ_CASE, WORKING_SESSION) == 1


@pytest.mark.parametrize(
    ("patients", "case_ids"),
    [
        pytest.param([], [], id="nobody's"),
        pytest.param([HENRIK], [], id="no place for the case"),
        pytest.param(["19700510-9819"], [CASE], id="no identity"),
    ],
)
async def test_a_row_that_would_say_too_little_is_refused(
    conn: Connection, patients: list[str], case_ids: list[str]
) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await conn.execute(
            "INSERT INTO access_log (staff, commission, action, patients, case_ids)"
            " VALUES ($1, $2, 'x', $3::text[]::identity[], $4::uuid[])",
            STAFF,
            COMMISSION,
            patients,
            case_ids,
        )


async def test_extract_reads_its_index_however_long_the_log_is(conn: Connection) -> None:
    await conn.execute(
        "INSERT INTO access_log (staff, commission, action, patients, case_ids)"
        " SELECT $1, $2, 'read_case', ARRAY[(200000000000 + number / 3)::text]::identity[],"
        " ARRAY[gen_random_uuid()] FROM generate_series(1, 30000) AS number",
        STAFF,
        COMMISSION,
    )
    await conn.execute("ANALYZE access_log")

    arguments = ("200000000100", None, None, 51)
    explained = await conn.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {_LIST_EXTRACT}", *arguments)
    plan = explained if isinstance(explained, list) else json.loads(explained)
    scans = [
        node for node in _nodes(plan[0]["Plan"]) if "access_log_2" in str(node.get("Index Name"))
    ]

    filled = [scan for scan in scans if scan["Actual Rows"]]
    assert [scan["Actual Rows"] for scan in filled] == [3]
    assert all("patients" in scan["Index Name"] for scan in filled)
    assert not [node for node in _nodes(plan[0]["Plan"]) if _reads_all(node)]


def _reads_all(node: dict[str, Any]) -> bool:
    return "access_log" in str(node.get("Relation Name")) and (
        node.get("Rows Removed by Filter", 0) > 0
    )


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for below in node.get("Plans", []):
        yield from _nodes(below)
