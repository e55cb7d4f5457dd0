"""Settings of the channels: whole groups, nothing in plain in production, and no value shown."""

import base64
from pathlib import Path

import pytest
from pydantic import ValidationError

from runtime.channel_settings import ChannelSettings, faults_in
from runtime.channels.ways import AppWebhook, MailServer, SmsGateway

SECRET = "whsec_" + base64.b64encode(b"k" * 24).decode()
MAIL = {"smtp_host": "mail.example", "smtp_sender": "no-reply@region.example"}
APP = {"webhook_url": "https://app.example/news", "webhook_secrets": SECRET}
SMS = {
    "sms_url": "https://sms.example/a1/sms",
    "sms_user": "u",
    "sms_password": "hemligt",
    "sms_sender": "Region",
}
LOGIN = {"smtp_user": "u", "smtp_password": "hemligt"}


def settings_of(given: dict[str, str]) -> ChannelSettings:
    return ChannelSettings.model_validate(given)


def test_channels_are_what_the_settings_say() -> None:
    full = settings_of(MAIL | LOGIN | APP | SMS | {"smtp_ca_file": "ca.pem", "smtp_port": "2525"})

    assert full.mail_server() == MailServer(
        "mail.example",
        2525,
        "starttls",
        "no-reply@region.example",
        ("u", "hemligt"),
        Path("ca.pem"),
    )
    assert full.app_webhook() == AppWebhook("https://app.example/news", (SECRET,))
    assert full.sms_gateway() == SmsGateway(
        "https://sms.example/a1/sms", "Region", ("u", "hemligt")
    )
    assert faults_in(full, production=True) == []


def test_nothing_given_is_no_channel() -> None:
    none = settings_of({})

    assert (none.mail_server(), none.app_webhook(), none.sms_gateway()) == (None, None, None)
    assert faults_in(none, production=False) == []


def test_empty_variable_is_one_that_was_not_given() -> None:
    names = ChannelSettings.model_fields.keys() - {"smtp_security"}

    assert settings_of(dict.fromkeys(names, "")) == settings_of({})


@pytest.mark.parametrize(("security", "port"), [("starttls", 587), ("tls", 465), ("none", 25)])
def test_port_follows_the_way_of_encrypting(security: str, port: int) -> None:
    server = settings_of(MAIL | {"smtp_security": security}).mail_server()

    assert server is not None
    assert server.port == port


def test_every_secret_signs_while_they_are_rotated() -> None:
    other = "whsec_" + base64.b64encode(b"o" * 64).decode()

    hook = settings_of(APP | {"webhook_secrets": f"{SECRET}  {other}"}).app_webhook()

    assert hook is not None
    assert hook.secrets == (SECRET, other)


@pytest.mark.parametrize(
    ("given", "faults"),
    [
        ({"smtp_host": "mail.example"}, ["ARENDE_SMTP_SENDER is required"]),
        ({"smtp_sender": "a@region.example"}, ["ARENDE_SMTP_HOST is required"]),
        (
            {"smtp_ca_file": "ca.pem"},
            ["ARENDE_SMTP_HOST is required", "ARENDE_SMTP_SENDER is required"],
        ),
        (MAIL | {"smtp_user": "u"}, ["ARENDE_SMTP_PASSWORD is required"]),
        (MAIL | {"smtp_password": "hemligt"}, ["ARENDE_SMTP_USER is required"]),
        ({"webhook_url": "https://app.example/"}, ["ARENDE_WEBHOOK_SECRETS is required"]),
        ({"webhook_secrets": SECRET}, ["ARENDE_WEBHOOK_URL is required"]),
        *(
            ({k: v for k, v in SMS.items() if k != name}, [f"ARENDE_{name.upper()} is required"])
            for name in SMS
        ),
    ],
)
def test_part_of_a_channel_is_a_fault_that_names_the_rest(
    given: dict[str, str], faults: list[str]
) -> None:
    assert faults_in(settings_of(given), production=False) == faults


def test_production_is_not_silent_by_omission() -> None:
    assert faults_in(settings_of({}), production=True) == [
        "ARENDE_SMTP_HOST is required",
        "ARENDE_SMTP_SENDER is required",
        "ARENDE_WEBHOOK_URL is required",
        "ARENDE_WEBHOOK_SECRETS is required",
    ]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"smtp_security": "none"}, "ARENDE_SMTP_SECURITY: none is for local mode only"),
        (
            {"webhook_url": "http://app.example/"},
            "ARENDE_WEBHOOK_URL: http is for local mode only",
        ),
        ({"sms_url": "http://sms.example/"}, "ARENDE_SMS_URL: http is for local mode only"),
        ({"webhook_url": "HTTP://app.example/"}, "ARENDE_WEBHOOK_URL: http is for local mode only"),
    ],
)
def test_nothing_leaves_in_plain_outside_local_mode(change: dict[str, str], fault: str) -> None:
    settings = settings_of(MAIL | APP | SMS | change)

    assert faults_in(settings, production=True) == [fault]
    assert faults_in(settings, production=False) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("smtp_host", "hemligt host"),
        ("smtp_host", "hemligt\r\nhost"),
        ("smtp_port", "hemligt"),
        ("smtp_port", "0"),
        ("smtp_security", "hemligt"),
        ("smtp_sender", "hemligt"),
        ("smtp_sender", "hemligt@region.example\nBcc: x@y.example"),
        ("smtp_sender", "Hemligt <a@region.example>"),
        ("webhook_url", "ftp://hemligt.example/"),
        ("webhook_url", "hemligt"),
        ("webhook_url", "https://hemligt:pw@app.example/"),
        ("webhook_url", "https://[hemligt/"),
        ("webhook_secrets", " "),
        ("webhook_secrets", base64.b64encode(b"hemligt" * 4).decode()),
        ("webhook_secrets", "whsec_" + base64.b64encode(b"hemligt").decode()),
        ("webhook_secrets", "whsec_hemligt!"),
        ("webhook_secrets", f"{SECRET} hemligt"),
        ("webhook_secrets", "whsec_" + base64.b64encode(b"h" * 65).decode()),
        ("sms_sender", "Hemligt namn"),
        ("sms_sender", "0701740605"),
    ],
)
def test_wrong_value_is_refused_and_not_shown(name: str, value: str) -> None:
    with pytest.raises(ValidationError) as caught:
        settings_of({name: value})

    (error,) = caught.value.errors()
    assert error["loc"] == (name,)
    assert "hemligt" not in str(caught.value).lower()


def test_secrets_are_not_shown() -> None:
    settings = settings_of(MAIL | LOGIN | APP | SMS)

    shown = repr([settings, settings.mail_server(), settings.app_webhook(), settings.sms_gateway()])

    assert "hemligt" not in shown
    assert SECRET not in shown
