"""The port through which notices leave."""

from typing import Protocol

from domain.delivery import Delivery


class SendingFailedError(Exception):
    """A delivery could not be handed over now; a later attempt may succeed."""


class Outbox(Protocol):
    """Whoever carries notices: a folder, a gateway of mail or SMS, a webhook of the app."""

    async def send(self, delivery: Delivery) -> None:
        """Hand over *delivery*; a key that was handed over before changes nothing.

        Raises:
            SendingFailedError: it was not taken.
        """
