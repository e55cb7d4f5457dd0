"""What PostgreSQL says of itself: its version, its clock and the migrations it has seen."""

from datetime import datetime
from typing import NamedTuple

from store.pool import Connection

_READ_STATE = """
SELECT current_setting('server_version_num')::int AS version_number,
       current_setting('TimeZone') AS time_zone,
       clock_timestamp() AS at
"""

_LIST_MIGRATIONS = """
SELECT version
FROM schema_migrations
"""


class ServerState(NamedTuple):
    """*version_number* is major × 10,000 + minor; *at* is the server's clock as it answered."""

    version_number: int
    time_zone: str
    at: datetime


async def read_server_state(conn: Connection) -> ServerState:
    """Return what the server says of itself at this moment."""
    [row] = await conn.fetch(_READ_STATE)
    return ServerState(row["version_number"], row["time_zone"], row["at"])


async def list_migrations(conn: Connection) -> frozenset[str]:
    """Return the versions of the migrations that were applied, the digits of their file names.

    Raises asyncpg.UndefinedTableError when this database was never migrated.
    """
    return frozenset(row["version"] for row in await conn.fetch(_LIST_MIGRATIONS))
