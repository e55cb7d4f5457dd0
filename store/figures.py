"""Figures for operations, read from all tables at once: how many, how old, and who is missing."""

from collections.abc import Collection
from datetime import date

from domain.delivery import DeliveryChannel
from domain.model import Model
from domain.vocabulary import CaseState, Escalation
from store.deliveries import DeliveryState
from store.pool import Connection
from store.staff import find_coverage

AGE_BANDS = (1, 2, 5, 10, 30)
"""Days; open cases older than each are counted [domain 7.2, M5]."""

_BOUND_STATEMENTS = "SET LOCAL statement_timeout = '2s'"

# Whom a case protects is known from its admission on, so before that its service is withheld too;
# afterwards the register may know it before the case does.
_COUNT_OPEN = """
SELECT CASE
           WHEN state = 'received' OR EXISTS (
               SELECT FROM protected_cases WHERE protected_cases.case_id = cases.case_id
           ) THEN NULL
           ELSE service
       END AS service,
       state,
       escalation,
       count(*) AS cases,
       count(*) FILTER (WHERE overdue) AS overdue
FROM cases
WHERE state IN ('received', 'queued', 'assigned', 'awaiting_patient', 'undeliverable')
GROUP BY 1, 2, 3
"""

_COUNT_BY_AGE = """
SELECT width_bucket(
           (extract(epoch FROM now() - received_at) / 86400)::float8, $1::float8[]
       ) AS band,
       count(*) AS cases,
       max(extract(epoch FROM now() - received_at))::float8 AS oldest
FROM cases
WHERE state IN ('received', 'queued', 'assigned', 'awaiting_patient', 'undeliverable')
GROUP BY band
"""

_COUNT_NOTICES = """
SELECT state, count(*) AS notices
FROM notices
WHERE state IN ('waiting', 'claimed')
GROUP BY state
"""

_COUNT_DELIVERIES = """
SELECT channel, state, count(*) AS deliveries
FROM deliveries
WHERE state IN ('waiting', 'claimed', 'failed')
GROUP BY channel, state
"""

# A sender that stands still makes no deliveries, so what it left in `notices` is asked too.
_READ_OLDEST_NEWS = """
SELECT coalesce(extract(epoch FROM now() - min(news.at)), 0)::float8
FROM (
    SELECT at FROM deliveries WHERE state IN ('waiting', 'claimed') AND at < now()
    UNION ALL
    SELECT at FROM notices WHERE state IN ('waiting', 'claimed') AND at < now()
) AS news
"""


class OpenCases(Model):
    """Open cases alike in service, state and escalation; `service` None where it is withheld."""

    service: str | None
    state: CaseState
    escalation: Escalation
    cases: int
    overdue: int


class WaitingDeliveries(Model):
    """Deliveries of one channel that are in one state."""

    channel: DeliveryChannel
    state: DeliveryState
    deliveries: int


class Figures(Model):
    """What operations watch. Ages in seconds by PostgreSQL's clock, 0 when nothing waits.

    `older_than`: open cases by age band in days. `uncovered`: by role, the open units where
    nobody holds it. `oldest_news`: of what has not left yet, whether or not it is a delivery yet.
    """

    open_cases: tuple[OpenCases, ...]
    oldest_case: float
    older_than: dict[int, int]
    notices: dict[str, int]
    deliveries: tuple[WaitingDeliveries, ...]
    oldest_news: float
    uncovered: dict[str, int]


async def read_figures(conn: Connection, roles: Collection[str], on: date) -> Figures:
    """Return the figures as one transaction sees them; each statement gets two seconds.

    *roles* are those that services route to; who holds them is asked for the local day *on*.
    """
    async with conn.transaction(isolation="repeatable_read", readonly=True):
        await conn.execute(_BOUND_STATEMENTS)
        open_cases = await conn.fetch(_COUNT_OPEN)
        bands = await conn.fetch(_COUNT_BY_AGE, list(AGE_BANDS))
        notices = await conn.fetch(_COUNT_NOTICES)
        deliveries = await conn.fetch(_COUNT_DELIVERIES)
        oldest_news: float = await conn.fetchval(_READ_OLDEST_NEWS)
        uncovered = await _count_uncovered(conn, roles, on)
    return Figures(
        open_cases=tuple(OpenCases.model_validate(dict(row)) for row in open_cases),
        oldest_case=max((row["oldest"] for row in bands), default=0.0),
        older_than={
            days: sum(row["cases"] for row in bands if row["band"] > place)
            for place, days in enumerate(AGE_BANDS)
        },
        notices={row["state"]: row["notices"] for row in notices},
        deliveries=tuple(WaitingDeliveries.model_validate(dict(row)) for row in deliveries),
        oldest_news=oldest_news,
        uncovered=uncovered,
    )


async def _count_uncovered(conn: Connection, roles: Collection[str], on: date) -> dict[str, int]:
    coverage = await find_coverage(conn, None, roles, on)
    return {
        role: sum(row.role == role and row.holders == 0 for row in coverage)
        for role in sorted(set(roles))
    }
