"""What tests of `arende notices` share: an operator's shell, and the mails they are sent."""

import asyncio
from email.message import EmailMessage, Message
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from commands.notices import app
from tests.region import SHIPPED

LATER = 60 * 24 * 365 * 30
"""Minutes past the senders' noon at which all that operators let leave is due."""

_RUNNER = CliRunner()


def stand_in(folder: Path, region_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Configure an operator who stands in an empty *folder*."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("ARENDE_MODE", "local")
    monkeypatch.setenv("ARENDE_DATABASE_URL", region_url)
    monkeypatch.setenv("ARENDE_REGION_DIR", str(SHIPPED))


async def arende(*arguments: str, stdin: bytes | None = None) -> Result:
    """Run `arende notices` with these arguments."""
    return await asyncio.to_thread(_RUNNER.invoke, app, list(arguments), input=stdin)


def status_mail(
    key: str, action: str = "failed", status: str = "5.1.1", returned: str = "message/rfc822"
) -> MIMEMultipart:
    """Return what a mail server sends back about a mail of ours."""
    report = MIMEMultipart("report", report_type="delivery-status")
    report["Subject"] = "Undelivered Mail Returned to Sender"
    report.attach(MIMEText("I am sorry."))
    told = Message()
    told["Content-Type"] = "message/delivery-status"
    for_all, for_one = Message(), Message()
    for_all["Reporting-MTA"] = "dns; mail.example"
    for_one["Final-Recipient"] = "rfc822; somebody@example.org"
    for_one["Action"] = action
    for_one["Status"] = status
    told.set_payload([for_all, for_one])
    report.attach(told)
    original = EmailMessage()
    original["Message-ID"] = f"<{key}@arende.example>"
    if returned == "message/rfc822":
        original.set_content("You have a message.")
        part = Message()
        part["Content-Type"] = returned
        part.set_payload([original])
        report.attach(part)
    else:
        report.attach(MIMEText(original.as_string(), returned.partition("/")[2]))
    return report
