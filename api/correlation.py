"""Gives each request an id that its log lines and its answer share."""

import re
from collections.abc import Callable, Iterable

from api.identity_digits import has_identity_digits

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def correlate(headers: Iterable[tuple[bytes, bytes]], new_id: Callable[[], str]) -> dict[str, str]:
    """Return `request_id`, and `trace_id` when the caller traces (W3C Trace Context).

    The caller's `X-Request-Id` is taken when it is 8 to 64 harmless signs that cannot be a
    personal identity, else the trace id, else a new one.
    """
    given = {bytes(name).lower(): bytes(value).decode("latin-1") for name, value in headers}
    trace = _TRACEPARENT.fullmatch(given.get(b"traceparent", ""))
    request_id = given.get(b"x-request-id", "")
    if not _REQUEST_ID.fullmatch(request_id) or has_identity_digits(request_id):
        request_id = trace[1] if trace else new_id()
    return {"request_id": request_id} | ({"trace_id": trace[1]} if trace else {})
