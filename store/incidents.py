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
    WHERE at >= $1 AND at < $2 AND ($3::boolean OR provider = $4::text)
    UNION
    SELECT cases.patient::text, cases.case_id
    FROM case_events
    JOIN cases USING (case_id)
    LEFT JOIN units ON units.hsa_id = case_events.actor ->> 'unit'
    WHERE case_events.at >= $1 AND case_events.at < $2 AND cases.patient IS NOT NULL
      AND ($3::boolean OR coalesce(units.provider, cases.provider) = $4::text)
), numbered AS (
    SELECT patient, case_id, (row_number() OVER (ORDER BY patient, case_id) - 1) / 500 AS part
    FROM touched
)
INSERT INTO access_log (staff, commission, unit, provider, action, note, patients, case_ids)
SELECT $5, $6, $7, $8, $9, $10, array_agg(patient)::identity[], array_agg(case_id)
FROM numbered
GROUP BY part
"""

# A view of several cases is told apart from its protected ones, and these by the hour alone: else
# the others of the same view would say which unit it was. What is to be printed is put by when the
# transaction is committed, so that the log row is there before the first line.
_OPEN_TIMELINE = """
DECLARE timeline NO SCROLL CURSOR WITH HOLD FOR
WITH hidden AS MATERIALIZED (
    SELECT cases.case_id, cases.patient::text AS patient
    FROM protected_cases
    JOIN cases USING (case_id)
), happened AS (
    SELECT access_log.at, access_log.entry, 'access' AS source, access_log.action AS what,
           access_log.staff::text AS actor, access_log.commission::text AS commission,
           access_log.unit::text AS unit, access_log.provider::text AS provider, access_log.kind,
           seen.case_id,
           CASE
               WHEN seen.case_id IS NOT NULL THEN seen.case_id IN (SELECT case_id FROM hidden)
               ELSE seen.patient IN (SELECT patient FROM hidden WHERE patient IS NOT NULL)
                   OR seen.patient IN (SELECT identity::text FROM citizens WHERE protected)
           END AS is_protected
    FROM access_log, unnest(patients::text[], case_ids) AS seen (patient, case_id)
    WHERE at >= $1 AND at < $2
    UNION ALL
    SELECT case_events.at, case_events.seq, 'event', case_events.kind,
           CASE WHEN actor ->> 'kind' = 'citizen' THEN NULL ELSE actor ->> 'id' END,
           actor ->> 'commission', actor ->> 'unit',
           coalesce(units.provider, cases.provider)::text, actor ->> 'kind',
           case_events.case_id, case_events.case_id IN (SELECT case_id FROM hidden)
    FROM case_events
    LEFT JOIN cases USING (case_id)
    LEFT JOIN units ON units.hsa_id = actor ->> 'unit'
    WHERE case_events.at >= $1 AND case_events.at < $2
), judged AS (
    SELECT at, entry, source, what, actor, commission, unit, provider, kind, case_id,
           is_protected AND NOT coalesce(provider = $4::text, false) AS is_masked
    FROM happened
    WHERE $3::boolean OR provider = $4::text
)
SELECT CASE WHEN is_masked AND source = 'access' THEN date_trunc('hour', at) ELSE at END AS at,
       source, what, kind, is_masked AS masked,
       CASE WHEN NOT is_masked THEN actor END AS actor,
       CASE WHEN NOT is_masked THEN commission END AS commission,
       CASE WHEN NOT is_masked THEN unit END AS unit,
       CASE WHEN NOT is_masked THEN provider END AS provider,
       array_remove(array_agg(case_id ORDER BY case_id), NULL)::text[] AS case_ids
FROM judged
GROUP BY judged.at, entry, source, what, kind, is_masked, actor, commission, unit, provider,
         CASE WHEN source = 'event' THEN case_id END
ORDER BY at, source
"""

_READ_ON = "FETCH FORWARD 1000 FROM timeline"


class Reach(Model):
    """Whose part of a timeline is told: all of it if *everywhere*, else that of one *provider*.

    Where a protected patient's cases are, and with whom, is told of that provider's part alone;
    None: of nobody's [L3, L10].
    """

    everywhere: bool
    provider: str | None


class TimelineEntry(Model):
    """An access or an event: when, what and by whom, on which cases; no patient and no text.

    *kind* is that of the access or of the event's actor; a citizen is not named. What is *masked*
    is about protected patients and tells neither who nor where, an access its hour alone.
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
    masked: bool


async def log_export(
    conn: Connection, access: StaffAccess, period: Period, reach: Reach, note: str
) -> int:
    """Log that *access* exports the timeline of *period*; return in how many rows."""
    told = await conn.execute(
        _LOG_EXPORT,
        period.begins,
        period.ends,
        reach.everywhere,
        reach.provider,
        access.hsa_id,
        access.commission,
        access.unit,
        access.provider,
        AccessAction.EXPORT_INCIDENT,
        note,
    )
    return int(told.rpartition(" ")[2])


async def open_timeline(conn: Connection, period: Period, reach: Reach) -> None:
    """Fix what happened in *period*, to be read once the caller's transaction is committed.

    In one transaction of repeatable reads with `log_export`, both are of the same rows.
    """
    await conn.execute(_OPEN_TIMELINE, period.begins, period.ends, reach.everywhere, reach.provider)


async def read_timeline(conn: Connection) -> AsyncIterator[TimelineEntry]:
    """Yield what `open_timeline` fixed on this connection, in order of time."""
    while rows := await conn.fetch(_READ_ON):
        for row in rows:
            yield TimelineEntry.model_validate(dict(row))
