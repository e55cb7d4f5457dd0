"""Finds a Swedish personal identity in what people write, and takes no other number for one."""

import re
import unicodedata
from datetime import date

_OTHER_IDS = re.compile(
    r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b|\bSE[0-9]{10}-[0-9a-z]{1,18}\b", re.IGNORECASE
)
_LOOKS_LIKE_ONE = re.compile(
    r"""(?<![0-9])(?:
    (?: 1[89] | (?<!\+)20 ) [ -]? [0-9]{2} [ -]? [0-9]{2} [ -]? [0-9]{2} [-+ ]? [0-9]{4}
    | (?<!\+) [1-9][0-9] [ -]? [0-9]{2} [ -]? [0-9]{2} [-+ ]? [0-9]{4}
    | (?<!\+) 0[0-9]{5} [-+] [0-9]{4}  # else it is a phone number's area code
    )(?![0-9])""",
    re.VERBOSE,
)
_WITH_CENTURY = 12
_OWN_CENTURY = "20"
_COORDINATION_DAYS = 60
_HOURS, _MINUTES = 24, 60
_MINUS = "\u2212"


def carries_identity(text: str) -> bool:
    """Whether a personnummer or samordningsnummer (day + 60) stands in *text* [L15].

    With or without its century, however it is spaced and in whichever digits. Its date exists and
    its check digit is right, so numbers of companies, phones, products and cases are none.
    """
    plain = _OTHER_IDS.sub("", _plain(text))
    return any(_is_identity(found[0]) for found in _LOOKS_LIKE_ONE.finditer(plain))


def _plain(text: str) -> str:
    return "".join(map(_plain_sign, unicodedata.normalize("NFKC", text)))


def _plain_sign(sign: str) -> str:
    match unicodedata.category(sign):
        case "Nd":
            return str(unicodedata.decimal(sign))
        case "Pd":
            return "-"
        case "Zs":
            return " "
        case "Cf":
            return ""
        case _:
            return "-" if sign == _MINUS else sign


def _is_identity(found: str) -> bool:
    digits = "".join(filter(str.isdecimal, found))
    if len(digits) < _WITH_CENTURY:
        digits = _OWN_CENTURY + digits  # of the two centuries it may mean, the one with all days
    return _is_day(digits) and _is_checked(digits[2:]) and not _is_time_of_day(found, digits)


def _is_day(digits: str) -> bool:
    year, month, day = int(digits[:4]), int(digits[4:6]), int(digits[6:8])
    try:
        date(year, month, day - _COORDINATION_DAYS if day > _COORDINATION_DAYS else day)
    except ValueError:
        return False
    return True


def _is_checked(ten: str) -> bool:
    """Whether the last of *ten* digits is the check digit of the others (Luhn)."""
    doubled = [int(digit) * (2 - at % 2) for at, digit in enumerate(ten)]
    return sum(value // 10 + value % 10 for value in doubled) % 10 == 0


def _is_time_of_day(found: str, digits: str) -> bool:
    """Whether it is a date of our own century with an hour after it, as in 2026-11-23 1430."""
    is_apart = found[-5] == " " and found.startswith(_OWN_CENTURY) and len(found) > _WITH_CENTURY
    return is_apart and int(digits[8:10]) < _HOURS and int(digits[10:]) < _MINUTES
