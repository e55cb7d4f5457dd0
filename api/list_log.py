"""Logs what a list shows: one row a view, and of a view that is repeated only what is new."""

from collections.abc import Iterable

from api.rights import sight_of
from api.sights import note_sights
from domain.access import WORKING_SESSION, AccessAction
from store.access_log import Seen, list_seen
from store.pool import Connection
from store.staff import StaffAccess


async def log_list(
    conn: Connection,
    access: StaffAccess,
    action: AccessAction,
    shown: Iterable[Seen],
) -> None:
    """Log the sight of *shown*; nothing when all of it is known.

    Known is what this person's lists of the same *action*, in the same commission, logged within
    the last `WORKING_SESSION`, however the list was narrowed. When something has been known for
    longer than that, all that is shown is logged again in one row, and a new session begins.
    """
    pairs = list(shown)
    if not pairs:
        return
    known = await list_seen(conn, access.hsa_id, access.commission, action, WORKING_SESSION)
    is_over = any(known.get(pair) is False for pair in pairs)
    new = pairs if is_over else [pair for pair in pairs if pair not in known]
    if new:
        await note_sights(conn, [sight_of(new, access, action)])
