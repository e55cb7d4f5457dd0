"""Carries the ids of a request to the case it speaks to, and binds them to every line there."""

import json
import re
from collections.abc import Mapping
from time import monotonic
from typing import Any, NoReturn

import structlog
from structlog.contextvars import bind_contextvars, bound_contextvars, get_contextvars
from temporalio import activity, client, worker, workflow
from temporalio.api.common.v1 import Payload
from temporalio.exceptions import ApplicationError
from typing_extensions import override

from domain.messages import Act
from runtime.case_ids import case_id_of

Headers = Mapping[str, Payload]

_HEADER = "arende-request"
_CARRIED = ("request_id", "trace_id")
_OPAQUE = re.compile(r"[A-Za-z0-9._-]{8,64}")
_JSON = b"json/plain"

log = structlog.get_logger()


class Correlation(client.Interceptor, worker.Interceptor):
    """For the client of every process; workers of that client take it over.

    A header of each start, signal and update holds `request_id` and `trace_id` as the API bound
    them. The workflow hands its start's header to its activities and to its next run.
    """

    @override
    def intercept_client(self, next: client.OutboundInterceptor) -> client.OutboundInterceptor:
        return _Sender(next)

    @override
    def intercept_activity(
        self, next: worker.ActivityInboundInterceptor
    ) -> worker.ActivityInboundInterceptor:
        return _ActivityLines(next)

    @override
    def workflow_interceptor_class(
        self, input: worker.WorkflowInterceptorClassInput
    ) -> type[worker.WorkflowInboundInterceptor]:
        return _WorkflowLines


class _Sender(client.OutboundInterceptor):
    @override
    async def start_workflow(
        self, input: client.StartWorkflowInput
    ) -> client.WorkflowHandle[Any, Any]:
        input.headers = _with_bound_ids(input.headers)
        return await super().start_workflow(input)

    @override
    async def signal_workflow(self, input: client.SignalWorkflowInput) -> None:
        input.headers = _with_bound_ids(input.headers)
        await super().signal_workflow(input)

    @override
    async def start_workflow_update(
        self, input: client.StartWorkflowUpdateInput
    ) -> client.WorkflowUpdateHandle[Any]:
        input.headers = _with_bound_ids(input.headers)
        return await super().start_workflow_update(input)


class _ActivityLines(worker.ActivityInboundInterceptor):
    @override
    async def execute_activity(self, input: worker.ExecuteActivityInput) -> Any:
        """Run one attempt and tell in one line how it went."""
        info = activity.info()
        begun, outcome = monotonic(), {"state": "failed"}
        place = _place(info.workflow_id, info.workflow_type) | {"attempt": info.attempt}
        with bound_contextvars(**place, **_ids_in(input.headers)):
            try:
                result = await super().execute_activity(input)
            except ApplicationError as error:
                outcome["code"] = error.type or "unnamed"
                raise
            else:
                outcome = {"state": "done"}
                return result
            finally:
                milliseconds = round((monotonic() - begun) * 1000, 1)
                action = info.activity_type
                log.info("activity_handled", action=action, duration_ms=milliseconds, **outcome)


class _WorkflowLines(worker.WorkflowInboundInterceptor):
    """Binds without unbinding: the task that a workflow or handler runs in has its own context."""

    @override
    def init(self, outbound: worker.WorkflowOutboundInterceptor) -> None:
        super().init(_Passing(outbound))

    @override
    async def execute_workflow(self, input: worker.ExecuteWorkflowInput) -> Any:
        _bind(input.headers)
        return await super().execute_workflow(input)

    @override
    async def handle_signal(self, input: worker.HandleSignalInput) -> None:
        _bind(input.headers)
        bind_contextvars(action=input.signal)
        workflow.logger.info("message_heard")
        await super().handle_signal(input)

    @override
    async def handle_update_handler(self, input: worker.HandleUpdateInput) -> Any:
        _bind(input.headers)
        act = next((arg for arg in input.args if isinstance(arg, Act)), None)
        bind_contextvars(action=act.message.kind if act else input.update)
        workflow.logger.info("message_heard")
        return await super().handle_update_handler(input)


class _Passing(worker.WorkflowOutboundInterceptor):
    @override
    def start_activity(self, input: worker.StartActivityInput) -> workflow.ActivityHandle[Any]:
        input.headers = _with_start(input.headers)
        return super().start_activity(input)

    @override
    def start_local_activity(
        self, input: worker.StartLocalActivityInput
    ) -> workflow.ActivityHandle[Any]:
        input.headers = _with_start(input.headers)
        return super().start_local_activity(input)

    @override
    def continue_as_new(self, input: worker.ContinueAsNewInput) -> NoReturn:
        input.headers = _with_start(input.headers)
        super().continue_as_new(input)


def _place(workflow_id: str | None, workflow_type: str | None) -> dict[str, str]:
    case_id = case_id_of(workflow_id)
    place = {"case_id": case_id, "workflow_type": workflow_type}
    return {key: value for key, value in place.items() if value is not None}


def _bind(headers: Headers) -> None:
    info = workflow.info()
    bind_contextvars(**_place(info.workflow_id, info.workflow_type), **_ids_in(headers))


def _with_bound_ids(headers: Headers) -> Headers:
    bound = get_contextvars()
    ids = {key: bound[key] for key in _CARRIED if key in bound}
    return {**headers, _HEADER: _payload(ids)} if ids else headers


def _with_start(headers: Headers) -> Headers:
    start = workflow.info().headers.get(_HEADER)
    return headers if start is None else {**headers, _HEADER: start}


def _payload(ids: dict[str, str]) -> Payload:
    return Payload(metadata={"encoding": _JSON}, data=json.dumps(ids).encode())


def _ids_in(headers: Headers) -> dict[str, str]:
    """Return the ids of a header; none where it is missing or somebody else's."""
    payload = headers.get(_HEADER)
    if payload is None or payload.metadata.get("encoding") != _JSON:
        return {}
    try:
        given = json.loads(payload.data)
    except ValueError:
        return {}
    ids = given if isinstance(given, dict) else {}
    return {
        key: ids[key]
        for key in _CARRIED
        if isinstance(ids.get(key), str) and _OPAQUE.fullmatch(ids[key])
    }
