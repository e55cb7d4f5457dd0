"""Which payload keys are still needed: read from Temporal's metadata, without opening a payload."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload
from temporalio.client import (
    Client,
    ScheduleActionStartWorkflow,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.converter import PayloadCodec
from temporalio.service import RPCError, RPCStatusCode

from runtime.case_ids import case_id_of
from runtime.codec import key_name_of

_RUNNING = "ExecutionStatus = 'Running'"
_AT_ONCE = 8

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class KeyUse:
    """The names of the keys that seal anything of one open run, or of one schedule.

    *id* is the workflow's or the schedule's.
    """

    id: str
    names: frozenset[str]
    is_schedule: bool = False

    @property
    def is_case(self) -> bool:
        """Whether it is the run of a case."""
        return not self.is_schedule and case_id_of(self.id) is not None


async def find_key_use(client: Client) -> list[KeyUse]:
    """Return the key use of every open run, the latest of each workflow, and of every schedule.

    Reads whole histories. Lists of Temporal follow a moment later: a run begun just now may be
    left out.
    """
    running = [run.id async for run in client.list_workflows(_RUNNING)]
    found = [use async for use in _of_runs(client, dict.fromkeys(running))]
    schedules = [entry.id async for entry in await client.list_schedules()]
    return [*found, *[await _of_schedule(client, name) for name in schedules]]


async def key_use_of(client: Client, workflow_id: str) -> KeyUse | None:
    """Return the key use of a workflow's latest run; None when it has ended meanwhile."""
    handle = client.get_workflow_handle(workflow_id)
    try:
        history = await handle.fetch_history()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise
    return KeyUse(workflow_id, frozenset(_names_in(history.events)))


async def reseal_schedule(client: Client, schedule_id: str) -> None:
    """Seal what a schedule starts its workflow with anew, with the first key of this client.

    All else of the schedule stays, also that it is paused. Safe to repeat.
    """
    codec = client.data_converter.payload_codec

    async def reseal(found: ScheduleUpdateInput) -> ScheduleUpdate:
        schedule = found.description.schedule
        action = schedule.action
        if codec is not None and isinstance(action, ScheduleActionStartWorkflow):
            action.args = await _resealed(codec, action.args)
        return ScheduleUpdate(schedule=schedule)

    await client.get_schedule_handle(schedule_id).update(reseal)


async def _resealed(codec: PayloadCodec, args: Sequence[Payload]) -> list[Payload]:
    return await codec.encode(await codec.decode(args))


async def _of_runs(client: Client, ids: Iterable[str]) -> AsyncIterator[KeyUse]:
    for some in in_parts(ids, _AT_ONCE):
        for use in await asyncio.gather(*(key_use_of(client, each) for each in some)):
            if use is not None:
                yield use


async def _of_schedule(client: Client, schedule_id: str) -> KeyUse:
    described = await client.get_schedule_handle(schedule_id).describe()
    names = frozenset(_names_in([described.raw_description.schedule]))
    return KeyUse(schedule_id, names, is_schedule=True)


def in_parts(items: Iterable[_Item], size: int) -> Iterator[list[_Item]]:
    """Yield *items* in lists of at most *size*."""
    left = iter(items)
    while part := list(islice(left, size)):
        yield part


def _names_in(messages: Iterable[Message]) -> Iterator[str]:
    for message in messages:
        for payload in _payloads_in(message):
            name = key_name_of(payload)
            if name is not None:
                yield name


def _payloads_in(message: Message) -> Iterator[Payload]:
    """Yield each payload anywhere in *message*, wherever a later server puts one."""
    if isinstance(message, Payload):
        yield message
        return
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        for part in _parts_of(value):
            yield from _payloads_in(part)


def _parts_of(value: object) -> list[Message]:
    """Return the messages of a field: itself, the items of a list, or the values of a map."""
    if isinstance(value, Message):
        return [value]
    items: Iterable[object] = ()
    if isinstance(value, Mapping):
        items = value.values()
    elif isinstance(value, Iterable):
        items = value
    return [item for item in items if isinstance(item, Message)]
