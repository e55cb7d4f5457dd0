"""What the telemetry does where no case runs: parts away, lines counted, spans laid bare."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from prometheus_client import CollectorRegistry, generate_latest
from structlog.testing import capture_logs
from temporalio.api.common.v1 import Payload
from temporalio.client import Client
from typing_extensions import override

from activities.outbox import AddressDeadError, Outbox, RefusedError, SendingFailedError
from domain.catalogue import BilingualText
from domain.delivery import Delivery, DeliveryChannel
from runtime.outbox import FileOutbox
from runtime.region import load_region
from runtime.telemetry import correlation
from runtime.telemetry.gauges import of_postgresql
from runtime.telemetry.hand_overs import CountedOutbox
from runtime.telemetry.log_counter import LogCounter
from runtime.telemetry.propagation import CarrierConverter, TraceParent
from runtime.telemetry.span_filter import AllowedOnly
from runtime.telemetry.watch import Watch
from store.deliveries import DeliveryState
from store.figures import Figures, WaitingDeliveries
from store.pool import open_pool
from tests.ports import free_port
from tests.region import SHIPPED

IDENTITY = "197005109819"
DELIVERY = Delivery(
    key="a" * 40,
    channel=DeliveryChannel.MAIL,
    to="SE5560000000-TEST101",
    address="nobody@example.test",
    urgent=False,
    at=datetime(2026, 11, 2, 9, tzinfo=UTC),
    text=BilingualText(sv="Du har ett meddelande.", en="You have a message."),
)


def told(registry: CollectorRegistry, name: str, **labels: str) -> float | None:
    return registry.get_sample_value(name, labels)


async def test_what_is_away_is_told_and_its_figures_are_left_out() -> None:
    """Nothing is raised, and nothing is shown as it once was."""
    registry = CollectorRegistry()
    client = await Client.connect(f"127.0.0.1:{free_port()}", lazy=True)
    nowhere = f"postgres://nobody@127.0.0.1:{free_port()}/nothing"
    async with await open_pool(nowhere, 1) as pool:
        watch = Watch(pool, client, load_region(SHIPPED), lambda: DELIVERY.at)
        registry.register(watch)
        with capture_logs() as lines:
            await watch.refresh()
            await watch.refresh()

    page = generate_latest(registry).decode()
    assert told(registry, "arende_up_postgresql") == told(registry, "arende_up_temporal") == 0
    assert "arende_open_cases" not in page
    assert "arende_stuck_workflows" not in page
    unread = [line["component"] for line in lines if line["event"] == "figures_unread"]
    assert sorted(unread) == ["postgresql", "temporal"]  # the second refresh came too soon


def test_what_alerts_compare_with_before_is_told_as_none_while_there_is_none() -> None:
    nothing = Figures(
        open_cases=(),
        oldest_case=0,
        older_than={},
        notices={},
        deliveries=(
            WaitingDeliveries(
                channel=DeliveryChannel.MAIL, state=DeliveryState.FAILED, deliveries=500
            ),
        ),
        oldest_news=0,
        uncovered={},
    )
    families = {one.name: one for one in of_postgresql(nothing, ["certificate"])}

    def values(name: str) -> dict[tuple[str, ...], float]:
        return {tuple(one.labels.values()): one.value for one in families[name].samples}

    assert values("arende_deliveries") == {
        (channel, state): 500 if (channel, state) == ("mail", "failed") else 0
        for channel in ("app", "mail", "sms")
        for state in ("waiting", "claimed", "failed")
    }
    assert values("arende_notices") == {("waiting",): 0, ("claimed",): 0}
    assert values("arende_overdue_cases") == {("certificate",): 0, ("withheld",): 0}


def test_only_lines_to_act_on_are_counted_and_libraries_together() -> None:
    registry = CollectorRegistry()
    count = LogCounter(registry)

    for level, event in [
        ("error", "row_ahead_of_workflow"),
        ("info", "row_ahead_of_workflow"),
        ("warning", f"Failed for {IDENTITY}"),
    ]:
        line = {"level": level, "event": event}
        assert count(None, level, line) is line
    count(None, "warning", {"level": "warning", "event": "anything", "logger": "library"})

    assert told(registry, "arende_log_events_total", event="row_ahead_of_workflow") == 1
    assert told(registry, "arende_log_events_total", event="other") == 2
    assert told(registry, "arende_log_events_total", event="access_log_failed") == 0
    assert IDENTITY not in generate_latest(registry).decode()


class Refusing(Outbox):
    """An outbox that takes nothing."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    @override
    async def send(self, delivery: Delivery) -> None:
        raise self._error


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (SendingFailedError("timeout"), "failed"),
        (RefusedError("mail_refused"), "refused"),
        (AddressDeadError("mail_address_unknown"), "address_dead"),
    ],
)
async def test_what_is_not_taken_is_counted_and_still_raised(
    error: Exception, outcome: str
) -> None:
    registry = CollectorRegistry()

    with pytest.raises(type(error)):
        await CountedOutbox(Refusing(error), registry).send(DELIVERY)

    name = "arende_hand_overs_total"
    assert told(registry, name, channel="mail", outcome=outcome) == 1
    assert told(registry, name, channel="mail", outcome="taken") == 0


