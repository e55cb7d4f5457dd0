"""The port through which deliveries leave."""

from typing import Protocol

from domain.delivery import Delivery


class NotDeliveredError(Exception):
    """A delivery was not taken. `code` is a fixed word of ours, never text from the other side."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class SendingFailedError(NotDeliveredError):
    """It was not taken now; a later attempt may succeed."""


class RefusedError(NotDeliveredError):
    """It will never be taken, which says nothing of the address."""


class AddressDeadError(NotDeliveredError):
    """Nothing is taken at this address any more: a bounce."""


class Outbox(Protocol):
    """Whoever carries deliveries: a folder, a mail server, a gateway of SMS, a webhook."""

    async def send(self, delivery: Delivery) -> None:
        """Hand over *delivery*; a key handed over before changes nothing.

        That holds as far as the receiver tells keys apart: one that does not gets a delivery
        again after a crash between its answer and our mark.

        Raises:
            SendingFailedError: not taken now.
            RefusedError: never taken.
            AddressDeadError: the address is dead.
        """
