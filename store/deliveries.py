"""The table of deliveries as the sender uses it: claimed with a lease, and ended once."""

from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import AwareDatetime

from domain.delivery import DeliveryChannel, Template
from domain.model import Model
from domain.notices import Recipient
from domain.vocabulary import CaseState
from store.pool import Connection

# After its first attempt a delivery gathers no more: the next one must say the same.
_CLAIM_DELIVERIES = """
UPDATE deliveries
SET state = 'claimed', attempts = attempts + 1, gathers = false,
    due_at = $3::timestamptz + $4::interval,
    first_tried_at = coalesce(first_tried_at, $3)
WHERE key IN (
    SELECT key
    FROM deliveries
    WHERE channel = $1 AND state IN ('waiting', 'claimed') AND due_at <= $3
    ORDER BY urgent DESC, due_at
    LIMIT $2
    FOR UPDATE SKIP LOCKED
)
RETURNING key, channel, person, case_id::text AS case_id, template, urgent, at, attempts,
          first_tried_at, sent_at IS NOT NULL AS is_replay
"""

_LIST_REASONS = """
SELECT notices.rule, notices.recipient, notices.case_id::text AS case_id, cases.state,
       cases.first_response_at IS NOT NULL AS answered,
       EXISTS (SELECT FROM protected_cases WHERE protected_cases.case_id = cases.case_id)
           AS protected,
       EXISTS (
           SELECT
           FROM close_to_staff
           WHERE close_to_staff.staff = deliveries.person AND close_to_staff.person = cases.patient
       ) AS is_close
FROM deliveries
JOIN delivery_notices ON delivery_notices.delivery = deliveries.key
JOIN notices ON notices.key = delivery_notices.notice
JOIN cases ON cases.case_id = notices.case_id
WHERE deliveries.key = $1
"""

_END_DELIVERY = """
UPDATE deliveries
SET state = $3::text, error = $4, ended_at = $5::timestamptz,
    sent_at = CASE WHEN $3::text = 'sent' THEN $5::timestamptz ELSE sent_at END,
    address_digest = coalesce($6, address_digest)
WHERE key = $1 AND state = 'claimed' AND attempts = $2
RETURNING key
"""

_PUT_BACK = """
UPDATE deliveries
SET state = 'waiting', error = $3, due_at = $4
WHERE key = $1 AND state = 'claimed' AND attempts = $2
"""


class DeliveryState(StrEnum):
    """Where a delivery stands; `claimed` is being handed over, `dropped` was no longer news."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"


class ClaimedDelivery(Model):
    """A delivery this round has taken; nobody else hands it over while its lease runs.

    `is_replay`: it has been sent before, and is wanted once more whatever became of its case.
    """

    key: str
    channel: DeliveryChannel
    person: str
    case_id: str | None
    template: Template
    urgent: bool
    at: AwareDatetime
    attempts: int
    first_tried_at: AwareDatetime
    is_replay: bool


class Reason(Model):
    """Why a delivery leaves: one of its notices, and how that one's case stands now.

    `protected`: the patient has protected identity. `is_close`: the delivery's person is staff,
    and the patient is themselves, their child or their guardian.
    """

    rule: str
    recipient: Recipient
    case_id: str
    state: CaseState
    answered: bool
    protected: bool
    is_close: bool


async def claim_deliveries(
    conn: Connection, channel: DeliveryChannel, limit: int, lease: timedelta, at: datetime
) -> list[ClaimedDelivery]:
    """Take up to *limit* deliveries due by *channel* at *at*, the urgent and the longest due first.

    One that is not ended within *lease* is due again.
    """
    rows = await conn.fetch(_CLAIM_DELIVERIES, channel, limit, at, lease)
    claimed = [ClaimedDelivery.model_validate(dict(row)) for row in rows]
    return sorted(claimed, key=lambda one: (not one.urgent, one.at))


async def list_reasons(conn: Connection, key: str) -> list[Reason]:
    """Return why the delivery *key* leaves."""
    return [Reason.model_validate(dict(row)) for row in await conn.fetch(_LIST_REASONS, key)]


async def end_delivery(
    conn: Connection,
    claimed: ClaimedDelivery,
    state: DeliveryState,
    at: datetime,
    error: str | None = None,
    *,
    address_digest: bytes | None = None,
) -> bool:
    """End a claimed delivery; False when its lease had run out and another attempt has it.

    *address_digest* is of the mail address at which it was taken.
    """
    values = (claimed.attempts, state, error, at, address_digest)
    return await conn.fetchval(_END_DELIVERY, claimed.key, *values) is not None


async def put_back(
    conn: Connection, claimed: ClaimedDelivery, error: str, due_at: datetime
) -> None:
    """Let a claimed delivery wait until *due_at*, with what went wrong."""
    await conn.execute(_PUT_BACK, claimed.key, claimed.attempts, error, due_at)
