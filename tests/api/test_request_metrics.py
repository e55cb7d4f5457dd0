"""What the API tells Prometheus of requests: templates and classes, never what was asked."""

import logging
from collections.abc import Iterator

import pytest
import structlog
from httpx2 import AsyncClient
from prometheus_client import CollectorRegistry, Metric
from prometheus_client.parser import text_string_to_metric_families

from runtime.errors import OperatorError
from runtime.settings import Settings
from runtime.telemetry.exposition import exposed, sdk_runtime
from tests.api.calling import Api, serving
from tests.api.people import HENRIK
from tests.observed_names import OWN
from tests.ports import free_port

pytestmark = pytest.mark.asyncio(loop_scope="session")

NOT_MINE = "/v1/cases/00000000-0000-4000-8000-000000000000"


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


async def scrape(settings: Settings) -> dict[str, Metric]:
    """Read what the API tells now."""
    async with AsyncClient(trust_env=False) as http:
        answer = await http.get(f"http://127.0.0.1:{settings.api_metrics_port}/metrics")
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.text)
    return {one.name: one for one in families if not one.name.endswith("_created")}


async def test_requests_are_counted_by_template_method_and_class(served: Settings) -> None:
    settings = served.model_copy(update={"api_metrics_port": free_port()})
    async with serving(settings) as api:
        await api.citizen(HENRIK).get("/v1/cases")
        await api.citizen(HENRIK).get(NOT_MINE)
        await api.nobody().get(f"/v1/{HENRIK}?q={HENRIK}")
        scraped = await scrape(settings)

    ours = {name for name in scraped if name.startswith("arende_")}
    assert ours == {"arende_http_requests", "arende_http_request_seconds", "arende_log_events"}
    for name in ours:
        kind, labels = OWN[name]
        assert scraped[name].type == kind
        assert {key for one in scraped[name].samples for key in one.labels} - {"le"} == set(labels)
    counted = {
        (one.labels["route"], one.labels["method"], one.labels["status"]): one.value
        for one in scraped["arende_http_requests"].samples
    }
    assert counted["/v1/cases", "GET", "2xx"] == 1
    assert counted["/v1/cases/{case_id}", "GET", "4xx"] == 1
    assert counted["none", "GET", "4xx"] == 1
    assert HENRIK not in str(scraped)


async def test_an_api_without_a_metrics_port_serves_none(api: Api) -> None:
    assert api.settings.api_metrics_port == 0
    assert (await api.nobody().get("/metrics")).status_code == 404


async def test_a_taken_port_is_told_with_the_setting_that_moves_it() -> None:
    port = free_port()
    async with exposed(CollectorRegistry(), "127.0.0.1", port, "ARENDE_API_METRICS_PORT"):
        with pytest.raises(OperatorError, match="ARENDE_API_METRICS_PORT"):
            async with exposed(CollectorRegistry(), "127.0.0.1", port, "ARENDE_API_METRICS_PORT"):
                pass
        with pytest.raises(OperatorError, match="ARENDE_SDK_METRICS_PORT"):
            sdk_runtime("127.0.0.1", port, "ARENDE_SDK_METRICS_PORT")
