"""Which addresses can be written to: those that say one mailbox or one phone, and nothing else."""

import re

_LONGEST_ADDRESS = 254
_ATOM = r"[A-Za-z0-9!#$%&'*+/=^_`{|}~-]+"  # without `?`, so that no encoded word can hide in it
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_MAIL = re.compile(rf"(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*")
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")


def is_mail_address(text: str) -> bool:
    """Whether *text* is one bare ASCII mailbox of at most 254 signs (RFC 5321, no quoted form)."""
    return len(text) <= _LONGEST_ADDRESS and _MAIL.fullmatch(text) is not None


def is_phone_number(text: str) -> bool:
    """Whether *text* is a phone number as E.164: `+`, country code, 7 to 15 digits in all."""
    return _PHONE.fullmatch(text) is not None


def domain_of(address: str) -> str:
    """Return what follows the `@` of a mail address."""
    return address.rpartition("@")[2]
