"""The table of cases as operations list it: the open cases of every unit, due first."""

from domain.model import Model
from domain.projection import Projection, Snapshot
from domain.submission import Submission
from store.pool import Connection

_LIST_OPEN = """
SELECT to_jsonb(cases) AS found,
       cases.protected OR coalesce(citizens.protected, false) AS protected
FROM cases
LEFT JOIN citizens ON citizens.identity = cases.patient
WHERE cases.state IN ('received', 'queued', 'assigned', 'awaiting_patient', 'undeliverable')
  AND ($1::text IS NULL OR cases.state = $1)
ORDER BY coalesce(cases.due_at, 'infinity'), cases.case_id
LIMIT $2
"""


class OpenCase(Model):
    """A case without its events; *protected*: where it lies must not be shown [L10]."""

    snapshot: Snapshot
    protected: bool


async def list_open(conn: Connection, state: str | None, limit: int) -> list[OpenCase]:
    """Return open cases of every unit, due first."""
    rows = await conn.fetch(_LIST_OPEN, state, limit)
    return [
        OpenCase(
            snapshot=Snapshot(
                submission=Submission.model_validate(row["found"]),
                projection=Projection.model_validate(row["found"]),
                events=(),
            ),
            protected=row["protected"],
        )
        for row in rows
    ]
