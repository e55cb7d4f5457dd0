"""The table of cases as its workflow writes it: claimed at admission, then changed by rev alone."""

from collections.abc import Collection

from domain.projection import CaseRecord
from domain.submission import CaseId, Submission
from store.pool import Connection

_CLAIM_CASE = """
INSERT INTO cases (
    case_id, run_id, service, answers, patient, submitted_by, clinic, channel,
    not_duplicate_of, received_at, fingerprint, correlation_id, content_keys
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
ON CONFLICT (case_id) DO UPDATE SET run_id = cases.run_id
RETURNING run_id
"""

_RECORD_CASE = """
WITH changed AS (
    UPDATE cases
    SET (
        state, rev, outcome, unit, provider, unit_name, unit_phone, role, role_name,
        assigned_to, flags, urgency, protected, first_response_by, resolution_by, paused,
        due_at, next_mark_at, next_mark, overdue, escalation, queued_at, first_taken_at,
        first_response_at, resolved_at, closed_at, first_response_promised,
        resolution_promised, first_response_breached, resolution_breached, reminders,
        escalations, transfers, returns, reopens, qualified_contact, documented_in_record,
        preparer_role, prepared_by, handed_over_at, paused_minutes, worked_minutes, quarantined,
        events_count, events_head
    ) = (
        told.state, told.rev, told.outcome, told.unit, told.provider, told.unit_name,
        told.unit_phone, told.role, told.role_name, told.assigned_to, told.flags, told.urgency,
        told.protected, told.first_response_by, told.resolution_by, told.paused, told.due_at,
        told.next_mark_at, told.next_mark, told.overdue, told.escalation, told.queued_at,
        told.first_taken_at, told.first_response_at, told.resolved_at, told.closed_at,
        told.first_response_promised, told.resolution_promised, told.first_response_breached,
        told.resolution_breached, told.reminders, told.escalations, told.transfers,
        told.returns, told.reopens, told.qualified_contact, told.documented_in_record,
        told.preparer_role, told.prepared_by, told.handed_over_at,
        told.paused_minutes, told.worked_minutes, told.quarantined,
        coalesce(told.events_count, cases.events_count),
        coalesce(told.events_head, cases.events_head)
    )
    FROM jsonb_populate_record(NULL::cases, $2) AS told
    WHERE cases.case_id = $1 AND cases.rev < told.rev AND cases.erased_at IS NULL AND NOT EXISTS (
        SELECT
        FROM jsonb_to_recordset($3) AS event (seq integer, hash text)
        JOIN case_events USING (seq)
        WHERE case_events.case_id = $1 AND case_events.hash <> event.hash
    )
    RETURNING cases.rev
), new_events AS (
    INSERT INTO case_events (case_id, seq, at, kind, actor, action_id, detail, hash, salt)
    SELECT $1, seq, at, kind, actor, action_id, detail, hash, salt
    FROM jsonb_to_recordset($3) AS event (
        seq integer, at timestamptz, kind text, actor jsonb, action_id text, detail jsonb,
        hash text, salt text
    )
    WHERE EXISTS (SELECT FROM changed)
    ON CONFLICT (case_id, seq) DO NOTHING
), new_notices AS (
    INSERT INTO notices (key, case_id, rev, rule, recipient, urgent, at)
    SELECT key, $1, rev, rule, recipient, urgent, at
    FROM jsonb_to_recordset($4) AS notice (
        key text, rev integer, rule text, recipient text, urgent boolean, at timestamptz
    )
    WHERE EXISTS (SELECT FROM changed)
    ON CONFLICT (key) DO NOTHING
)
SELECT coalesce((SELECT rev FROM changed), (SELECT rev FROM cases WHERE case_id = $1))
"""


async def claim_case(
    conn: Connection, submission: Submission, run_id: str, content_keys: Collection[str] = ()
) -> bool:
    """Claim the case id for the workflow whose first run is *run_id*; False if another has it.

    Safe to repeat: the first claim wins for ever, and its own workflow gets True again.
    *content_keys* say what the case is about (`domain.duplicates`).
    """
    claimed_by: str = await conn.fetchval(
        _CLAIM_CASE,
        submission.case_id,
        run_id,
        submission.service,
        submission.answers,
        submission.patient,
        submission.submitted_by,
        submission.clinic,
        submission.channel,
        list(submission.not_duplicate_of),
        submission.received_at,
        submission.fingerprint,
        submission.correlation_id,
        sorted(content_keys),
    )
    return claimed_by == run_id


async def record_case(conn: Connection, record: CaseRecord) -> int | None:
    """Write the row, its new events and notices in one statement; return the row's rev after it.

    Safe to repeat: only a lower rev is overwritten, and nothing is added unless the row changed.
    Another rev than the record's means that the row is ahead of its workflow or tells of other
    events, or that the case was erased; then nothing was written. None means that there is no row.
    """
    notices = [
        {**notice.model_dump(mode="json"), "key": notice.key_for(record.case_id)}
        for notice in record.notices
    ]
    rev: int | None = await conn.fetchval(
        _RECORD_CASE,
        CaseId(record.case_id),
        record.projection.model_dump(mode="json") | _head(record),
        [event.model_dump(mode="json") for event in record.events],
        notices,
    )
    return rev


def _head(record: CaseRecord) -> dict[str, object]:
    """Return where the chain of events ends after this record, nothing when it adds none."""
    if not record.events:
        return {}
    last = record.events[-1]
    return {"events_count": last.seq, "events_head": last.hash}
