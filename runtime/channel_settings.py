"""Settings of the channels through which deliveries leave: mail, the app's webhook and SMS."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, SecretStr
from pydantic_settings import SettingsConfigDict

from runtime.channel_values import (
    EmptyIsNone,
    Host,
    MailAddress,
    MailPort,
    SmsSender,
    WebhookSecrets,
    WebUrl,
)
from runtime.channels.ways import AppWebhook, MailServer, SmsGateway, SmtpSecurity

_USUAL_PORTS = {"starttls": 587, "tls": 465, "none": 25}


class ChannelSettings(BaseModel):
    """The part of the settings that says how deliveries leave; what belongs together is optional.

    `webhook_secrets`: one or more of the form `whsec_` and base64, separated by spaces.
    """

    model_config = SettingsConfigDict(frozen=True, hide_input_in_errors=True)

    smtp_host: Annotated[Host | None, EmptyIsNone] = None
    smtp_port: Annotated[MailPort | None, EmptyIsNone] = None
    smtp_user: Annotated[str | None, EmptyIsNone] = None
    smtp_password: Annotated[SecretStr | None, EmptyIsNone] = None
    smtp_security: SmtpSecurity = "starttls"
    smtp_ca_file: Annotated[Path | None, EmptyIsNone] = None
    smtp_sender: Annotated[MailAddress | None, EmptyIsNone] = None
    webhook_url: Annotated[WebUrl | None, EmptyIsNone] = None
    webhook_secrets: Annotated[WebhookSecrets | None, EmptyIsNone] = None
    sms_url: Annotated[WebUrl | None, EmptyIsNone] = None
    sms_user: Annotated[str | None, EmptyIsNone] = None
    sms_password: Annotated[SecretStr | None, EmptyIsNone] = None
    sms_sender: Annotated[SmsSender | None, EmptyIsNone] = None

    def mail_server(self) -> MailServer | None:
        """Return the mail server; None when there is none."""
        if self.smtp_host is None or self.smtp_sender is None:
            return None
        return MailServer(
            host=self.smtp_host,
            port=self.smtp_port or _USUAL_PORTS[self.smtp_security],
            security=self.smtp_security,
            sender=self.smtp_sender,
            login=_login(self.smtp_user, self.smtp_password),
            ca_file=self.smtp_ca_file,
        )

    def app_webhook(self) -> AppWebhook | None:
        """Return the app's webhook; None when there is none."""
        if self.webhook_url is None or self.webhook_secrets is None:
            return None
        secrets = tuple(self.webhook_secrets.get_secret_value().split())
        return AppWebhook(url=self.webhook_url, secrets=secrets)

    def sms_gateway(self) -> SmsGateway | None:
        """Return the gateway of text messages; None when there is none."""
        login = _login(self.sms_user, self.sms_password)
        if self.sms_url is None or self.sms_sender is None or login is None:
            return None
        return SmsGateway(url=self.sms_url, sender=self.sms_sender, login=login)


def _login(user: str | None, password: SecretStr | None) -> tuple[str, str] | None:
    return None if user is None or password is None else (user, password.get_secret_value())


@dataclass(frozen=True)
class _Group:
    """Variables that only mean something together."""

    needed: tuple[str, ...]
    optional: tuple[str, ...] = ()
    is_needed_in_production: bool = False


_GROUPS = (
    _Group(
        ("smtp_host", "smtp_sender"),
        ("smtp_port", "smtp_user", "smtp_password", "smtp_ca_file"),
        is_needed_in_production=True,
    ),
    _Group(("smtp_user", "smtp_password")),
    _Group(("webhook_url", "webhook_secrets"), is_needed_in_production=True),
    _Group(("sms_url", "sms_user", "sms_password", "sms_sender")),
)


def faults_in(channels: ChannelSettings, *, production: bool) -> list[str]:
    """Return what is missing or unsafe, each beginning with the name of a variable.

    In production mail and webhook are needed, so that nothing can be silent by omission, and
    everything leaves encrypted.
    """
    return [*_lacking(channels, production=production), *(_plain(channels) if production else ())]


def _lacking(channels: ChannelSettings, *, production: bool) -> Iterator[str]:
    for group in _GROUPS:
        given = {name for name in group.needed + group.optional if getattr(channels, name)}
        if given or (production and group.is_needed_in_production):
            for name in group.needed:
                if name not in given:
                    yield f"{_variable(name)} is required"


def _plain(channels: ChannelSettings) -> Iterator[str]:
    if channels.smtp_security == "none":
        yield f"{_variable('smtp_security')}: none is for local mode only"
    for name in ("webhook_url", "sms_url"):
        if (getattr(channels, name) or "https:").startswith("http:"):
            yield f"{_variable(name)}: http is for local mode only"


def _variable(name: str) -> str:
    return f"ARENDE_{name.upper()}"
