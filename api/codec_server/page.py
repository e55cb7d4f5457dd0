"""The page on which an operator states a reason from a browser."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from api.security_headers import SECURITY_HEADERS

_FOLDER = Path(__file__).parent
_POLICY = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}


async def read_page(_: Request) -> Response:
    """Return the form."""
    return _file("access.html", "text/html")


async def read_script(_: Request) -> Response:
    """Return what sends the form."""
    return _file("access.js", "text/javascript")


def _file(name: str, media_type: str) -> Response:
    text = (_FOLDER / name).read_text(encoding="utf-8")
    return Response(text, media_type=media_type, headers={**SECURITY_HEADERS, **_POLICY})
