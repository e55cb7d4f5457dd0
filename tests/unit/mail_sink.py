"""A real mail server on loopback that keeps what it gets and answers as a test wishes."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from runtime.channels.ways import MailServer, SmtpSecurity
from tests.ports import free_port
from tests.unit.certificates import LOOPBACK, Certificate

SENDER = "no-reply@notices.region.example"
LOGIN = ("arende", "correct horse")


class MailSink:
    """Keeps each message with its envelope; `replies` are given first, one a command RCPT or DATA.

    A reply of None cuts the connection, after the message was read.
    """

    def __init__(self) -> None:
        self.rcpt_replies: list[str] = []
        self.data_replies: list[str | None] = []
        self.never_parts = False
        self.senders: list[str | None] = []
        self.recipients: list[str] = []
        self.messages: list[bytes] = []
        self.logins: list[str] = []

    async def handle_RCPT(  # noqa: N802 - the name aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Note the recipient, or refuse it with the next reply."""
        if self.rcpt_replies:
            return self.rcpt_replies.pop(0)
        self.recipients.append(address)
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 - the name aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Keep the message, then answer with the next reply."""
        assert isinstance(envelope.content, bytes)
        self.senders.append(envelope.mail_from)
        self.messages.append(envelope.content)
        reply = self.data_replies.pop(0) if self.data_replies else "250 2.0.0 OK"
        if reply is None:
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
            return ""
        return reply

    async def handle_QUIT(  # noqa: N802 - the name aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Say good-bye, or nothing for ever."""
        if self.never_parts:
            await asyncio.Event().wait()
        return "221 Bye"

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        """Let in whoever has the password, and note the name."""
        assert isinstance(data, LoginPassword)
        self.logins.append(data.login.decode())
        known = (data.login.decode(), data.password.decode()) == LOGIN
        return AuthResult(success=known, handled=False)


@contextmanager
def serving(
    sink: MailSink, certificate: Certificate | None = None, security: SmtpSecurity = "none"
) -> Iterator[MailServer]:
    """Serve *sink* by one way of encrypting; with STARTTLS a login is required.

    Yields where it is, with nothing trusted and no login.
    """
    port = free_port()
    options: dict[str, Any] = {}
    context: ssl.SSLContext | None = certificate.for_server() if certificate else None
    if security == "starttls":
        options = {
            "tls_context": context,
            "require_starttls": True,
            "auth_required": True,
            "authenticator": sink.authenticate,
        }
    elif security == "tls":
        options = {"ssl_context": context}
    controller = Controller(sink, hostname=LOOPBACK, port=port, **options)
    controller.start()
    try:
        yield MailServer(host=LOOPBACK, port=port, security=security, sender=SENDER)
    finally:
        controller.stop()
