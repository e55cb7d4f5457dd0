"""The mail channel: one message a delivery, handed to the region's own mail server."""

import asyncio
import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import structlog
from aiosmtplib import SMTP, SMTPException

from activities.outbox import AddressDeadError, RefusedError, SendingFailedError
from domain.delivery import Delivery
from runtime.channel_settings import ChannelSettings
from runtime.channels.addresses import domain_of, is_mail_address
from runtime.channels.mail_message import compose
from runtime.channels.mail_replies import CREDENTIALS, verdict_on
from runtime.channels.ways import MailServer
from runtime.errors import OperatorError

_log = structlog.get_logger()


class MailServerError(OperatorError):
    """The mail server cannot be used; the message says why in one of the words of the channel."""


@dataclass(frozen=True)
class MailLimits:
    """How long a mail server may take: to connect, for all of a delivery, to say good-bye."""

    connect: timedelta = timedelta(seconds=5)
    whole: timedelta = timedelta(seconds=20)
    farewell: timedelta = timedelta(seconds=1)


_LIMITS = MailLimits()


class MailOutbox:
    """Hands each delivery to one mail server, over a connection of its own.

    A server that falls silent after it took the message gets it again: the bytes and the
    Message-ID are then the same. [R12]
    """

    def __init__(self, server: MailServer, limits: MailLimits = _LIMITS) -> None:
        """Read the authorities to trust.

        Raises:
            MailServerError: the file of authorities cannot be used.
        """
        self._server = server
        self._limits = limits
        self._trust = None if server.security == "none" else _trust_of(server)

    async def send(self, delivery: Delivery) -> None:
        """Hand over *delivery* to its address; see the port for the errors."""
        if delivery.address is None:
            raise RefusedError("mail_address_missing")
        if not is_mail_address(delivery.address):
            raise AddressDeadError("mail_address_invalid")
        message = compose(delivery, delivery.address, self._server.sender)
        await self._converse(delivery.address, message)

    async def check(self) -> None:
        """Connect, encrypt, log in and say NOOP.

        Raises:
            SendingFailedError: the server was not reached, trusted or willing.
        """
        await self._converse(None, b"")

    async def _converse(self, address: str | None, message: bytes) -> None:
        client = self._client()
        try:
            async with asyncio.timeout(self._limits.whole.total_seconds()):
                await client.connect(timeout=self._limits.connect.total_seconds())
                if address is None:
                    await client.noop()
                else:
                    await client.sendmail(self._server.sender, [address], message)
        except (SMTPException, OSError) as error:
            verdict = verdict_on(error)
            if verdict.code == CREDENTIALS:
                _log.error("credentials_refused", component="mail")
            raise verdict from None
        else:
            # What was said is said: a slow farewell must not turn it into a failure.
            with suppress(SMTPException):
                await client.quit(timeout=self._limits.farewell.total_seconds())
        finally:
            client.close()

    def _client(self) -> SMTP:
        server = self._server
        user, password = server.login or (None, None)
        return SMTP(
            hostname=server.host,
            port=server.port,
            username=user,
            password=password,
            local_hostname=domain_of(server.sender),
            timeout=self._limits.whole.total_seconds(),
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
            tls_context=self._trust,
        )


async def check_smtp(settings: ChannelSettings) -> None:
    """Reach the mail server, encrypt, log in and say NOOP; nothing to do where none is set.

    Raises:
        MailServerError: it cannot be used, and why.
    """
    server = settings.mail_server()
    if server is None:
        return
    try:
        await MailOutbox(server).check()
    except SendingFailedError as error:
        raise MailServerError(f"The mail server cannot be used: {error.code}") from None


def _trust_of(server: MailServer) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=server.ca_file)
    except OSError as error:
        raise MailServerError(
            f"ARENDE_SMTP_CA_FILE cannot be used: {type(error).__name__}"
        ) from None
