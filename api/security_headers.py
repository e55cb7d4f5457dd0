"""What every answer tells a browser: keep nothing, load nothing, guess nothing."""

from collections.abc import Mapping
from types import MappingProxyType

SECURITY_HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "Cache-Control": "no-store",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }
)
"""Sent by every process, whatever the answer; a page brings its own content policy."""

TRANSPORT_SECURITY: Mapping[str, str] = MappingProxyType(
    {"Strict-Transport-Security": "max-age=63072000; includeSubDomains"}
)
"""Two years (RFC 6797). A local stack speaks plain HTTP and must not bind its host to TLS."""


def headers_of(*, is_local: bool) -> dict[str, str]:
    """Return what a process puts on each answer that does not say otherwise itself."""
    return {**SECURITY_HEADERS, **({} if is_local else TRANSPORT_SECURITY)}
