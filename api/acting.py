"""Sends a message to a case and waits, a little, for what it led to."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from api.database import DatabaseAwayError, database
from api.engine import NoSuchCaseError, RefusedMessageError
from api.problems import ProblemError
from api.state import Desk
from domain.carried import Acted
from domain.events import EventKind
from domain.legality import Refusal
from domain.messages import AnyMessage
from domain.projection import Snapshot
from domain.submission import CaseId
from domain.vocabulary import CaseState
from store.case_views import find_case

_OVER = frozenset({CaseState.CLOSED, CaseState.REJECTED})
_ROW_MAY_TAKE = timedelta(milliseconds=500)
_POLL_EVERY = timedelta(milliseconds=15)


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a message: the case after it, or None while it waits for a worker."""

    snapshot: Snapshot | None


async def act(desk: Desk, before: Snapshot, message: AnyMessage, *, respond_async: bool) -> Sent:
    """Send *message* to the case that was seen as *before*.

    As an update; as a signal with the same action id when no worker answers in time or the
    caller does not want to wait. Raises `ProblemError` with the case's own refusal.
    """
    case_id = before.submission.case_id
    if before.projection.state in _OVER:
        return Sent(_answer_from_record(before, message))
    try:
        acted = None if respond_async else await desk.engine.act(case_id, message)
        if acted is not None:
            return Sent(await _settled(desk, case_id, acted))
        await desk.engine.signal(case_id, message)
    except RefusedMessageError as error:
        raise ProblemError(error.code) from None
    except NoSuchCaseError:
        return Sent(await _answer_after_end(desk, case_id, message))
    return Sent(None)


async def _settled(desk: Desk, case_id: CaseId, acted: Acted) -> Snapshot:
    """Return the row when it has come to the rev the message led to, else the workflow's view."""
    try:
        async with (
            asyncio.timeout(_ROW_MAY_TAKE.total_seconds()),
            database(desk.pool, _ROW_MAY_TAKE) as conn,
        ):
            while True:
                found = await find_case(conn, case_id)
                if found is not None and found.projection.rev >= acted.rev:
                    return found
                await asyncio.sleep(_POLL_EVERY.total_seconds())
    except (TimeoutError, DatabaseAwayError):
        return acted.snapshot


async def _answer_after_end(desk: Desk, case_id: CaseId, message: AnyMessage) -> Snapshot:
    async with database(desk.pool) as conn:
        found = await find_case(conn, case_id)
    if found is None or found.projection.state not in _OVER:
        raise ProblemError("service_unavailable")
    return _answer_from_record(found, message)


def _answer_from_record(snapshot: Snapshot, message: AnyMessage) -> Snapshot:
    """Answer for a case that is over: what its events say of this action id, else 409."""
    events = [event for event in snapshot.events if event.action_id == message.action_id]
    if not events:
        raise ProblemError(Refusal.CASE_CLOSED)
    event = events[0]
    if event.actor.id != message.actor.id:
        raise ProblemError(Refusal.ACTION_ID_REUSED)
    if event.kind is EventKind.REFUSED:
        raise ProblemError(event.detail["code"])
    return snapshot
