"""The table of deliveries as operators work with it: listed, tried again, replayed, bounced."""

from datetime import datetime

from pydantic import AwareDatetime

from domain.delivery import DeliveryChannel
from domain.model import Model
from store.deliveries import DeliveryState
from store.pool import Connection

_LIST_DELIVERIES = """
SELECT key, channel, state, attempts, error, at
FROM deliveries
WHERE ($1::text IS NULL OR state = $1)
ORDER BY at DESC, key
LIMIT $2
"""

_RETRY_FAILED = """
WITH again AS (
    UPDATE deliveries
    SET state = 'waiting', due_at = $1, attempts = 0, first_tried_at = NULL,
        ended_at = NULL, gathers = false
    WHERE state = 'failed'
      AND ($2::text IS NULL OR channel = $2)
      AND ($3::text IS NULL OR error = $3)
    RETURNING key
)
SELECT count(*) FROM again
"""

_REPLAY_SENT = """
WITH again AS (
    UPDATE deliveries
    SET state = 'waiting', due_at = $1, attempts = 0, first_tried_at = NULL,
        ended_at = NULL, gathers = false
    WHERE state = 'sent' AND channel = $2 AND ended_at >= $3
    RETURNING key
)
SELECT count(*) FROM again
"""

_FAIL_SENT = """
UPDATE deliveries
SET state = 'failed', error = $2, ended_at = $3
WHERE key = $1 AND state <> 'failed'
"""

_FIND_READER = """
SELECT channel, person, address_digest FROM deliveries WHERE key = $1
"""


class DeliveryLine(Model):
    """A delivery without its person. `at`: when the first of its notices arose."""

    key: str
    channel: DeliveryChannel
    state: DeliveryState
    attempts: int
    error: str | None
    at: AwareDatetime


class Reader(Model):
    """Whom a delivery is for: an HSA-id, or a case id for its citizen.

    `address_digest`: of the mail address at which it was taken; None when that was not kept.
    """

    channel: DeliveryChannel
    person: str
    address_digest: bytes | None


async def list_deliveries(
    conn: Connection, state: DeliveryState | None, limit: int
) -> list[DeliveryLine]:
    """Return deliveries, the newest news first."""
    rows = await conn.fetch(_LIST_DELIVERIES, state, limit)
    return [DeliveryLine.model_validate(dict(row)) for row in rows]


async def retry_failed(
    conn: Connection, channel: DeliveryChannel | None, error: str | None, at: datetime
) -> int:
    """Let failed deliveries, by one channel or with one error, leave again; return how many."""
    count: int = await conn.fetchval(_RETRY_FAILED, at, channel, error)
    return count


async def replay_sent(
    conn: Connection, channel: DeliveryChannel, since: datetime, at: datetime
) -> int:
    """Let what was sent by *channel* since then leave again, under its keys; return how many."""
    count: int = await conn.fetchval(_REPLAY_SENT, at, channel, since)
    return count


async def find_reader(conn: Connection, key: str) -> Reader | None:
    """Return whom the delivery *key* is for, or None when there is no such delivery."""
    row = await conn.fetchrow(_FIND_READER, key)
    return Reader.model_validate(dict(row)) if row else None


async def fail_sent(conn: Connection, key: str, error: str, at: datetime) -> None:
    """Mark a delivery as failed after all, whatever it was; safe to repeat."""
    await conn.execute(_FAIL_SENT, key, error, at)
