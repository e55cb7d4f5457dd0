"""An inbox is read from its index in its order, however many cases are open."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from asyncpg.pool import PoolConnectionProxy

from store.inboxes import COUNT_INBOX, LIST_INBOX

UNITS, CASES, PAGE = 40, 20_000, 51
UNIT = "SE0000000001-U1"
READER = "SE0000000001-S1"
ROLES = [f"PV/lakare/roll_{letter}" for letter in "abcde"]

_FILL = """
INSERT INTO cases (
    case_id, run_id, service, answers, patient, submitted_by, channel, not_duplicate_of,
    received_at, fingerprint, correlation_id, state, unit, role, due_at
)
SELECT gen_random_uuid(), 'r', 's', '{}', '197005109819', '197005109819', 'mvg_app', '{}',
    now(), '', '', CASE WHEN number / $2 % 10 = 0 THEN 'closed' ELSE 'queued' END,
    'SE0000000001-U' || number % $2::int, ($3::text[])[1 + number / $2 % 5],
    CASE WHEN number % 7 > 0 THEN now() + number * interval '1 minute' END
FROM generate_series(1, $1::int) AS number
"""


@pytest.fixture
async def filled(conn: PoolConnectionProxy) -> PoolConnectionProxy:
    """A connection to a database with 20,000 cases at 40 units."""
    await conn.execute(_FILL, CASES, UNITS, ROLES)
    await conn.execute("ANALYZE cases")
    return conn


async def scans(conn: PoolConnectionProxy, query: str, *arguments: object) -> list[dict[str, Any]]:
    """Run *query* and return what it did to reach the table of cases, node by node."""
    explained = await conn.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}", *arguments)
    plan = explained if isinstance(explained, list) else json.loads(explained)
    return [node for node in _nodes(plan[0]["Plan"]) if node.get("Relation Name") == "cases"]


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for below in node.get("Plans", []):
        yield from _nodes(below)


def read(scan: dict[str, Any]) -> float:
    """Return how many rows the scan looked at, kept or not."""
    return float(scan["Actual Rows"] + scan.get("Rows Removed by Filter", 0))


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
async def test_page_of_an_inbox_reads_hardly_more_than_it_shows(
    filled: PoolConnectionProxy, mode: str
) -> None:
    await filled.execute(f"SET plan_cache_mode = {mode}")

    arguments: tuple[object, ...] = (
        UNIT,
        ROLES[:2],
        READER,
        [],
        [],
        None,
        None,
        None,
        None,
        None,
        PAGE,
    )
    picked, *others = await scans(filled, LIST_INBOX, *arguments)

    assert picked["Index Name"] == "cases_inbox"
    assert picked["Actual Rows"] == PAGE
    assert read(picked) < 5 * PAGE
    assert {scan["Index Name"] for scan in others} == {"cases_pkey"}


async def test_counting_an_inbox_reads_the_cases_of_its_unit_only(
    filled: PoolConnectionProxy,
) -> None:
    found = await scans(filled, COUNT_INBOX, UNIT, ROLES, READER, [], [])

    assert all(read(scan) <= CASES / UNITS for scan in found)
