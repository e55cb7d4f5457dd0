"""The log of who saw whose data: a row is written before the bytes leave [HSLF-FS 2016:40]."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TypeAlias

from domain.access import AccessAction, AccessKind, SearchReason
from domain.model import Model
from store.pool import Connection

_INSERT_ENTRY = """
INSERT INTO access_log (
    staff, commission, unit, provider, action, kind, patients, case_ids, reason, note
)
VALUES ($1, $2, $3, $4, $5, $6, $7::text[]::identity[], $8::uuid[], $9, $10)
"""

_LIST_SEEN = """
SELECT seen.patient, seen.case_id::text, max(at) > now() - $4::interval AS is_fresh
FROM access_log, unnest(patients::text[], case_ids) AS seen (patient, case_id)
WHERE staff = $1 AND commission = $2 AND action = $3 AND at > now() - interval '24 hours'
GROUP BY seen.patient, seen.case_id
"""

_TAKE_TURN = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"

_COUNT_ACTIONS = """
SELECT count(*) FROM access_log WHERE staff = $1 AND action = $2 AND at > now() - $3::interval
"""

# Picked before they are put in order: else the newest rows of everybody would be read first.
_LIST_EXTRACT = """
WITH mine AS MATERIALIZED (
    SELECT entry, at, unit, provider, action, kind, patients, case_ids
    FROM access_log
    WHERE patients @> ARRAY[$1]::identity[]
      AND ($2::timestamptz IS NULL OR (at, entry) < ($2, $3::bigint))
    ORDER BY at DESC, entry DESC
)
SELECT mine.entry, mine.at, mine.unit, units.name AS unit_name, mine.provider,
       care_providers.name AS provider_name, mine.action, mine.kind,
       ARRAY(
           SELECT seen.case_id::text
           FROM unnest(mine.patients::text[], mine.case_ids) AS seen (patient, case_id)
           WHERE seen.patient = $1::text AND seen.case_id IS NOT NULL
       ) AS case_ids
FROM mine
LEFT JOIN units ON units.hsa_id = mine.unit
LEFT JOIN care_providers ON care_providers.hsa_id = mine.provider
ORDER BY mine.at DESC, mine.entry DESC
LIMIT $4
"""


Seen: TypeAlias = tuple[str, str | None]
"""A patient's identity and the id of the case that was seen or changed."""


class AccessEntry(Model):
    """One view or change: by whom, in which commission, unit and provider, doing what, when now.

    *seen* are pairs of patient and case id, never none; a search as such has no case.
    *reason* and *note* say why a search was made.
    """

    staff: str
    commission: str
    unit: str | None
    provider: str
    action: AccessAction
    kind: AccessKind = AccessKind.ORDINARY
    seen: tuple[Seen, ...]
    reason: SearchReason | None = None
    note: str | None = None


class ExtractEntry(Model):
    """A line of a patient's extract: when, where and what, and which of the patient's own cases.

    *action* is a plain word: a row of a later release may have one that this one lacks.
    """

    entry: int
    at: datetime
    unit: str | None
    unit_name: str | None
    provider: str | None
    provider_name: str | None
    action: str
    kind: AccessKind
    case_ids: tuple[str, ...]


async def insert_entries(conn: Connection, entries: Iterable[AccessEntry]) -> None:
    """Log what is about to be shown or done; the caller must not go on unless this succeeded."""
    rows = [
        (
            entry.staff,
            entry.commission,
            entry.unit,
            entry.provider,
            entry.action,
            entry.kind,
            [patient for patient, _ in entry.seen],
            [case_id for _, case_id in entry.seen],
            entry.reason,
            entry.note,
        )
        for entry in entries
    ]
    if len(rows) == 1:
        await conn.execute(_INSERT_ENTRY, *rows[0])
    elif rows:
        await conn.executemany(_INSERT_ENTRY, rows)


async def list_seen(
    conn: Connection, staff: str, commission: str, action: AccessAction, session: timedelta
) -> Mapping[Seen, bool]:
    """Return what *action* in this commission showed in 24 hours, and if within the *session*."""
    rows = await conn.fetch(_LIST_SEEN, staff, commission, action, session)
    return {(row["patient"], row["case_id"]): row["is_fresh"] for row in rows}


async def take_turn(conn: Connection, staff: str) -> None:
    """Wait until nobody else counts and adds rows of this person; until the transaction ends."""
    await conn.execute(_TAKE_TURN, staff)


async def count_actions(
    conn: Connection, staff: str, action: AccessAction, within: timedelta
) -> int:
    """Return how many times a person did *action* within that time, in whatever commission."""
    found: int = await conn.fetchval(_COUNT_ACTIONS, staff, action, within)
    return found


async def list_extract(
    conn: Connection, patient: str, after: tuple[datetime, int] | None, limit: int
) -> list[ExtractEntry]:
    """Return who-where-when of a patient's data, newest first, from a cursor on [PDL 8:5, L4].

    What else was shown in the same view is left out.
    """
    at, entry = after or (None, None)
    rows = await conn.fetch(_LIST_EXTRACT, patient, at, entry, limit)
    return [ExtractEntry.model_validate(dict(row)) for row in rows]
