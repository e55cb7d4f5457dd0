"""The table of notices: written with the change they tell of, claimed and ended by the sender."""

from datetime import datetime, timedelta
from typing import Literal

from pydantic import Field

from domain.model import Model
from domain.notices import Recipient
from domain.vocabulary import CaseState
from store.pool import Connection

_CLAIM_NOTICES = """
UPDATE notices
SET state = 'claimed', claimed_at = $3::timestamptz
WHERE key IN (
    SELECT key
    FROM notices
    WHERE state = 'waiting' OR (state = 'claimed' AND claimed_at <= $3::timestamptz - $2::interval)
    ORDER BY urgent DESC, at
    LIMIT $1
    FOR UPDATE SKIP LOCKED
)
RETURNING key, case_id::text AS case_id, rule, recipient, urgent, at
"""

_HOLD_NOTICE = "SELECT key FROM notices WHERE key = $1 AND state = 'claimed' FOR UPDATE"

_END_NOTICE = """
UPDATE notices
SET state = $2, sent_to = $3, ended_at = $4
WHERE key = $1 AND state = 'claimed'
"""

_FIND_SUBJECT = """
SELECT unit, role, patient, assigned_to, state, first_response_at IS NOT NULL AS answered,
       EXISTS (SELECT FROM protected_cases WHERE protected_cases.case_id = cases.case_id)
           AS protected
FROM cases
WHERE case_id = $1
"""


class ClaimedNotice(Model):
    """A notice this round has taken; nobody else addresses it while the claim is fresh."""

    key: str
    case_id: str
    rule: str
    recipient: Recipient
    urgent: bool
    at: datetime


class Subject(Model):
    """Where the case of a notice stands now; decides whether and to which staff it is sent.

    `protected`: the patient has protected identity now, by the case or by the register.
    `patient`: none of the staff close to them is told; None when the case is erased.
    """

    unit: str | None
    role: str | None
    patient: str | None = Field(default=None, repr=False)
    assigned_to: str | None
    state: CaseState
    answered: bool
    protected: bool = False


async def claim_notices(
    conn: Connection, limit: int, stale_after: timedelta, at: datetime
) -> list[ClaimedNotice]:
    """Take up to *limit* notices at *at*, and those a round left behind *stale_after* ago.

    The urgent and the oldest first.
    """
    rows = await conn.fetch(_CLAIM_NOTICES, limit, stale_after, at)
    claimed = [ClaimedNotice.model_validate(dict(row)) for row in rows]
    return sorted(claimed, key=lambda one: (not one.urgent, one.at))


async def hold_notice(conn: Connection, key: str) -> bool:
    """Keep a claimed notice to this transaction; False when another round has ended it."""
    return await conn.fetchval(_HOLD_NOTICE, key) is not None


async def end_notice(
    conn: Connection,
    key: str,
    state: Literal["addressed", "dropped"],
    at: datetime,
    *,
    told: int = 0,
) -> None:
    """Mark a claimed notice as addressed to so many, or as dropped when its reason had gone."""
    await conn.execute(_END_NOTICE, key, state, told, at)


async def find_subject(conn: Connection, case_id: str) -> Subject | None:
    """Return where the notice's case stands now."""
    row = await conn.fetchrow(_FIND_SUBJECT, case_id)
    return Subject.model_validate(dict(row)) if row else None
