"""Whether news can leave: the mail server takes us in, and the app's webhook is encrypted."""

from commands.checkup.installation.faults import Fault, Part, error, warning
from runtime.channels.mail import MailServerError, check_smtp
from runtime.settings import Settings


async def check_channels(settings: Settings) -> list[Fault]:
    """Return what is wrong with mail and webhook; a local stack may do without either."""
    return [*await _mail(settings), *_webhook(settings)]


async def _mail(settings: Settings) -> list[Fault]:
    if settings.mail_server() is None:
        return _missing(settings, Part.MAIL, "ARENDE_SMTP_HOST and ARENDE_SMTP_SENDER")
    try:
        await check_smtp(settings)
    except MailServerError as refused:
        remedy = "Correct the variables of mail; docs/notices.md explains the words."
        return [error(Part.MAIL, f"no mail can leave: {refused}", remedy)]
    return []


def _webhook(settings: Settings) -> list[Fault]:
    hook = settings.app_webhook()
    if hook is None:
        return _missing(settings, Part.WEBHOOK, "ARENDE_WEBHOOK_URL and ARENDE_WEBHOOK_SECRETS")
    if not hook.url.startswith("https:"):
        text = "the app is told over an unencrypted address"
        return [warning(Part.WEBHOOK, text, "Use an https address in ARENDE_WEBHOOK_URL.")]
    return []


def _missing(settings: Settings, part: Part, variables: str) -> list[Fault]:
    if settings.mode == "local":
        return []
    return [error(part, "nobody is told by this channel", f"Set {variables}.")]
