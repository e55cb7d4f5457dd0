"""The log of who saw whose data: a row is written before the bytes leave [HSLF-FS 2016:40]."""

from collections.abc import Iterable

from domain.model import Model
from store.pool import Connection

_INSERT_ENTRIES = """
INSERT INTO access_log (staff, commission, unit, patient, case_id, action)
VALUES ($1, $2, $3, $4, $5, $6)
"""


class AccessEntry(Model):
    """One sight of one patient's case: by whom, in which commission and unit, doing what."""

    staff: str
    commission: str
    unit: str | None
    patient: str
    case_id: str
    action: str


async def insert_entries(conn: Connection, entries: Iterable[AccessEntry]) -> None:
    """Log the sights; the caller must not answer unless this succeeded."""
    await conn.executemany(
        _INSERT_ENTRIES,
        [
            (entry.staff, entry.commission, entry.unit, entry.patient, entry.case_id, entry.action)
            for entry in entries
        ],
    )
