"""Whether Temporal can be reached, and its namespace has what our cases need."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from commands.checkup.installation.clock import Clock
from commands.checkup.installation.engine_clock import check_engine_clock
from commands.checkup.installation.faults import Fault, Part, error, warning
from commands.checkup.installation.open_cases import check_open_cases
from runtime.schedules import SCHEDULES
from runtime.settings import Settings
from runtime.temporal import QUICK, connect
from runtime.temporal_server import SEARCH_ATTRIBUTES

_PATIENCE = timedelta(seconds=20)
_ANSWER_WITHIN = timedelta(seconds=5)
_SHORTEST_RETENTION = timedelta(days=7)
_NOT_ALLOWED = (RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNIMPLEMENTED)

_AWAY = error(
    Part.TEMPORAL,
    "the server does not answer, or refuses this client",
    "Start it, or correct TEMPORAL_ADDRESS, TEMPORAL_API_KEY and the TEMPORAL_TLS variables.",
)
_SLOW = error(
    Part.TEMPORAL,
    f"the server did not answer all questions within {_PATIENCE.total_seconds():.0f} s",
    "Look at its load and at its database.",
)


async def check_engine(settings: Settings, now: Clock) -> list[Fault]:
    """Return what is wrong with Temporal, its namespace and what should be there.

    *now* is this machine's clock.
    """
    found: list[Fault] = []
    try:
        async with asyncio.timeout(_PATIENCE.total_seconds()):
            client = await connect(settings, retry_config=QUICK)
            async for fault in _faults(client, settings, now):
                found.append(fault)  # noqa: PERF401 - what was found before a failure stays
    except TimeoutError:
        found.append(_SLOW)
    except (RPCError, RuntimeError, ValueError, OSError):  # RuntimeError: nothing listens
        found.append(_AWAY)
    return found


async def _faults(client: Client, settings: Settings, now: Clock) -> AsyncIterator[Fault]:
    retention = await _retention(client)
    if retention is None:
        text = f"there is no namespace {client.namespace}"
        yield error(Part.NAMESPACE, text, "Create it, or correct TEMPORAL_NAMESPACE.")
        return
    for fault in _too_short(retention, is_local=settings.mode == "local"):
        yield fault
    for fault in await _attributes(client):
        yield fault
    for schedule in SCHEDULES:
        async for fault in _schedule(client, schedule):
            yield fault
    for fault in await check_engine_clock(client, now):
        yield fault
    for fault in await check_open_cases(client):
        yield fault


async def _retention(client: Client) -> timedelta | None:
    """Return how long a closed workflow is kept; None when the namespace does not exist."""
    request = DescribeNamespaceRequest(namespace=client.namespace)
    try:
        answer = await client.workflow_service.describe_namespace(request, timeout=_ANSWER_WITHIN)
    except RPCError as failure:
        if failure.status is RPCStatusCode.NOT_FOUND:
            return None
        raise
    return answer.config.workflow_execution_retention_ttl.ToTimedelta()


def _too_short(retention: timedelta, *, is_local: bool) -> Iterator[Fault]:
    if retention < _SHORTEST_RETENTION:
        days = _SHORTEST_RETENTION.days
        severe = warning if is_local else error
        yield severe(
            Part.NAMESPACE,
            f"closed cases are forgotten after {retention}, sooner than {days} days",
            "Run `temporal operator namespace update --retention 30d`.",
        )


async def _attributes(client: Client) -> list[Fault]:
    request = ListSearchAttributesRequest(namespace=client.namespace)
    try:
        listed = await client.operator_service.list_search_attributes(
            request, timeout=_ANSWER_WITHIN
        )
    except RPCError as failure:
        if failure.status not in _NOT_ALLOWED:
            raise
        text = "this client may not list search attributes"
        return [warning(Part.SEARCH_ATTRIBUTES, text, "Compare them with docs/operations.md.")]
    known = dict(listed.custom_attributes)
    return [fault for name in SEARCH_ATTRIBUTES for fault in _attribute(name, known.get(name))]


def _attribute(name: str, found: int | None) -> Iterator[Fault]:
    wanted = SEARCH_ATTRIBUTES[name]
    create = f"`temporal operator search-attribute create --name {name} --type {wanted}`"
    if found is None:
        yield error(Part.SEARCH_ATTRIBUTES, f"{name} is missing", f"Run {create}.")
    elif found != IndexedValueType.Value(f"INDEXED_VALUE_TYPE_{wanted.upper()}"):
        text, remedy = f"{name} is not of type {wanted}", f"Remove it, then run {create}."
        yield error(Part.SEARCH_ATTRIBUTES, text, remedy)


async def _schedule(client: Client, name: str) -> AsyncIterator[Fault]:
    try:
        described = await client.get_schedule_handle(name).describe(rpc_timeout=_ANSWER_WITHIN)
    except RPCError as failure:
        if failure.status is not RPCStatusCode.NOT_FOUND:
            raise
        text = f"{name} is missing, so nothing starts its workflow"
        yield error(Part.SCHEDULES, text, "Start a worker: it makes the schedule.")
        return
    if described.schedule.state.paused:
        text = f"{name} is paused"
        yield error(Part.SCHEDULES, text, f"Run `temporal schedule toggle --unpause -s {name}`.")
