"""The months of the access log: partitions made ahead, listed, and removed after five years."""

from datetime import date

from domain.model import Model
from store.pool import Connection

_KEEP = "SELECT keep_access_log_partitions($1)"
_DROP = "SELECT drop_access_log_partition($1)"

_LIST = """
SELECT inhrelid::regclass::text AS name,
       pg_get_expr(relpartbound, inhrelid) AS bounds,
       greatest(reltuples, 0)::bigint AS about_rows
FROM pg_inherits
JOIN pg_class ON pg_class.oid = inhrelid
WHERE inhparent = 'access_log'::regclass
ORDER BY name
"""

_COUNT_DEFAULT = "SELECT count(*) FROM access_log_default"


class LogPartition(Model):
    """One month of the log; *about_rows* is PostgreSQL's own estimate."""

    name: str
    bounds: str
    about_rows: int


async def keep_partitions(conn: Connection, months_ahead: int) -> int:
    """Make the partitions of this month and of *months_ahead* more; return how many were new.

    Safe to repeat and to race. At most 12 months ahead.
    """
    made: int = await conn.fetchval(_KEEP, months_ahead)
    return made


async def drop_partition(conn: Connection, month: date) -> bool:
    """Remove the month that *month* lies in; False when there is no such partition.

    Raises `asyncpg.InsufficientPrivilegeError` before five whole years have passed since its end
    [HSLF-FS 2016:40 4 kap. 9 §], and for whoever does not own the table.
    """
    dropped: bool = await conn.fetchval(_DROP, month)
    return dropped


async def list_partitions(conn: Connection) -> list[LogPartition]:
    """Return the partitions of the log, by name."""
    return [LogPartition.model_validate(dict(row)) for row in await conn.fetch(_LIST)]


async def count_unplaced(conn: Connection) -> int:
    """Return how many rows lie in the default partition: 0 while months are made in time."""
    rows: int = await conn.fetchval(_COUNT_DEFAULT)
    return rows
