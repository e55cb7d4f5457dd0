"""How every process reaches Temporal: one converter, one codec, quick failures at the edge."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from temporalio.client import Client, HeaderCodecBehavior, Interceptor
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import DataConverter, DefaultFailureConverterWithEncodedAttributes
from temporalio.envconfig import ClientConfig
from temporalio.runtime import Runtime
from temporalio.service import RetryConfig

from runtime.codec import EncryptionCodec
from runtime.settings import Settings
from runtime.telemetry.correlation import Correlation

_DEFAULT_NAMESPACE = "default"
_DEFAULT_ADDRESS = "localhost:7233"

QUICK = RetryConfig(
    initial_interval_millis=50,
    randomization_factor=0.2,
    multiplier=1.5,
    max_interval_millis=200,
    max_elapsed_time_millis=300,
    max_retries=2,
)
"""For callers who wait: a refused connection is given up within half a second (design 3.6)."""


@dataclass(frozen=True, slots=True)
class Observed:
    """Who watches a client and the workers of it: `interceptors`, and the SDK's own `runtime`."""

    interceptors: tuple[Interceptor, ...] = ()
    runtime: Runtime | None = None


_UNOBSERVED = Observed()


def data_converter(keys: Mapping[str, bytes], namespace: str) -> DataConverter:
    """Return the converter of all our payloads: pydantic JSON, encrypted, failures too."""
    return replace(
        pydantic_data_converter,
        payload_codec=EncryptionCodec(keys, namespace),
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )


def namespace_of_environment() -> str:
    """Return the namespace that TEMPORAL_* variables name."""
    return ClientConfig.load_client_connect_config().get("namespace") or _DEFAULT_NAMESPACE


async def connect(
    settings: Settings,
    *,
    lazy: bool = False,
    retry_config: RetryConfig | None = None,
    observed: Observed = _UNOBSERVED,
) -> Client:
    """Return a client for the address TEMPORAL_* variables name, else the local stack's.

    With *lazy* the process starts while Temporal is away and connects at the first call.
    Headers, which carry the ids of requests and traces, are encrypted as payloads are.
    """
    config = ClientConfig.load_client_connect_config()
    config.setdefault("target_host", settings.local_temporal_address or _DEFAULT_ADDRESS)
    namespace = config.setdefault("namespace", namespace_of_environment())
    return await Client.connect(
        **config,
        data_converter=data_converter(settings.payload_key_ring(), namespace),
        header_codec_behavior=HeaderCodecBehavior.CODEC,
        interceptors=[Correlation(), *observed.interceptors],
        runtime=observed.runtime,
        lazy=lazy,
        retry_config=retry_config,
    )


STICKY_TIMEOUT = timedelta(seconds=1)
"""How long the next task waits for a worker that was killed before another takes it over."""
