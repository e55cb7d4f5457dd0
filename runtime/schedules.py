"""The Temporal Schedules that start our recurring workflows."""

from contextlib import suppress
from datetime import timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
)

from domain import ops_texts
from domain.access_reviews import SampleRule
from workflows.access_keeping import KeepAccessLog
from workflows.notices import SendNotices
from workflows.options import NOTICES_QUEUE
from workflows.protection import CheckProtection
from workflows.reconcile import Reconcile, ReconcileOrder

SEND_NOTICES = "send-notices"
RECONCILE = "reconcile"
KEEP_ACCESS_LOG = "keep-access-log"
CHECK_PROTECTION = "check-protection"
SCHEDULES = (SEND_NOTICES, RECONCILE, KEEP_ACCESS_LOG, CHECK_PROTECTION)
"""All of them, by their ids."""

SENDING_SUMMARY = f"{ops_texts.OPS} send the notices that wait"
KEEPING_SUMMARY = f"{ops_texts.OPS} make the months of the access log and draw what is reviewed"
RECONCILING_SUMMARY = f"{ops_texts.OPS} compare open cases with their rows and repair what lags"
CHECKING_SUMMARY = f"{ops_texts.OPS} tell cases what the register says of protected identities"

_SEND_EVERY = timedelta(seconds=20)
_RECONCILE_EVERY = timedelta(hours=1)
_KEEP_EVERY = timedelta(days=1)
_CHECK_EVERY = timedelta(days=1)
_CATCH_UP = timedelta(minutes=1)


async def ensure_schedules(client: Client) -> None:
    """Create the schedules that are missing; safe to repeat and from several workers at once.

    A start that comes due while the last run goes on is skipped, and so is one that the server
    missed by more than a minute: the next run does the same work. What operations have changed
    or paused in an existing schedule stays.
    """
    sending = ScheduleActionStartWorkflow(
        SendNotices.run,
        id=SEND_NOTICES,
        task_queue=NOTICES_QUEUE,
        static_summary=SENDING_SUMMARY,
    )
    reconciling = ScheduleActionStartWorkflow(
        Reconcile.run,
        ReconcileOrder(),
        id=RECONCILE,
        task_queue=NOTICES_QUEUE,
        static_summary=RECONCILING_SUMMARY,
    )
    keeping = ScheduleActionStartWorkflow(
        KeepAccessLog.run,
        SampleRule(),
        id=KEEP_ACCESS_LOG,
        task_queue=NOTICES_QUEUE,
        static_summary=KEEPING_SUMMARY,
    )
    checking = ScheduleActionStartWorkflow(
        CheckProtection.run,
        id=CHECK_PROTECTION,
        task_queue=NOTICES_QUEUE,
        static_summary=CHECKING_SUMMARY,
    )
    recurring = (
        (sending, _SEND_EVERY),
        (reconciling, _RECONCILE_EVERY),
        (keeping, _KEEP_EVERY),
        (checking, _CHECK_EVERY),
    )
    for action, every in recurring:
        with suppress(ScheduleAlreadyRunningError):
            await client.create_schedule(action.id, _schedule(action, every))


def _schedule(action: ScheduleActionStartWorkflow, every: timedelta) -> Schedule:
    return Schedule(
        action=action,
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=every)]),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=_CATCH_UP),
    )
