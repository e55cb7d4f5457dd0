"""Removes what the notices of an erased case became: deliveries, tasks, and channels it stopped."""

from store.pool import Connection

_REMOVE_CITIZENS_DELIVERIES = "DELETE FROM deliveries WHERE case_id = $1"

# Held before it is asked what else they carry: a notice that is being added to one is then seen.
_HOLD_STAFF_DELIVERIES = """
SELECT deliveries.key
FROM deliveries
WHERE deliveries.key IN (
    SELECT delivery_notices.delivery
    FROM delivery_notices
    JOIN notices ON notices.key = delivery_notices.notice
    WHERE notices.case_id = $1
)
ORDER BY deliveries.key
FOR UPDATE
"""

_REMOVE_LINKS = """
DELETE FROM delivery_notices
USING notices
WHERE notices.key = delivery_notices.notice AND notices.case_id = $1
"""

_REMOVE_EMPTY = """
DELETE FROM deliveries
WHERE key = ANY ($1::text[])
  AND NOT EXISTS (
      SELECT FROM delivery_notices WHERE delivery_notices.delivery = deliveries.key
  )
"""

_REMOVE_TASKS = "DELETE FROM staff_tasks WHERE case_id = $1"

_REMOVE_STOPS = "DELETE FROM stopped_channels WHERE person = $1"


async def remove_deliveries(conn: Connection, case_id: str) -> None:
    """Remove what left, or was to leave, because of a case, within the caller's transaction.

    What went to the case's citizen goes as a whole, and so does a delivery to staff that carried
    nothing else; one that gathered the notices of several cases keeps those of the others. Safe
    to repeat. The case's notices must have been ended before, so that none becomes a delivery
    meanwhile.
    """
    await conn.execute(_REMOVE_CITIZENS_DELIVERIES, case_id)
    held = [row["key"] for row in await conn.fetch(_HOLD_STAFF_DELIVERIES, case_id)]
    await conn.execute(_REMOVE_LINKS, case_id)
    await conn.execute(_REMOVE_EMPTY, held)
    await conn.execute(_REMOVE_TASKS, case_id)
    await conn.execute(_REMOVE_STOPS, case_id)
