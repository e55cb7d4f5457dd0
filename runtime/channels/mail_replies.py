"""What a mail server's answer, or its silence, means for a delivery."""

import re
import ssl

from aiosmtplib import (
    SMTPAuthenticationError,
    SMTPDataError,
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
)

from activities.outbox import AddressDeadError, NotDeliveredError, RefusedError, SendingFailedError

CREDENTIALS = "mail_credentials"

_PERMANENT = 500
_NO_SUCH_MAILBOX = frozenset({550, 551, 553})
_ENHANCED = re.compile(r"5\.\d{1,3}\.\d{1,3}\b")
_DEAD = frozenset({"5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.4", "5.1.6", "5.1.10", "5.2.1"})
_OUR_TROUBLE: tuple[tuple[type[Exception], str], ...] = (
    (TimeoutError, "mail_timeout"),
    (ssl.SSLError, "mail_tls"),
    (SMTPAuthenticationError, CREDENTIALS),
    (OSError, "mail_unreachable"),
    (SMTPResponseException, "mail_turned_away"),
    (SMTPException, "mail_not_offered"),
)


def verdict_on(error: Exception) -> NotDeliveredError:
    """Return what *error*, raised by aiosmtplib or the network, means for the delivery.

    Only an answer about the recipient or the message can end a delivery. A refused connection,
    login or sender says that our own set-up is wrong: mending it must lose no news. Extended
    codes are those of RFC 3463; without one, 550, 551 and 553 at RCPT mean an unknown mailbox.
    """
    if isinstance(error, SMTPRecipientsRefused):
        reply = error.recipients[0]
        return _judge(reply, is_dead=reply.code in _NO_SUCH_MAILBOX)
    if isinstance(error, SMTPDataError):
        return _judge(error, is_dead=False)
    cause = error.__cause__ if isinstance(error.__cause__, ssl.SSLError) else error
    return SendingFailedError(next(code for kind, code in _OUR_TROUBLE if isinstance(cause, kind)))


def _judge(reply: SMTPResponseException, *, is_dead: bool) -> NotDeliveredError:
    """Judge by the extended code where there is one, else by *is_dead*."""
    if reply.code < _PERMANENT:
        return SendingFailedError("mail_deferred")
    extended = _ENHANCED.match(reply.message)
    if extended[0] in _DEAD if extended else is_dead:
        return AddressDeadError("mail_address_unknown")
    return RefusedError("mail_refused")
