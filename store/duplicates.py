"""Looks for cases of one patient that seem to be about the same, by their content keys."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from domain.duplicates import LONGEST_SINCE_END, MOST_CANDIDATES
from domain.submission import Submission
from domain.vocabulary import CaseState
from store.pool import Connection

_FIND_CANDIDATES = """
SELECT case_id::text, state, received_at, resolution_by
FROM cases
WHERE patient = $1
  AND service = $2
  AND content_keys && $3::text[]
  AND case_id <> $4
  AND (
      state IN ('received', 'queued', 'assigned', 'awaiting_patient', 'undeliverable')
      OR (state IN ('resolved', 'closed') AND resolved_at >= $5)
  )
  AND outcome IS DISTINCT FROM 'withdrawn'
  AND ($6::text IS NULL OR $6 IN (patient, submitted_by))
ORDER BY received_at DESC, case_id
LIMIT $7
"""

# Within one care provider: that another has a case is for its own staff to know.
_FIND_CANDIDATES_OF_CASE = """
SELECT other.case_id::text
FROM cases
JOIN cases AS other
    ON other.patient = cases.patient
    AND other.service = cases.service
    AND other.provider = cases.provider
    AND other.content_keys && cases.content_keys
    AND other.case_id <> cases.case_id
WHERE cases.case_id = $1
  AND (
      other.state IN ('received', 'queued', 'assigned', 'awaiting_patient', 'undeliverable')
      OR (
          other.state IN ('resolved', 'closed')
          AND other.resolved_at >= cases.received_at - $2::interval
      )
  )
  AND other.outcome IS DISTINCT FROM 'withdrawn'
ORDER BY other.received_at DESC, other.case_id
LIMIT $3
"""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A case that another may repeat; *resolution_by* is None while nothing is promised."""

    case_id: str
    state: CaseState
    received_at: datetime
    resolution_by: datetime | None


async def find_candidates(
    conn: Connection,
    submission: Submission,
    content_keys: Collection[str],
    *,
    visible_to: str | None = None,
) -> tuple[Candidate, ...]:
    """Return the newest cases that *submission* may repeat: open, or ended in the last 7 days.

    Same patient, same service, a content key in common [domain 5]; nothing repeats what the patient
    took back. `visible_to`: only those that this citizen is the patient of or sent.
    """
    rows = await conn.fetch(
        _FIND_CANDIDATES,
        submission.patient,
        submission.service,
        list(content_keys),
        submission.case_id,
        submission.received_at - LONGEST_SINCE_END,
        visible_to,
        MOST_CANDIDATES,
    )
    return tuple(Candidate(**row) for row in rows)


async def find_candidates_of(conn: Connection, case_id: str) -> tuple[str, ...]:
    """Return the cases of the same care provider that this one may repeat, newest first."""
    rows = await conn.fetch(_FIND_CANDIDATES_OF_CASE, case_id, LONGEST_SINCE_END, MOST_CANDIDATES)
    return tuple(row["case_id"] for row in rows)
