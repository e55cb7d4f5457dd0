"""A gateway of text messages as 46elks has one, with numbers that always end the same way.

The numbers are among those that no Swedish subscriber has.
"""

import base64
from urllib.parse import parse_qs

from tests.unit.http_sink import Taken

DELIVERED = "+46701740605"
FAILS_ONCE = "+46701740606"
INVALID = "+46701740607"
SILENT = "+46701740608"
BUSY = "+46701740609"

LOGIN = ("arende", "correct horse")


class SmsProvider:
    """Judges requests; `delivered` are the forms it took, in order, repeats included."""

    def __init__(self) -> None:
        self.delivered: list[dict[str, str]] = []
        self._failed: set[str] = set()

    def judge(self, request: Taken) -> int | None:
        """Return the status for one request; None never answers."""
        expected = base64.b64encode(":".join(LOGIN).encode()).decode()
        if request.headers.get("authorization") != f"Basic {expected}":
            return 401
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        match form["to"]:
            case number if number == FAILS_ONCE and number not in self._failed:
                self._failed.add(number)
                return 500
            case number if number == SILENT:
                return None
            case number if number in {INVALID, BUSY}:
                return 400 if number == INVALID else 429
        self.delivered.append(form)
        return 200
