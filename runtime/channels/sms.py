"""The SMS channel: one form posted to a gateway, in the manner of 46elks."""

from datetime import timedelta
from http import HTTPStatus

import httpx2
import structlog

from activities.outbox import AddressDeadError, RefusedError, SendingFailedError
from domain.delivery import Delivery
from runtime.channels.addresses import is_phone_number
from runtime.channels.posting import WITHIN, status_of
from runtime.channels.ways import SmsGateway

_log = structlog.get_logger()
_CREDENTIALS = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


class SmsOutbox:
    """Sends each delivery as one text message, Swedish before English.

    Gateways of this kind take no key: a crash between their answer and our mark may give the
    citizen the same text twice. [R12]
    """

    def __init__(
        self, gateway: SmsGateway, client: httpx2.AsyncClient, within: timedelta = WITHIN
    ) -> None:
        self._gateway = gateway
        self._auth = httpx2.BasicAuth(*gateway.login)
        self._client = client
        self._within = within

    async def send(self, delivery: Delivery) -> None:
        """Send *delivery* to its number; see the port for the errors."""
        if delivery.address is None:
            raise RefusedError("sms_number_missing")
        if not is_phone_number(delivery.address):
            raise AddressDeadError("sms_number_invalid")
        form = {
            "from": self._gateway.sender,
            "to": delivery.address,
            "message": f"{delivery.text.sv}\n{delivery.text.en}",
        }
        request = self._client.build_request("POST", self._gateway.url, data=form)
        _judge(await status_of(self._client, request, "sms", self._within, self._auth))


def _judge(status: int) -> None:
    if status == HTTPStatus.BAD_REQUEST:
        raise AddressDeadError("sms_number_unknown")
    if status in _CREDENTIALS:
        _log.error("credentials_refused", component="sms", status=status)
        raise SendingFailedError("sms_credentials")
    if not httpx2.codes.is_success(status):
        raise SendingFailedError("sms_not_taken")
