"""A submission's trace reaches from its request to its activities, and carries nobody's words."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
import pytest_asyncio
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from runtime.loopback_server import serving as listening
from runtime.region import load_region
from runtime.settings import Settings
from runtime.telemetry.process import api_telemetry, worker_telemetry
from runtime.telemetry.span_filter import ALLOWED_ATTRIBUTES
from runtime.temporal import connect
from store.pool import open_pool
from tests.api.calling import RENEWAL, Api, new_key, serving
from tests.api.conftest import MakeSettings
from tests.api.people import HENRIK, PHYSICIANS
from tests.ports import free_port
from tests.region import SHIPPED
from tests.temporal import temporal_on
from worker import case_worker

pytestmark = pytest.mark.asyncio(loop_scope="session")

CANARY = "Kanariefågel"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@dataclass
class Receiver:
    """A collector that keeps what it was sent, and from which service each span came."""

    sent: bytes = b""
    spans: list[tuple[str, Span]] = field(default_factory=list)
    case_id: str = ""

    def named(self, service: str, name: str) -> list[Span]:
        return [span for sender, span in self.spans if (sender, span.name) == (service, name)]

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/v1/traces", self._take, methods=["POST"])])

    async def _take(self, request: Request) -> Response:
        body = await request.body()
        if request.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        self.sent += body
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            names = {one.key: one.value.string_value for one in resource.resource.attributes}
            spans = [span for scope in resource.scope_spans for span in scope.spans]
            self.spans += [(names["service.name"], span) for span in spans]
        answer = ExportTraceServiceResponse().SerializeToString()
        return Response(answer, media_type="application/x-protobuf")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def receiver(
    make_settings: MakeSettings, database: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Receiver]:
    """What a traced API and a traced worker sent of a submission and two messages."""
    made, port = Receiver(), free_port()
    settings = make_settings(database, free_port()).model_copy(
        update={"otlp_endpoint": f"http://127.0.0.1:{port}"}
    )
    temporal = await temporal_on(settings.temporal_port, tmp_path_factory.mktemp("traced"))
    try:
        async with listening(made.app(), "127.0.0.1", port, "-"):
            await live(settings, made)
            yield made
    finally:
        await temporal.stop()


async def live(settings: Settings, made: Receiver) -> None:
    """Let one case be submitted, taken and noted on; all spans have left at the end."""
    region = load_region(SHIPPED)
    telemetry = worker_telemetry(settings, region)
    client = await connect(settings, observed=telemetry.observed())
    async with (
        await open_pool(settings.database_url, 4) as pool,
        telemetry.shown(client),
        case_worker(client, pool, region),
        serving(settings) as api,
    ):
        made.case_id = await submit(api)
        physician = api.staff(PHYSICIANS[0])
        await physician.send(made.case_id, "take")
        await physician.send(made.case_id, "note", {"text": CANARY}, prefer="respond-async")
        async with asyncio.timeout(20):
            while not (await physician.get(f"/v1/cases/{made.case_id}")).json()["notes"]:  # noqa: ASYNC110 - a signal is heard after it was accepted
                await asyncio.sleep(0.05)
        await physician.get(f"/v1/{HENRIK}?q={HENRIK}", baggage=f"who={HENRIK}")


async def submit(api: Api) -> str:
    """Submit as an app that traces; what it writes around its trace's id must not travel."""
    body = {
        "service": "prescription_renewal",
        "answers": RENEWAL | {"message": CANARY},
        "not_duplicate_of": [],
    }
    headers = {
        "traceparent": f"00-{TRACE}-00f067aa0ba902b7-01",
        "tracestate": f"app={HENRIK}",
        "baggage": f"patient={HENRIK}",
        "prefer": "wait=2",
    }
    answer = await api.citizen(HENRIK).post("/v1/cases", body, idempotency_key=new_key(), **headers)
    while others := answer.json().get("duplicates"):
        told_apart = body | {"not_duplicate_of": others}
        key = new_key()
        answer = await api.citizen(HENRIK).post(
            "/v1/cases", told_apart, idempotency_key=key, **headers
        )
    assert answer.status_code == 201, answer.text
    case = await api.citizen(HENRIK).until_recorded(answer.json()["case_id"])
    return str(case["case_id"])


async def test_one_trace_reaches_from_the_request_to_the_activities(receiver: Receiver) -> None:
    path = [
        ("arende-api", "POST /v1/cases"),
        ("arende-api", "StartWorkflow:CaseWorkflow"),
        ("arende-worker", "RunWorkflow:CaseWorkflow"),
        ("arende-worker", "StartActivity:admit_case"),
        ("arende-worker", "RunActivity:admit_case"),
        ("arende-worker", "RunActivity:record_case"),
    ]
    for service, name in path:
        traces = {span.trace_id.hex() for span in receiver.named(service, name)}
        assert TRACE in traces, (name, sorted({one.name for _, one in receiver.spans}))


async def test_a_message_is_traced_to_its_handler(receiver: Receiver) -> None:
    (handled,) = receiver.named("arende-worker", "HandleUpdate:act")
    sent = receiver.named("arende-api", "StartWorkflowUpdate:act")
    (heard,) = receiver.named("arende-worker", "HandleSignal:note")
    left = receiver.named("arende-api", "SignalWorkflow:note")

    assert {link.span_id for link in handled.links} == {span.span_id for span in sent}
    assert [link.span_id for link in heard.links] == [span.span_id for span in left]


async def test_spans_hold_allowed_attributes_and_no_ones_words(receiver: Receiver) -> None:
    spans = [span for _, span in receiver.spans]
    attributes = [one for span in spans for one in span.attributes]
    attributes += [one for span in spans for event in span.events for one in event.attributes]
    routes = {one.value.string_value for one in attributes if one.key == "http.route"}

    assert {one.key for one in attributes} <= ALLOWED_ATTRIBUTES
    assert "/v1/cases/{case_id}/{message}" in routes
    assert {span.status.message for span in spans} == {""}
    assert {span.trace_state for span in spans} == {""}
    for private in (CANARY, HENRIK, "+46701740605", PHYSICIANS[0].hsa_id, "127.0.0.1"):
        assert private.encode() not in receiver.sent
    assert receiver.case_id.encode() in receiver.sent


async def test_nothing_is_traced_unless_a_collector_is_named(
    served: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")

    assert api_telemetry(served).traces.provider is None
    assert worker_telemetry(served, load_region(SHIPPED)).observed().runtime is None
