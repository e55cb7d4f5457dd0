"""An inbox over many rows: real cases, copied in the table until there are as many as wanted."""

from bench.figures import Figure
from bench.inbox import read_inboxes
from bench.open_cases import open_cases
from bench.stack import Bench
from store.pool import open_pool

_REAL_CASES = 200
# Whole rows under new ids, due at other times: no workflow stands behind a copy, and an inbox,
# which is read from PostgreSQL alone, does not know the difference.
_COPY = """
INSERT INTO cases
SELECT copied.*
FROM cases
CROSS JOIN generate_series(1, $1::int) AS turn
CROSS JOIN LATERAL jsonb_populate_record(
    cases,
    jsonb_build_object(
        'case_id', gen_random_uuid(),
        'due_at', cases.due_at + turn * interval '1 minute'
    )
) AS copied
"""


async def measure_many_rows(bench: Bench, rows: int) -> list[Figure]:
    """Open 200 cases, copy them until the table has some *rows*, and read the largest inbox.

    The worker is stopped before the inbox is read, so that the API has what a machine of its own
    would give it.
    """
    async with await open_pool(bench.settings.database_url, 1) as pool:
        await bench.stack.start("worker")
        await open_cases(bench, pool, 0, _REAL_CASES)
        await bench.stack.kill("worker")
        await pool.execute(_COPY, max(0, rows // _REAL_CASES - 1))
        await pool.execute("ANALYZE cases")
        count = await pool.fetchval("SELECT count(*) FROM cases")
        told = Figure(what="open cases in the table", value=count, unit="")
        return [told, *await read_inboxes(bench, pool)]
