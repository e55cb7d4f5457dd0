"""Mail leaves encrypted, logged in and once; what the server answers is judged, never quoted."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from activities.outbox import AddressDeadError, NotDeliveredError, RefusedError, SendingFailedError
from runtime.channel_settings import ChannelSettings
from runtime.channels.mail import MailLimits, MailOutbox, MailServerError, check_smtp
from runtime.channels.ways import MailServer
from tests.ports import free_port
from tests.unit.certificates import LOOPBACK, make_certificate
from tests.unit.deliveries import ADDRESS, TEXT, mail
from tests.unit.mail_sink import LOGIN, SENDER, MailSink, serving


async def test_mail_says_the_text_in_both_languages_and_nothing_else() -> None:
    sink = MailSink()

    with serving(sink) as server:
        await MailOutbox(server).send(mail())

    (raw,) = sink.messages
    message = message_from_bytes(raw, policy=policy.default)
    body = message.get_content().replace("\r\n", "\n")
    assert body == f"{TEXT.sv}\n\n{TEXT.en}\n"
    assert sorted(message.keys()) == [
        "Auto-Submitted",
        "Content-Transfer-Encoding",
        "Content-Type",
        "Date",
        "From",
        "MIME-Version",
        "Message-ID",
        "Subject",
        "To",
    ]
    assert (message["To"], message["From"], message["Subject"]) == (ADDRESS, SENDER, TEXT.sv)
    assert message["Message-ID"] == "<3d9a41c07b2e58f6-4@notices.region.example>"
    assert message["Date"] == "Fri, 20 Nov 2026 15:04:05 +0000"
    assert message["Auto-Submitted"] == "auto-generated"
    assert (sink.senders, sink.recipients) == ([SENDER], [ADDRESS])


async def test_starttls_and_login_with_a_trusted_certificate(tmp_path: Path) -> None:
    sink, certificate = MailSink(), make_certificate(tmp_path, "server")

    with serving(sink, certificate, "starttls") as server:
        trusted = replace(server, ca_file=certificate.file, login=LOGIN)
        await MailOutbox(trusted).send(mail())

    assert (sink.recipients, sink.logins) == ([ADDRESS], ["arende"])


async def test_tls_from_the_first_byte(tmp_path: Path) -> None:
    sink, certificate = MailSink(), make_certificate(tmp_path, "server")

    with serving(sink, certificate, "tls") as server:
        await MailOutbox(replace(server, ca_file=certificate.file)).send(mail())

    assert sink.recipients == [ADDRESS]


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("trust", ["system", "another", "another host"])
async def test_certificate_that_is_not_trusted_gets_nothing(
    tmp_path: Path, security: str, trust: str
) -> None:
    wrong_host = trust == "another host"
    certificate = make_certificate(tmp_path, "server", "127.0.0.9" if wrong_host else LOOPBACK)
    other = make_certificate(tmp_path, "other")
    ca_file = {"system": None, "another": other.file, "another host": certificate.file}[trust]
    sink = MailSink()

    with serving(sink, certificate, "starttls" if security == "starttls" else "tls") as server:
        error = await failure_of(replace(server, ca_file=ca_file, login=LOGIN))

    assert (type(error), error.code) == (SendingFailedError, "mail_tls")
    assert sink.logins + sink.recipients == []


@pytest.mark.parametrize("login", [None, LOGIN])
async def test_server_without_starttls_gets_neither_login_nor_mail(
    login: tuple[str, str] | None,
) -> None:
    sink = MailSink()

    with serving(sink) as server:
        error = await failure_of(replace(server, security="starttls", login=login))

    assert (type(error), error.code) == (SendingFailedError, "mail_not_offered")
    assert sink.logins + sink.recipients == []


@pytest.mark.parametrize(
    ("login", "code"),
    [
        pytest.param(None, "mail_turned_away", id="none"),
        pytest.param(("arende", "wrong horse"), "mail_credentials", id="wrong password"),
    ],
)
async def test_without_the_right_login_the_mail_waits(
    tmp_path: Path, login: tuple[str, str] | None, code: str
) -> None:
    sink, certificate = MailSink(), make_certificate(tmp_path, "server")

    with serving(sink, certificate, "starttls") as server, capture_logs() as lines:
        error = await failure_of(replace(server, ca_file=certificate.file, login=login))

    assert (type(error), error.code) == (SendingFailedError, code)
    assert [line["event"] for line in lines] == ["credentials_refused"] * (login is not None)
    assert sink.recipients == []


async def test_server_that_dies_after_data_gets_the_same_bytes_again() -> None:
    sink = MailSink()
    sink.data_replies = [None]

    with serving(sink) as server:
        error = await failure_of(server)
        await MailOutbox(server).send(mail())

    assert (type(error), error.code) == (SendingFailedError, "mail_unreachable")
    first, second = sink.messages
    assert first == second
    assert b"Message-ID: <3d9a41c07b2e58f6-4@notices.region.example>" in first


async def test_mail_that_was_taken_is_done_though_the_server_never_parts() -> None:
    sink = MailSink()
    sink.never_parts = True

    with serving(sink) as server:
        await MailOutbox(server, MailLimits(farewell=timedelta(seconds=0.1))).send(mail())

    assert len(sink.messages) == 1


@pytest.mark.parametrize(
    ("rcpt", "data", "kind", "code"),
    [
        ("450 4.7.1 Greylisted", None, SendingFailedError, "mail_deferred"),
        ("550 5.1.1 No such user karin", None, AddressDeadError, "mail_address_unknown"),
        ("550 Mailbox unavailable", None, AddressDeadError, "mail_address_unknown"),
        ("553 Mailbox name not allowed", None, AddressDeadError, "mail_address_unknown"),
        ("550 5.7.1 Relaying denied", None, RefusedError, "mail_refused"),
        ("552 5.2.2 Mailbox full", None, RefusedError, "mail_refused"),
        ("554 Transaction failed", None, RefusedError, "mail_refused"),
        (None, "451 4.3.0 Try later", SendingFailedError, "mail_deferred"),
        (None, "554 5.7.1 Looks like spam", RefusedError, "mail_refused"),
        (None, "550 Looks like spam", RefusedError, "mail_refused"),
        (None, "550 5.1.1 No such user", AddressDeadError, "mail_address_unknown"),
    ],
)
async def test_answer_of_the_server_is_judged(
    rcpt: str | None, data: str | None, kind: type[NotDeliveredError], code: str
) -> None:
    sink = MailSink()
    sink.rcpt_replies = [rcpt] if rcpt else []
    sink.data_replies = [data] if data else []

    with serving(sink) as server:
        error = await failure_of(server)
        await MailOutbox(server).send(mail())

    assert (type(error), str(error)) == (kind, code)
    assert sink.recipients[-1] == ADDRESS


@pytest.mark.parametrize(
    "greeting",
    [
        pytest.param(b"", id="silent from the start"),
        pytest.param(b"220 here\r\n", id="silent after its greeting"),
    ],
)
async def test_hanging_server_is_left(greeting: bytes) -> None:
    limits = MailLimits(connect=timedelta(seconds=0.2), whole=timedelta(seconds=0.4))

    async with hanging(greeting) as server:
        error = await failure_of(server, limits)

    assert (type(error), error.code) == (SendingFailedError, "mail_timeout")


async def test_server_that_refuses_everybody_loses_no_news() -> None:
    async with hanging(b"554 no service here\r\n") as server:
        error = await failure_of(server)

    assert (type(error), error.code) == (SendingFailedError, "mail_unreachable")


async def test_server_that_is_away_is_tried_later() -> None:
    error = await failure_of(MailServer(LOOPBACK, free_port(), "none", SENDER))

    assert (type(error), error.code) == (SendingFailedError, "mail_unreachable")


async def test_delivery_without_address_is_refused() -> None:
    with pytest.raises(RefusedError, match="mail_address_missing"):
        await MailOutbox(MailServer(LOOPBACK, 1, "none", SENDER)).send(mail(address=None))


async def test_check_talks_to_the_server_and_sends_nothing(tmp_path: Path) -> None:
    sink, certificate = MailSink(), make_certificate(tmp_path, "server")

    with serving(sink, certificate, "starttls") as server:
        await check_smtp(settings_for(server, certificate.file, LOGIN[1]))
        with pytest.raises(MailServerError, match="mail_credentials"):
            await check_smtp(settings_for(server, certificate.file, "wrong horse"))
        with pytest.raises(MailServerError, match="ARENDE_SMTP_CA_FILE"):
            await check_smtp(settings_for(server, tmp_path / "none.pem", LOGIN[1]))

    assert sink.logins == ["arende", "arende", "arende"]
    assert sink.recipients == []


async def test_check_has_nothing_to_do_without_a_server() -> None:
    await check_smtp(ChannelSettings())


async def failure_of(server: MailServer, limits: MailLimits | None = None) -> NotDeliveredError:
    """Return why a mail was not taken; no address, name or text is in it."""
    outbox = MailOutbox(server, limits or MailLimits())
    with pytest.raises(NotDeliveredError) as caught:
        await outbox.send(mail())
    assert caught.value.args == (caught.value.code,)
    assert caught.value.__cause__ is None
    return caught.value


def settings_for(server: MailServer, ca_file: Path, password: str) -> ChannelSettings:
    return ChannelSettings.model_validate(
        {
            "smtp_host": server.host,
            "smtp_port": server.port,
            "smtp_security": server.security,
            "smtp_sender": SENDER,
            "smtp_ca_file": ca_file,
            "smtp_user": LOGIN[0],
            "smtp_password": password,
        }
    )


@asynccontextmanager
async def hanging(greeting: bytes) -> AsyncIterator[MailServer]:
    """A server that says *greeting* and never another word."""
    over = asyncio.Event()

    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        await over.wait()
        writer.close()

    port = free_port()
    async with await asyncio.start_server(greet, LOOPBACK, port):
        yield MailServer(LOOPBACK, port, "none", SENDER)
        over.set()
