"""The log and the events of a stretch of time as one timeline, for looking into an incident."""

from collections.abc import AsyncIterator
from datetime import datetime

from domain.access import AccessAction
from domain.access_reviews import Period
from domain.model import Model
from store.pool import Connection
from store.staff import StaffAccess

# Whoever's data the timeline touches is found in the log of the export, 500 to a row.
_LOG_EXPORT = """
WITH touched AS (
    SELECT seen.patient, seen.case_id
    FROM access_log, unnest(patients::text[], case_ids) AS seen (patient, case_id)
    WHERE at >= $5 AND at < $6
    UNION
    SELECT cases.patient::text, cases.case_id
    FROM case_events
    JOIN cases USING (case_id)
    WHERE case_events.at >= $5 AND case_events.at < $6 AND cases.patient IS NOT NULL
), numbered AS (
    SELECT patient, case_id, (row_number() OVER (ORDER BY patient, case_id) - 1) / 500 AS part
    FROM touched
)
INSERT INTO access_log (staff, commission, unit, provider, action, note, patients, case_ids)
SELECT $1, $2, $3, $4, $7, $8, array_agg(patient)::identity[], array_agg(case_id)
FROM numbered
GROUP BY part
"""

_TIMELINE = """
SELECT at, 'access' AS source, action AS what, staff AS actor, commission, unit, provider,
       kind, array_remove(case_ids, NULL)::text[] AS case_ids
FROM access_log
WHERE at >= $1 AND at < $2
UNION ALL
SELECT at, 'event', kind, CASE WHEN actor ->> 'kind' = 'citizen' THEN NULL ELSE actor ->> 'id' END,
       actor ->> 'commission', actor ->> 'unit', NULL, actor ->> 'kind', ARRAY[case_id::text]
FROM case_events
WHERE at >= $1 AND at < $2
ORDER BY at, source
"""


class TimelineEntry(Model):
    """An access or an event: when, what and by whom, on which cases; no patient and no text.

    *kind* is that of the access or of the event's actor; a citizen is not named.
    """

    at: datetime
    source: str
    what: str
    actor: str | None
    commission: str | None
    unit: str | None
    provider: str | None
    kind: str
    case_ids: tuple[str, ...]


async def log_export(conn: Connection, access: StaffAccess, period: Period, note: str) -> int:
    """Log that *access* exports the timeline of *period*; return in how many rows."""
    told = await conn.execute(
        _LOG_EXPORT,
        access.hsa_id,
        access.commission,
        access.unit,
        access.provider,
        period.begins,
        period.ends,
        AccessAction.EXPORT_INCIDENT,
        note,
    )
    return int(told.rpartition(" ")[2])


async def stream_timeline(conn: Connection, period: Period) -> AsyncIterator[TimelineEntry]:
    """Yield what happened in *period* in order of time; the caller opens a transaction."""
    async for row in conn.cursor(_TIMELINE, period.begins, period.ends, prefetch=1_000):
        yield TimelineEntry.model_validate(dict(row))
