"""Sends a message to a case and waits, a little, for what it led to."""

import asyncio
from datetime import timedelta

from api.closed_cases import OVER, answer_from_record
from api.database import DatabaseAwayError, database
from api.engine import EngineAwayError, NoSuchCaseError, RefusedMessageError
from api.problems import ProblemError
from api.state import Desk
from domain.carried import Acted
from domain.messages import AnyMessage
from domain.projection import Snapshot
from domain.submission import CaseId
from store.case_views import find_case

_ROW_MAY_TAKE = timedelta(milliseconds=500)
_POLL_EVERY = timedelta(milliseconds=15)


async def act(
    desk: Desk, before: Snapshot, message: AnyMessage, *, respond_async: bool
) -> Snapshot | None:
    """Send *message* to the case that was seen as *before*; return the case after it.

    None while it waits for a worker. Sent as an update; as a signal with the same action id when
    no worker answers in time or the caller does not want to wait. Raises `ProblemError` with the
    case's own refusal.
    """
    case_id = before.submission.case_id
    if before.projection.state in OVER:
        return answer_from_record(before, message)
    try:
        acted = None if respond_async else await desk.engine.act(case_id, message)
        if acted is not None:
            return await _settled(desk, case_id, acted)
        await desk.engine.signal(case_id, message)
    except RefusedMessageError as error:
        raise ProblemError(error.code) from None
    except NoSuchCaseError:
        return await _answer_after_end(desk, case_id, message)
    return None


async def _settled(desk: Desk, case_id: CaseId, acted: Acted) -> Snapshot:
    """Return the row when it has come to the rev the message led to, else the workflow's view."""
    try:
        async with asyncio.timeout(_ROW_MAY_TAKE.total_seconds()):
            return await _recorded(desk, case_id, acted.rev)
    except (TimeoutError, DatabaseAwayError):
        return acted.snapshot


async def _recorded(desk: Desk, case_id: CaseId, rev: int) -> Snapshot:
    while True:
        async with database(desk.pool) as conn:
            found = await find_case(conn, case_id)
        if found is not None and found.projection.rev >= rev:
            return found
        await asyncio.sleep(_POLL_EVERY.total_seconds())


async def _answer_after_end(desk: Desk, case_id: CaseId, message: AnyMessage) -> Snapshot:
    async with database(desk.pool) as conn:
        found = await find_case(conn, case_id)
    if found is None or found.projection.state not in OVER:
        raise EngineAwayError
    return answer_from_record(found, message)
