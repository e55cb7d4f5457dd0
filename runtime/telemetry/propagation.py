"""How a trace crosses from process to process: by its ids alone, without baggage."""

import json
from collections.abc import Sequence
from typing import Any

from opentelemetry.context import Context
from opentelemetry.propagators.textmap import (
    CarrierT,
    Getter,
    Setter,
    TextMapPropagator,
    default_getter,
    default_setter,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadConverter
from typing_extensions import override

_TRACEPARENT = "traceparent"
_JSON = b"json/plain"


class _OneKey(Getter[CarrierT]):
    """Shows `traceparent` and nothing else of a carrier."""

    def __init__(self, getter: Getter[CarrierT]) -> None:
        self._getter = getter

    @override
    def get(self, carrier: CarrierT, key: str) -> list[str] | None:
        return self._getter.get(carrier, key) if key == _TRACEPARENT else None

    @override
    def keys(self, carrier: CarrierT) -> list[str]:
        return [_TRACEPARENT]


class TraceParent(TextMapPropagator):
    """W3C Trace Context without `tracestate`, which may hold anything a caller wrote."""

    def __init__(self) -> None:
        self._inner = TraceContextTextMapPropagator()

    @override
    def extract(
        self,
        carrier: CarrierT,
        context: Context | None = None,
        getter: Getter[CarrierT] = default_getter,
    ) -> Context:
        return self._inner.extract(carrier, context, _OneKey(getter))

    @override
    def inject(
        self,
        carrier: CarrierT,
        context: Context | None = None,
        setter: Setter[CarrierT] = default_setter,
    ) -> None:
        self._inner.inject(carrier, context, setter)

    @property
    @override
    def fields(self) -> set[str]:
        return {_TRACEPARENT}


class CarrierConverter(PayloadConverter):
    """Converts the header of a trace; one that is not ours is no trace instead of a failed task."""

    @override
    def to_payloads(self, values: Sequence[Any]) -> list[Payload]:
        return [
            Payload(metadata={"encoding": _JSON}, data=json.dumps(value).encode())
            for value in values
        ]

    @override
    def from_payloads(
        self, payloads: Sequence[Payload], type_hints: list[type] | None = None
    ) -> list[Any]:
        return [_carrier(payload) for payload in payloads]


def _carrier(payload: Payload) -> dict[str, str]:
    if payload.metadata.get("encoding") != _JSON:
        return {}
    try:
        given = json.loads(payload.data)
    except ValueError:
        return {}
    parent = given.get(_TRACEPARENT) if isinstance(given, dict) else None
    return {_TRACEPARENT: parent} if isinstance(parent, str) else {}
