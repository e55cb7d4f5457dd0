"""Drawing accesses for review: some by system, some by lot, of each unit, once a week [L3]."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import uuid4

import pytest

from domain.access_reviews import Period, SampleRule
from store.access_reviews import count_reviews, draw_reviews
from store.pool import Connection

MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
WEEK = Period(begins=MONDAY, ends=MONDAY + timedelta(days=7))
RULE = SampleRule(by_system=5, at_random=5)
BIG, SMALL, QUIET = "SE0000000001-BIG", "SE0000000001-SMALL", "SE0000000001-QUIET"

_FILL = """
INSERT INTO access_log (at, staff, commission, unit, provider, action, patients, case_ids)
SELECT $1::timestamptz + number * interval '1 minute', 'SE0000000001-D1', 'SE0000000001-C1', $2,
       'SE0000000001-P', $4, ARRAY['197005109819']::identity[], ARRAY[gen_random_uuid()]
FROM generate_series(0, $3::int - 1) AS number
"""


@pytest.fixture
async def log(conn: Connection) -> Connection:
    """A week with a thousand accesses at one unit and three at another, and some around it."""
    await conn.execute(_FILL, MONDAY, BIG, 1000, "read_case")
    await conn.execute(_FILL, MONDAY, SMALL, 3, "read_case")
    await conn.execute(_FILL, MONDAY, QUIET, 10, "list_reviews")
    await conn.execute(_FILL, MONDAY - timedelta(days=3), BIG, 50, "read_case")
    await conn.execute(_FILL, WEEK.ends, BIG, 50, "read_case")
    return conn


async def draw(conn: Connection, seed: str, period: Period = WEEK) -> int | None:
    async with conn.transaction():
        return await draw_reviews(conn, uuid4(), period, RULE, seed)


async def found(conn: Connection) -> list[tuple[str, int, str]]:
    rows = await conn.fetch("SELECT unit, entry, method FROM access_reviews ORDER BY entry")
    return [(row["unit"], row["entry"], row["method"]) for row in rows]


async def test_each_unit_gives_its_part(log: Connection) -> None:
    drawn = await draw(log, "one seed")

    sample = await found(log)
    assert drawn == len(sample)
    assert Counter(unit for unit, _, _ in sample)[SMALL] == 3
    assert {unit for unit, _, _ in sample} == {BIG, SMALL}
    big = Counter(method for unit, _, method in sample if unit == BIG)
    assert big["system"] == 5
    assert 0 < big["random"] <= 5
    at = await log.fetch("SELECT entry_at FROM access_reviews")
    assert all(WEEK.begins <= row["entry_at"] < WEEK.ends for row in at)


async def test_what_is_taken_by_system_lies_evenly_over_the_week(log: Connection) -> None:
    await draw(log, "one seed")

    nth = [entry for unit, entry, method in await found(log) if (unit, method) == (BIG, "system")]
    assert gaps(nth) == {200}


def gaps(entries: Sequence[int]) -> set[int]:
    return {later - earlier for earlier, later in pairwise(entries)}


async def test_the_kept_seed_draws_the_same_again_and_another_seed_others(
    log: Connection,
) -> None:
    samples = []
    for number, seed in enumerate(("a", "a", "b")):
        further = timedelta(microseconds=number)  # another period, with the same accesses
        await draw(log, seed, Period(begins=WEEK.begins, ends=WEEK.ends - further))
        rows = await log.fetch(
            "SELECT entry FROM access_reviews JOIN access_draws USING (draw_id)"
            " WHERE period_until = $1 ORDER BY entry",
            WEEK.ends - further,
        )
        samples.append([row["entry"] for row in rows])

    assert samples[0] == samples[1] != samples[2]


async def test_a_week_is_drawn_once(log: Connection) -> None:
    first = await draw(log, "a")
    sample = await found(log)

    assert first
    assert await draw(log, "b") is None
    assert await found(log) == sample


async def test_state_counts_what_was_drawn_and_judged(log: Connection) -> None:
    await draw(log, "a")
    await log.execute(
        "INSERT INTO access_verdicts (review_id, verdict, reviewer, commission)"
        " SELECT review_id, 'justified', 'SE0000000001-R1', 'SE0000000001-C9'"
        " FROM access_reviews WHERE unit = $1 LIMIT 2",
        SMALL,
    )

    [big, small] = await count_reviews(log)

    assert (small.unit, small.drawn, small.judged, small.justified) == (SMALL, 3, 2, 2)
    assert (big.unit, big.judged, big.seed) == (BIG, 0, "a")
