"""Reads Temporal's clock, which it tells of nothing but what it has just seen."""

import asyncio
import secrets
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from temporalio.api.enums.v1 import TaskQueueKind, TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import (
    DescribeTaskQueueRequest,
    PollWorkflowTaskQueueRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError

from commands.checkup.installation.clock import Clock, check_clock
from commands.checkup.installation.faults import Fault, Part, warning

_QUEUE = TaskQueue(name="arende-doctor", kind=TaskQueueKind.TASK_QUEUE_KIND_NORMAL)
_POLLING_FOR = timedelta(seconds=5)
_ASK_EVERY = timedelta(milliseconds=50)


async def check_engine_clock(client: Client, now: Clock) -> list[Fault]:
    """Return an error when our clock and Temporal's are more than 2 s apart.

    Polls a queue of our own on which nothing is ever put, and asks when Temporal saw that.
    """
    # An earlier look of this process is remembered for minutes; each has a name of its own.
    identity = f"{client.identity}-{secrets.token_hex(4)}"
    before = now()
    poll = asyncio.create_task(_poll(client, identity))
    try:
        looking = _seen_at(client, identity, poll)
        theirs = await asyncio.wait_for(looking, _POLLING_FOR.total_seconds())
    except (RPCError, TimeoutError):
        text = "Temporal does not tell the time of its clock"
        return [warning(Part.CLOCK, text, "Compare the clocks of the machines by hand.")]
    finally:
        poll.cancel()
        with suppress(asyncio.CancelledError, RPCError):
            await poll
    return list(check_clock("Temporal", before, theirs, now()))


async def _poll(client: Client, identity: str) -> None:
    request = PollWorkflowTaskQueueRequest(
        namespace=client.namespace, task_queue=_QUEUE, identity=identity
    )
    await client.workflow_service.poll_workflow_task_queue(request, timeout=_POLLING_FOR)


async def _seen_at(client: Client, identity: str, poll: asyncio.Task[None]) -> datetime:
    request = DescribeTaskQueueRequest(
        namespace=client.namespace,
        task_queue=_QUEUE,
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    )
    while True:
        answer = await client.workflow_service.describe_task_queue(request, timeout=_POLLING_FOR)
        for poller in answer.pollers:
            if poller.identity == identity:
                return poller.last_access_time.ToDatetime(UTC)
        await asyncio.wait({poll}, timeout=_ASK_EVERY.total_seconds())
