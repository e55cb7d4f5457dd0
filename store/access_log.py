"""The log of who saw whose data: a row is written before the bytes leave [HSLF-FS 2016:40]."""

from collections.abc import Iterable

from domain.model import Model
from store.pool import Connection

_INSERT_ENTRIES = """
INSERT INTO access_log (staff, commission, unit, patient, case_id, action)
SELECT staff, commission, unit, patient, case_id, action
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::text[])
    AS seen (staff, commission, unit, patient, case_id, action)
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
    seen = list(entries)
    await conn.execute(
        _INSERT_ENTRIES,
        [entry.staff for entry in seen],
        [entry.commission for entry in seen],
        [entry.unit for entry in seen],
        [entry.patient for entry in seen],
        [entry.case_id for entry in seen],
        [entry.action for entry in seen],
    )
