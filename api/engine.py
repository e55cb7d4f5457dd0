"""The one place of the API that speaks to Temporal: starts a case, reads it, sends it messages."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import structlog
from temporalio.client import (
    Client,
    WorkflowHandle,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from api.problems import ProblemError
from domain import ops_texts
from domain.carried import Acted, CaseEnd, CaseStart
from domain.chain import salt_of
from domain.messages import Act, AnyMessage
from domain.projection import Snapshot
from domain.seen import digest_of
from domain.submission import CaseId, CaseMemo, Submission, workflow_id_for
from runtime.codec import UnreadablePayloadError
from workflows.case import CaseWorkflow
from workflows.options import TASK_QUEUE

STARTING = timedelta(milliseconds=1300)
LOOKING = timedelta(milliseconds=600)
ACTING = timedelta(milliseconds=1400)
SIGNALLING = timedelta(milliseconds=400)
"""How long each call may take: together never more than 2 s of one answer (design 3.6)."""

_TASK_TIMEOUT = timedelta(seconds=3)
_MEMO_KEY = "case"
_SALT_BYTES = 16

log = structlog.get_logger()


class EngineAwayError(ProblemError):
    """Temporal refused, hung or failed; the caller may try again."""

    def __init__(self) -> None:
        super().__init__("service_unavailable")


class NoSuchCaseError(Exception):
    """Temporal has no open case by this id, or none at all."""


class CaseExistsError(Exception):
    """A case by this id was started before."""


class RefusedMessageError(Exception):
    """The case refused a message; *code* is a `Refusal`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Engine:
    """Cases as Temporal has them; every call ends in time or as `EngineAwayError`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def start(self, submission: Submission, memo: CaseMemo) -> None:
        """Start a case, which commits it; `CaseExistsError` when its id was ever used."""
        salt = salt_of(submission.case_id, secrets.token_hex(_SALT_BYTES))
        async with _in_time(STARTING):
            try:
                await self._client.start_workflow(
                    CaseWorkflow.run,
                    CaseStart(submission=submission, salt=salt),
                    id=workflow_id_for(submission.case_id),
                    task_queue=TASK_QUEUE,
                    id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                    id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
                    task_timeout=_TASK_TIMEOUT,
                    memo={_MEMO_KEY: memo},
                    static_summary=ops_texts.RECEIVED,
                    rpc_timeout=STARTING,
                )
            except WorkflowAlreadyStartedError:
                raise CaseExistsError from None
        log.info("case_started", case_id=str(submission.case_id))

    async def find_memo(self, case_id: CaseId) -> CaseMemo | None:
        """Return what was kept beside the case at its start, or None; needs no worker."""
        try:
            async with _in_time(LOOKING):
                described = await self._handle(case_id).describe(rpc_timeout=LOOKING)
                memo: CaseMemo = await described.memo_value(_MEMO_KEY, type_hint=CaseMemo)
                return memo
        except NoSuchCaseError:
            return None

    async def find_view(self, case_id: CaseId) -> Snapshot | None:
        """Return the case as its workflow tells it; None when no worker tells in time."""
        try:
            async with _in_time(LOOKING):
                return await self._handle(case_id).query(CaseWorkflow.view, rpc_timeout=LOOKING)
        except (EngineAwayError, NoSuchCaseError, WorkflowQueryFailedError):
            return None

    async def act(self, case_id: CaseId, message: AnyMessage) -> Acted | None:
        """Send *message* as an update and return the answer; None when no worker gives one.

        The update's id is a digest of the message, so that a retry joins the call it repeats.
        Raises `RefusedMessageError` and `NoSuchCaseError`.
        """
        log.info("message_sent", case_id=str(case_id), action=message.kind)
        try:
            async with _in_time(ACTING):
                acted = await self._handle(case_id).execute_update(
                    CaseWorkflow.act, Act(message=message), id=digest_of(message)
                )
        except (WorkflowUpdateRPCTimeoutOrCancelledError, _TooLateError):
            return None
        except WorkflowUpdateFailedError as error:
            raise _refusal(error) from None
        if acted.refusal is not None:
            raise RefusedMessageError(acted.refusal)
        return acted

    async def signal(self, case_id: CaseId, message: AnyMessage) -> None:
        """Leave *message* for the case to take in when it can; `NoSuchCaseError` if it ended."""
        log.info("message_left", case_id=str(case_id), action=message.kind)
        async with _in_time(SIGNALLING):
            await self._handle(case_id).signal(message.kind, message, rpc_timeout=SIGNALLING)

    async def is_up(self) -> bool:
        """Whether Temporal answers at once."""
        try:
            async with _in_time(LOOKING):
                return await self._client.service_client.check_health(timeout=LOOKING)
        except (EngineAwayError, NoSuchCaseError):
            return False

    def _handle(self, case_id: CaseId) -> WorkflowHandle[CaseWorkflow, CaseEnd]:
        return self._client.get_workflow_handle_for(CaseWorkflow.run, workflow_id_for(case_id))


class _TooLateError(EngineAwayError):
    """The time ran out on our side of the connection."""


@asynccontextmanager
async def _in_time(limit: timedelta) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(limit.total_seconds()):
            yield
    except TimeoutError:
        raise _TooLateError from None
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            raise NoSuchCaseError from None
        if error.status is RPCStatusCode.FAILED_PRECONDITION:  # the case goes on as a new run
            raise _TooLateError from None
        log.warning("engine_away", code=error.status.name)
        raise EngineAwayError from None
    except UnreadablePayloadError:  # another process seals with a key that this one lacks
        log.warning("engine_away", code="unreadable")
        raise EngineAwayError from None
    except RuntimeError:  # the client's first connection failed
        log.warning("engine_away", code="not_connected")
        raise EngineAwayError from None


def _refusal(error: WorkflowUpdateFailedError) -> Exception:
    cause = error.cause
    if isinstance(cause, ApplicationError) and cause.type:
        return RefusedMessageError(cause.type)
    log.warning("update_failed", error=type(cause).__name__)
    return EngineAwayError()
