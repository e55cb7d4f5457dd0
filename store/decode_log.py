"""The log of payloads opened in clear: a row is written before the answer leaves."""

from typing import Literal

from domain.model import Model
from store.pool import Connection

_INSERT_ENTRY = """
INSERT INTO decode_log
    (action, staff, commission, reason, namespace, payloads, digests, case_ids)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8::uuid[])
RETURNING entry
"""


class DecodeEntry(Model):
    """What one operator did behind broken glass, and the *reason* they gave for all of it.

    *payloads* counts what was decoded, *digests* are SHA-256 of each as Temporal keeps it (hex),
    and *case_ids* those that the decoded payloads name.
    """

    action: Literal["opened", "decoded", "closed"]
    staff: str
    commission: str
    reason: str
    namespace: str
    payloads: int = 0
    digests: tuple[str, ...] = ()
    case_ids: tuple[str, ...] = ()


async def insert_entry(conn: Connection, entry: DecodeEntry) -> int:
    """Log it and return the entry's number; the caller must not answer unless this succeeded."""
    number: int = await conn.fetchval(
        _INSERT_ENTRY,
        entry.action,
        entry.staff,
        entry.commission,
        entry.reason,
        entry.namespace,
        entry.payloads,
        list(entry.digests),
        list(entry.case_ids),
    )
    return number
