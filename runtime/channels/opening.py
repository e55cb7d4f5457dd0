"""Which way each channel takes: what the settings name, and in local mode a folder for the rest."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx2

from activities.outbox import Outbox, SendingFailedError
from domain.delivery import Delivery, DeliveryChannel
from runtime.channels.mail import MailOutbox
from runtime.channels.sms import SmsOutbox
from runtime.channels.webhook import WebhookOutbox
from runtime.outbox import FileOutbox
from runtime.settings import Settings


class ChannelOutbox:
    """Hands each delivery to the outbox of its channel."""

    def __init__(self, ways: Mapping[DeliveryChannel, Outbox]) -> None:
        self._ways = ways

    async def send(self, delivery: Delivery) -> None:
        """Send by the channel of *delivery*; one that was switched off may come back."""
        way = self._ways.get(delivery.channel)
        if way is None:
            raise SendingFailedError("channel_off")
        await way.send(delivery)


def _wall_clock() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the app judges the age of an attempt by it


@asynccontextmanager
async def open_outbox(
    settings: Settings, clock: Callable[[], datetime] = _wall_clock
) -> AsyncIterator[Outbox]:
    """Yield the outbox of all channels for as long as deliveries leave.

    Raises:
        MailServerError: the file of trusted authorities cannot be used.
    """
    async with httpx2.AsyncClient(trust_env=False, headers={"user-agent": "arende"}) as client:
        yield ChannelOutbox(_ways(settings, client, clock))


def channels_of(settings: Settings) -> frozenset[DeliveryChannel]:
    """Return the channels there are: all of them in local mode, else those that are set up."""
    configured = {
        DeliveryChannel.MAIL: settings.mail_server(),
        DeliveryChannel.APP: settings.app_webhook(),
        DeliveryChannel.SMS: settings.sms_gateway(),
    }
    is_local = settings.mode == "local"
    return frozenset(channel for channel, way in configured.items() if is_local or way)


def _ways(
    settings: Settings, client: httpx2.AsyncClient, clock: Callable[[], datetime]
) -> dict[DeliveryChannel, Outbox]:
    ways: dict[DeliveryChannel, Outbox] = {}
    if settings.mode == "local":
        ways = dict.fromkeys(DeliveryChannel, FileOutbox(settings.data_dir / "outbox"))
    if server := settings.mail_server():
        ways[DeliveryChannel.MAIL] = MailOutbox(server)
    if hook := settings.app_webhook():
        ways[DeliveryChannel.APP] = WebhookOutbox(hook, client, clock)
    if gateway := settings.sms_gateway():
        ways[DeliveryChannel.SMS] = SmsOutbox(gateway, client)
    return ways
