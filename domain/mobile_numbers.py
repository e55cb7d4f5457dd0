"""Which telephone numbers take text messages."""

import re

_E164 = re.compile(r"\+[1-9][0-9]{7,14}")
_SWEDISH = "+46"
_SWEDISH_MOBILE = re.compile(r"\+467[02369][0-9]{7}")


def mobile_number(number: str | None) -> str | None:
    """Return *number* (E.164) if a text message may reach it, else None.

    Swedish mobile numbers begin with 70, 72, 73, 76 or 79 in the national numbering plan; of
    another country's number nothing can be told, so it counts as one.
    """
    if number is None or not _E164.fullmatch(number):
        return None
    is_landline = number.startswith(_SWEDISH) and not _SWEDISH_MOBILE.fullmatch(number)
    return None if is_landline else number
