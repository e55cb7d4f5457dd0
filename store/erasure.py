"""Overwrites what a case holds of persons, in every table that names it; leaves a tombstone."""

from datetime import datetime

from domain.events import Event, erased
from domain.model import Model
from store.delivery_erasure import remove_deliveries
from store.pool import Connection

KEPT = {
    "access_log": "the law wants it for at least five years, whatever becomes of the case",
    "decode_log": "it says who opened which payloads in clear, and names no patient",
    "erasure_proofs": "it is the proof, and names no patient",
    "retention_holds": "it says why the case was once kept, and names no patient",
    "retention_run_cases": "it is what was approved, and names no patient",
}
"""Tables that name a case and are not touched, with the reason."""

# Retention and follow-up keep what names nobody: service, unit, role, outcome, instants, counts.
# An empty run id is no workflow's, so that none can claim the case again. That the patient was
# protected is kept, since nobody can ask the register once it is forgotten who it was.
_ERASE_CASE = """
UPDATE cases
SET state = 'closed',
    rev = rev + 1,
    run_id = '',
    answers = '{}',
    patient = NULL,
    submitted_by = NULL,
    clinic = NULL,
    not_duplicate_of = '{}',
    fingerprint = '',
    correlation_id = '',
    content_keys = '{}',
    assigned_to = NULL,
    prepared_by = NULL,
    flags = '{}',
    protected = protected OR EXISTS (
        SELECT FROM citizens WHERE citizens.identity = cases.patient AND citizens.protected
    ),
    paused = false,
    due_at = NULL,
    next_mark_at = NULL,
    next_mark = NULL,
    quarantined = false,
    closed_at = coalesce(closed_at, $2),
    erased_at = $3,
    retention_class = $4,
    retention_run = $5
WHERE case_id = $1 AND erased_at IS NULL
"""

_READ_EVENTS = """
SELECT to_jsonb(case_events) AS found FROM case_events WHERE case_id = $1 ORDER BY seq
"""

_ERASE_EVENTS = """
UPDATE case_events
SET actor = left_over.actor, action_id = NULL, detail = '{}', salt = '', digest = left_over.digest
FROM jsonb_to_recordset($2) AS left_over (seq integer, actor jsonb, digest text)
WHERE case_events.case_id = $1 AND case_events.seq = left_over.seq
"""

_END_NOTICES = """
UPDATE notices
SET state = 'dropped', ended_at = $2
WHERE case_id = $1 AND state IN ('waiting', 'claimed')
"""

_ANNOUNCE = "SELECT set_config('arende.erasing', $1, true)"

_VACUUM = """
VACUUM (ANALYZE) cases, case_events, notices, deliveries, delivery_notices, staff_tasks,
    stopped_channels
"""


class Tombstone(Model):
    """What a case is overwritten with: when it ended, and when and by which run it was erased."""

    case_id: str
    closed_at: datetime
    erased_at: datetime
    retention_class: str
    run: str


async def erase_case(conn: Connection, tombstone: Tombstone) -> tuple[Event, ...]:
    """Overwrite a case within the caller's transaction; return what is left of its events.

    Safe to repeat: what is erased stays as it is. Other triggers of the database learn by the
    setting `arende.erasing` that this is an erasure, and of which run.
    """
    await conn.execute(_ANNOUNCE, tombstone.run)
    left = tuple(erased(event) for event in await list_events(conn, tombstone.case_id))
    await conn.execute(
        _ERASE_EVENTS,
        tombstone.case_id,
        [event.model_dump(mode="json", include={"seq", "actor", "digest"}) for event in left],
    )
    await conn.execute(_END_NOTICES, tombstone.case_id, tombstone.erased_at)
    await remove_deliveries(conn, tombstone.case_id)
    await conn.execute(
        _ERASE_CASE,
        tombstone.case_id,
        tombstone.closed_at,
        tombstone.erased_at,
        tombstone.retention_class,
        tombstone.run,
    )
    return left


async def list_events(conn: Connection, case_id: str) -> tuple[Event, ...]:
    """Return a case's events in order, erased or not."""
    rows = await conn.fetch(_READ_EVENTS, case_id)
    return tuple(Event.model_validate(row["found"]) for row in rows)


async def vacuum(conn: Connection) -> None:
    """Free the former versions of overwritten rows, and sample anew: statistics quote values."""
    await conn.execute(_VACUUM)
