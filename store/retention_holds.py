"""The table of legal holds: which cases must not be erased, by which decision, placed by whom."""

from datetime import datetime

from domain.model import Model
from store.pool import Connection

_LOCK_CASE = "SELECT erased_at IS NOT NULL AS erased FROM cases WHERE case_id = $1 FOR UPDATE"

_INSERT_HOLD = """
INSERT INTO retention_holds (case_id, decision, placed_at, placed_by)
VALUES ($1, $2, $3, $4)
ON CONFLICT (case_id) WHERE released_at IS NULL DO NOTHING
RETURNING hold
"""

_RELEASE_HOLD = """
UPDATE retention_holds
SET release_decision = $2, released_at = $3, released_by = $4
WHERE case_id = $1 AND released_at IS NULL
RETURNING hold
"""


class HoldChange(Model):
    """A hold to place or release: on which case, by which decision, when and by whom."""

    case_id: str
    decision: str
    at: datetime
    by: str


async def place_hold(conn: Connection, change: HoldChange) -> bool | None:
    """Hold a case from erasure; False when it is held already, None when there is none to hold.

    Waits for an erasure of the same case that is under way, and then finds nothing to hold.
    """
    async with conn.transaction():
        row = await conn.fetchrow(_LOCK_CASE, change.case_id)
        if row is None or row["erased"]:
            return None
        told = (change.case_id, change.decision, change.at, change.by)
        return await conn.fetchval(_INSERT_HOLD, *told) is not None


async def release_hold(conn: Connection, change: HoldChange) -> bool:
    """End the hold of a case; False when it is not held. The row stays and says who and when."""
    told = (change.case_id, change.decision, change.at, change.by)
    return await conn.fetchval(_RELEASE_HOLD, *told) is not None
