"""Personal identity numbers for people who do not exist: birth numbers 980 to 999 only."""

from datetime import date

_FIRST_SERIAL = 980
_SERIALS = 20
_COORDINATION = 60


class Identities:
    """Gives out 12-digit identities, each once."""

    def __init__(self, taken: set[str]) -> None:
        self._taken = taken

    def give(self, born: date, *, is_man: bool, is_coordination: bool = False) -> str | None:
        """Return a free identity of this birthday, or None when its birth numbers are used up.

        The last digit of the birth number is odd for men, and a coordination number has 60 added
        to its day.
        """
        day = born.day + _COORDINATION * is_coordination
        date_part = f"{born:%Y%m}{day:02}"
        for serial in range(_FIRST_SERIAL + is_man, _FIRST_SERIAL + _SERIALS, 2):
            digits = f"{date_part}{serial}"
            identity = f"{digits}{_check_digit(digits[2:])}"
            if identity not in self._taken:
                self._taken.add(identity)
                return identity
        return None


def _check_digit(nine: str) -> int:
    """Return the Luhn digit of year, month, day and birth number [L15]."""
    doubled = [int(digit) * (2 - place % 2) for place, digit in enumerate(nine)]
    return -sum(value // 10 + value % 10 for value in doubled) % 10
