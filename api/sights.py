"""Notes who sees whose data, and says so aloud when that cannot be noted."""

from collections.abc import Iterable

import structlog

from store.access_log import AccessEntry, insert_entries
from store.pool import DATABASE_ERRORS, Connection

log = structlog.get_logger()


async def note_sights(conn: Connection, entries: Iterable[AccessEntry]) -> None:
    """Write the access log's rows; raises where it cannot, and then nothing may be shown."""
    try:
        await insert_entries(conn, entries)
    except DATABASE_ERRORS as error:
        log.exception("access_log_failed", error=type(error).__name__)
        raise
