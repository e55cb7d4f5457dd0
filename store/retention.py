"""The table of cases as retention reads it: whose time is over, and how a listed case stands."""

from collections.abc import Collection, Mapping
from datetime import datetime

from domain.model import Model
from domain.retention import Standing
from store.pool import Connection

# A rejected case has no closing of its own: its last event ended it. Run a few times a year, so
# no index of its own is kept for it.
_LIST_DUE = """
SELECT case_id::text AS case_id, service, rev, over.at AS closed_at,
       case_id IN (SELECT case_id FROM protected_cases) AS protected
FROM cases
LEFT JOIN unnest($1::text[], $2::timestamptz[]) AS kept (service, closed_from) USING (service)
CROSS JOIN LATERAL (
    SELECT coalesce(
        closed_at,
        (SELECT max(at) FROM case_events WHERE case_events.case_id = cases.case_id)
    ) AS at
) AS over
WHERE state IN ('closed', 'rejected')
  AND erased_at IS NULL
  AND NOT quarantined
  AND over.at < coalesce(closed_from, $3)
  AND NOT EXISTS (
      SELECT FROM retention_holds AS held
      WHERE held.case_id = cases.case_id AND released_at IS NULL
  )
ORDER BY closed_at, case_id
"""

_LIST_STANDINGS = """
SELECT case_id::text AS case_id, rev, service, state IN ('closed', 'rejected') AS is_over,
       EXISTS (
           SELECT FROM retention_holds AS held
           WHERE held.case_id = cases.case_id AND released_at IS NULL
       ) AS is_held,
       CASE WHEN erased_at IS NOT NULL THEN coalesce(retention_run::text, '') END AS erased_by
FROM cases
WHERE case_id = ANY ($1::uuid[])
"""

_LOCK_CASE = "SELECT FROM cases WHERE case_id = $1 FOR UPDATE"


class ClosedCase(Model):
    """A case that is over, the instant of its last entry, and whether its patient is protected."""

    case_id: str
    service: str
    rev: int
    closed_at: datetime
    protected: bool


async def list_closed_before(
    conn: Connection, closed_from: Mapping[str, datetime], otherwise: datetime
) -> list[ClosedCase]:
    """Return the cases that ended before the instant of their service, those longest over first.

    *otherwise* is the instant of a service that *closed_from* does not name. Open, held, erased
    and quarantined cases are left out.
    """
    services = sorted(closed_from)
    rows = await conn.fetch(
        _LIST_DUE, services, [closed_from[service] for service in services], otherwise
    )
    return [ClosedCase.model_validate(dict(row)) for row in rows]


async def find_standings(conn: Connection, case_ids: Collection[str]) -> dict[str, Standing]:
    """Return how these cases stand now, by id; one without a row is left out."""
    rows = await conn.fetch(_LIST_STANDINGS, list(case_ids))
    return {row["case_id"]: Standing.model_validate(dict(row)) for row in rows}


async def lock_standing(conn: Connection, case_id: str) -> Standing | None:
    """Return how a case stands, which nobody changes until the transaction ends.

    A hold has to lock the row before it is placed (`store.retention_holds`), so none slips in.
    """
    await conn.fetchrow(_LOCK_CASE, case_id)
    return (await find_standings(conn, [case_id])).get(case_id)