async def test_what_is_taken_is_counted(tmp_path: Path) -> None:
    registry = CollectorRegistry()

    await CountedOutbox(FileOutbox(tmp_path), registry).send(DELIVERY)

    name = "arende_hand_overs_total"
    assert told(registry, name, channel="mail", outcome="taken") == 1


class Kept(SpanExporter):
    """Keeps what it is handed."""

    def __init__(self) -> None:
        self.spans: list[ReadableSpan] = []

    @override
    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.spans += spans
        return SpanExportResult.SUCCESS


def test_a_span_leaves_without_what_was_not_allowed() -> None:
    kept = Kept()
    provider = TracerProvider(resource=Resource({"host.name": IDENTITY, "service.name": "s"}))
    provider.add_span_processor(SimpleSpanProcessor(AllowedOnly(kept)))
    tracer = provider.get_tracer("t")
    attributes = {"url.path": f"/{IDENTITY}", "http.route": "/v1/cases", "url.query": IDENTITY}

    with (
        pytest.raises(ValueError, match=IDENTITY),
        tracer.start_as_current_span(f"GET /{IDENTITY}", attributes=attributes),
    ):
        raise ValueError(IDENTITY)

    (span,) = kept.spans
    assert span.name == "unnamed"
    assert span.attributes == {"http.route": "/v1/cases"}
    assert span.resource.attributes == {"service.name": "s"}
    (event,) = span.events
    assert event.attributes == {"exception.type": "ValueError"}
    assert not span.status.is_ok
    assert IDENTITY not in span.to_json()


def test_a_trace_crosses_by_its_id_alone() -> None:
    parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    given = {"traceparent": parent, "tracestate": f"a={IDENTITY}", "baggage": f"b={IDENTITY}"}

    carried: dict[str, str] = {}
    TraceParent().inject(carried, TraceParent().extract(given))

    assert carried == {"traceparent": parent}


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(Payload(), id="empty"),
        pytest.param(Payload(metadata={"encoding": b"binary/refused"}), id="not ours"),
        pytest.param(Payload(metadata={"encoding": b"json/plain"}, data=b"{"), id="no JSON"),
        pytest.param(Payload(metadata={"encoding": b"json/plain"}, data=b'"x"'), id="no object"),
    ],
)
def test_a_strange_header_is_no_trace_and_stops_no_case(payload: Payload) -> None:
    assert CarrierConverter().from_payloads([payload]) == [{}]


@pytest.mark.parametrize(
    ("encoding", "data", "ids"),
    [
        (b"json/plain", b'{"request_id": "abcdefgh", "other": "x"}', {"request_id": "abcdefgh"}),
        (b"json/plain", b'{"request_id": "a b", "trace_id": 7}', {}),
        (b"json/plain", b"[]", {}),
        (b"json/plain", b"{", {}),
        (b"binary/refused", b"", {}),
    ],
)
def test_a_request_is_named_by_opaque_ids_or_not_at_all(
    encoding: bytes, data: bytes, ids: dict[str, str]
) -> None:
    header = Payload(metadata={"encoding": encoding}, data=data)

    assert correlation._ids_in({correlation._HEADER: header}) == ids
