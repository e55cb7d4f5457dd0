"""One delivery as a mail: the same bytes at every attempt, and no word of what the news is."""

import re
from datetime import UTC
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP

from activities.outbox import RefusedError
from domain.delivery import Delivery
from runtime.channels.addresses import domain_of

_KEY = re.compile(r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*")


def compose(delivery: Delivery, address: str, sender: str) -> bytes:
    """Return the mail for *address* as it goes over the wire; both addresses are checked ones.

    Swedish stands before English, and the Swedish text is the subject too, since it says nothing.
    The Message-ID is made of the delivery's key: a receiver that drops repeats needs no more, and
    a returned mail names its delivery.

    Raises:
        RefusedError: the key cannot stand in a header.
    """
    if not _KEY.fullmatch(delivery.key):
        raise RefusedError("key_unfit")
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = address
    message["Date"] = delivery.at.astimezone(UTC)
    message["Message-ID"] = f"<{delivery.key}@{domain_of(sender)}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(
        f"{delivery.text.sv}\n\n{delivery.text.en}\n", charset="utf-8", cte="quoted-printable"
    )
    return _subject(delivery.text.sv) + message.as_bytes()


def _subject(text: str) -> bytes:
    """Return the header alone: EmailMessage loses spaces where it folds what is not ASCII."""
    printable = "".join(sign if sign.isprintable() else " " for sign in text)
    encoded = Header(" ".join(printable.split()), "utf-8", header_name="Subject")
    return f"Subject: {encoded.encode(linesep=SMTP.linesep)}{SMTP.linesep}".encode("ascii")
