"""Where each channel leads: what a mail server, the app's webhook and an SMS gateway are."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

SmtpSecurity = Literal["starttls", "tls", "none"]


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed in. `ca_file`: trusted instead of the system's authorities."""

    host: str
    port: int
    security: SmtpSecurity
    sender: str
    login: tuple[str, str] | None = field(default=None, repr=False)
    ca_file: Path | None = None


@dataclass(frozen=True)
class AppWebhook:
    """Where the app hears of news; every one of `secrets` signs, so that they can be rotated."""

    url: str
    secrets: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True)
class SmsGateway:
    """Whoever sends text messages; `login` is user and password of HTTP basic authentication."""

    url: str
    sender: str
    login: tuple[str, str] = field(repr=False)
