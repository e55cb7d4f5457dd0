"""Finds what looks like a Swedish personal identity in text that must never carry one."""

import re
import unicodedata

_UUID = re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b", re.IGNORECASE)
_IDENTITY = re.compile(
    r"(?<![0-9A-Za-z])"
    r"(?:(?:18|19|20)[ -]?)?[0-9]{2}[ -]?(?:0[1-9]|1[0-2])[ -]?(?:0[1-9]|[12678][0-9]|[39][01])"
    r"[-+ ]?[0-9]{4}"
    r"(?![0-9A-Za-z])"
)


def has_identity_digits(text: str) -> bool:
    """Whether *text* holds 10 or 12 digits that can be a personnummer or samordningsnummer [L15].

    The check digit is not asked for, since a mistyped number still points at a person. Case ids
    are left out: some UUIDs read like a date.
    """
    digits = unicodedata.normalize("NFKC", text)
    return _IDENTITY.search(_UUID.sub("", digits)) is not None
