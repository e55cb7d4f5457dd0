"""Each channel takes the way its settings name; a local stack has a folder for the others."""

import base64
import json
import logging
import re
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from activities.outbox import NotDeliveredError, SendingFailedError
from domain.delivery import DeliveryChannel
from runtime.channels.mail import MailServerError
from runtime.channels.opening import ChannelOutbox, channels_of, open_outbox
from runtime.settings import Settings
from tests.unit.deliveries import ADDRESS, CASE_ID, NUMBER, TEXT, app_news, mail, sms
from tests.unit.http_sink import listening
from tests.unit.mail_sink import SENDER, MailSink, serving
from tests.unit.sms_provider import LOGIN

_SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
_WEBHOOK = {"webhook_url": "https://app.example/", "webhook_secrets": _SECRET}
_SMTP = {"smtp_host": "mail.example", "smtp_sender": SENDER}
_SMS = {
    "sms_url": "https://sms.example/",
    "sms_user": "u",
    "sms_password": "p",
    "sms_sender": "Region",
}


def settings_of(folder: Path, **changes: object) -> Settings:
    given: dict[str, Any] = {"mode": "local", "data_dir": folder, **changes}
    return Settings(_env_file=None, **given)


def production_of(folder: Path, **changes: object) -> Settings:
    """Return settings as production has them, with the secrets a local stack made."""
    local = settings_of(folder, **(_SMTP | _WEBHOOK | changes))
    return local.model_copy(update={"mode": "production"})


async def test_local_stack_without_channels_keeps_files(tmp_path: Path) -> None:
    async with open_outbox(settings_of(tmp_path)) as outbox:
        for number, delivery in enumerate([mail(), sms(), app_news()]):
            await outbox.send(delivery.model_copy(update={"key": f"{number}"}))

    files = (tmp_path / "outbox").iterdir()
    channels = {json.loads(file.read_text("utf-8"))["channel"] for file in files}
    assert channels == {"mail", "sms", "app"}


async def test_each_channel_goes_its_way(tmp_path: Path) -> None:
    mails = MailSink()

    async with listening(lambda _: 200) as (posts, url):
        with serving(mails) as server:
            settings = settings_of(
                tmp_path,
                smtp_host=server.host,
                smtp_port=server.port,
                smtp_security="none",
                smtp_sender=SENDER,
                webhook_url=url,
                webhook_secrets=_SECRET,
                **(_SMS | {"sms_url": url}),
            )
            async with open_outbox(settings) as outbox:
                for delivery in (mail(), sms(), app_news()):
                    await outbox.send(delivery)

    assert mails.recipients == [ADDRESS]
    assert [request.headers["content-type"] for request in posts.taken] == [
        "application/x-www-form-urlencoded",
        "application/json",
    ]
    assert not (tmp_path / "outbox").exists()


def test_local_stack_has_every_channel(tmp_path: Path) -> None:
    assert channels_of(settings_of(tmp_path)) == frozenset(DeliveryChannel)


@pytest.mark.parametrize(
    ("changes", "channels"),
    [
        pytest.param({}, {DeliveryChannel.MAIL, DeliveryChannel.APP}, id="without text messages"),
        pytest.param(_SMS, set(DeliveryChannel), id="with text messages"),
    ],
)
def test_production_has_the_channels_that_are_set_up(
    tmp_path: Path, changes: dict[str, str], channels: set[DeliveryChannel]
) -> None:
    assert channels_of(production_of(tmp_path, **changes)) == channels


async def test_delivery_of_a_channel_that_is_off_waits(tmp_path: Path) -> None:
    async with open_outbox(production_of(tmp_path)) as outbox:
        with pytest.raises(SendingFailedError, match="channel_off"):
            await outbox.send(sms())

    assert not (tmp_path / "outbox").exists()


async def test_authorities_that_cannot_be_read_stop_the_start(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, **_SMTP, smtp_ca_file=tmp_path / "none.pem")

    with pytest.raises(MailServerError, match="ARENDE_SMTP_CA_FILE"):
        async with open_outbox(settings):
            pass


async def test_nothing_personal_is_logged_or_in_an_error(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Every way fails, with libraries at their most talkative and servers that quote."""
    caplog.set_level(logging.DEBUG)
    mails, errors = MailSink(), list[NotDeliveredError]()
    mails.rcpt_replies = [f"550 5.1.1 {ADDRESS} unknown"]

    async with listening(lambda _: 401) as (_, url):
        with serving(mails) as server, capture_logs() as lines:
            settings = settings_of(
                tmp_path,
                smtp_host=server.host,
                smtp_port=server.port,
                smtp_security="none",
                smtp_sender=SENDER,
                webhook_url=url,
                webhook_secrets=_SECRET,
                **(_SMS | {"sms_url": url, "sms_user": LOGIN[0], "sms_password": LOGIN[1]}),
            )
            async with open_outbox(settings) as outbox:
                for delivery in (mail(), mail("odd\n" + ADDRESS), sms(), sms("odd"), app_news()):
                    with pytest.raises(NotDeliveredError) as caught:
                        await outbox.send(delivery)
                    errors.append(caught.value)

    # The test's own mail server logs what it is told; ours is everything else.
    ours = [entry for entry in caplog.records if not entry.name.startswith("mail.")]
    said = f"{lines} {errors!r} {[entry.getMessage() for entry in ours]}"
    for personal in (ADDRESS, NUMBER, CASE_ID, TEXT.sv, TEXT.en, LOGIN[1], _SECRET):
        assert personal not in said
    assert all(re.fullmatch("[a-z_]+", error.code) for error in errors)
    assert len(ours) > 0


async def test_outbox_without_any_way_takes_nothing() -> None:
    with pytest.raises(SendingFailedError, match="channel_off"):
        await ChannelOutbox({}).send(mail())
