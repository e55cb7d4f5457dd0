"""Counts what became of each attempt to hand a delivery over."""

from prometheus_client import CollectorRegistry, Counter
from typing_extensions import override

from activities.outbox import AddressDeadError, Outbox, RefusedError, SendingFailedError
from domain.delivery import Delivery, DeliveryChannel

_OUTCOMES = {
    SendingFailedError: "failed",
    RefusedError: "refused",
    AddressDeadError: "address_dead",
}
_TAKEN = "taken"


class CountedOutbox(Outbox):
    """An outbox around another: it counts, and changes nothing."""

    def __init__(self, outbox: Outbox, registry: CollectorRegistry) -> None:
        self._outbox = outbox
        self._attempts = Counter(
            "arende_hand_overs",
            "Attempts to hand a delivery over, by channel and outcome.",
            ["channel", "outcome"],
            registry=registry,
        )
        for channel in DeliveryChannel:
            for outcome in (_TAKEN, *_OUTCOMES.values()):
                self._attempts.labels(channel, outcome)

    @override
    async def send(self, delivery: Delivery) -> None:
        try:
            await self._outbox.send(delivery)
        except tuple(_OUTCOMES) as error:
            self._attempts.labels(delivery.channel, _OUTCOMES[type(error)]).inc()
            raise
        self._attempts.labels(delivery.channel, _TAKEN).inc()
