"""Settings of metrics and traces: both are off until somebody asks for them."""

from typing import Annotated

from pydantic import BaseModel, Field

_OptionalPort = Annotated[int, Field(ge=0, le=65535)]


class TelemetrySettings(BaseModel):
    """Where metrics are scraped and traces are sent.

    A port of 0 is off. `sdk_metrics_port` has what the Temporal SDK counts in a worker,
    `api_sdk_metrics_port` the same of the API. Traces go to the OTLP/HTTP collector that
    OpenTelemetry's own variable names.
    """

    metrics_host: str = "127.0.0.1"
    worker_metrics_port: _OptionalPort = 0
    api_metrics_port: _OptionalPort = 0
    sdk_metrics_port: _OptionalPort = 0
    api_sdk_metrics_port: _OptionalPort = 0
    otlp_endpoint: str | None = Field(
        default=None, pattern=r"^(https?://\S+)?$", validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT"
    )
