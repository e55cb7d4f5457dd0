"""How soon an inbox answers when the region has many open cases."""

import asyncio
from datetime import UTC, datetime

import asyncpg
import httpx2

from bench.figures import Figure, percentile
from bench.stack import Bench
from runtime.issuer import LocalIssuer
from store.people import StaffPerson

_CLIENTS = 4
_WARM_UP = 5
_ANSWERS = 100
_LARGEST_INBOX = """
SELECT unit, count(*) AS cases
FROM cases
WHERE state = 'queued'
GROUP BY unit
ORDER BY cases DESC, unit
LIMIT 1
"""
_INBOX = "/v1/inbox"
_COUNTS = "/v1/inbox/counts"


async def read_inboxes(bench: Bench, pool: asyncpg.Pool) -> list[Figure]:
    """Start the API and let four clients ask for the inbox that has the most cases."""
    await bench.stack.start("api")
    largest = await pool.fetchrow(_LARGEST_INBOX)
    if largest is None:
        raise LookupError(_LARGEST_INBOX)
    reader = bench.physicians[largest["unit"]]
    async with httpx2.AsyncClient(base_url=bench.stack.api_url, trust_env=False) as client:
        waits = {path: await _answers(bench, client, path, reader) for path in (_INBOX, _COUNTS)}
    return [
        Figure(what="cases in the largest inbox", value=largest["cases"], unit=""),
        _milliseconds("inbox answer, p95 at 4 clients", waits[_INBOX], 95, 50),
        _milliseconds("inbox answer, median", waits[_INBOX], 50),
        _milliseconds("inbox counts, p95 at 4 clients", waits[_COUNTS], 95),
    ]


async def _answers(
    bench: Bench, client: httpx2.AsyncClient, path: str, reader: StaffPerson
) -> list[float]:
    """Return how many seconds each answer took, those of the warm-up left out."""
    token = LocalIssuer(bench.settings).staff_token(
        reader.hsa_id, reader.commission, datetime.now(UTC)
    )
    headers = {"Authorization": f"Bearer {token}"}
    clock = asyncio.get_running_loop().time

    async def ask() -> list[float]:
        seconds = []
        for _ in range(_WARM_UP + _ANSWERS):
            begun = clock()
            (await client.get(path, headers=headers)).raise_for_status()
            seconds.append(clock() - begun)
        return seconds[_WARM_UP:]

    every = await asyncio.gather(*(ask() for _ in range(_CLIENTS)))
    return [seconds for one in every for seconds in one]


def _milliseconds(
    what: str, seconds: list[float], percent: int, limit: float | None = None
) -> Figure:
    bound = None if limit is None else ("<=", limit)
    value = round(percentile(seconds, percent) * 1000, 1)
    return Figure(what=what, value=value, unit="ms", budget=bound)
