"""How the codec server says no: a status, a stable code and a sentence that helps."""

from enum import StrEnum

from starlette.requests import Request
from starlette.responses import JSONResponse

from api.problems import MEDIA_TYPE, TYPE_PREFIX
from api.security_headers import SECURITY_HEADERS


class Code(StrEnum):
    """Why a request was refused."""

    MALFORMED = "malformed"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NO_OPEN_WINDOW = "no_open_window"
    OTHER_ORIGIN = "other_origin"
    OTHER_NAMESPACE = "other_namespace"
    TOO_LARGE = "too_large"
    UNREADABLE = "unreadable"
    UNAVAILABLE = "unavailable"


_MEANING: dict[Code, tuple[int, str]] = {
    Code.MALFORMED: (400, "The body is not what this address takes."),
    Code.UNAUTHENTICATED: (401, "Sign in: a bearer token, or an opened window, is needed."),
    Code.FORBIDDEN: (403, "Only those who hold the role of system operations now may ask."),
    Code.NO_OPEN_WINDOW: (403, "State a reason first at /access; that opens it for a while."),
    Code.OTHER_ORIGIN: (403, "Only the Temporal UI may ask from a page."),
    Code.OTHER_NAMESPACE: (403, "The keys here are for another namespace."),
    Code.TOO_LARGE: (413, "Too much for one request."),
    Code.UNREADABLE: (422, "A payload was changed or moved, or its key is not in the ring."),
    Code.UNAVAILABLE: (503, "What is needed to judge or to log this does not answer."),
}
_CHALLENGE = {Code.UNAUTHENTICATED: {"WWW-Authenticate": 'Bearer realm="arende-codec"'}}
_RETRY = {Code.UNAVAILABLE: {"Retry-After": "2"}}


class RefusedRequestError(Exception):
    """A request that gets a refusal and nothing else."""

    def __init__(self, code: Code) -> None:
        super().__init__(code)
        self.code = code


async def answer_refusal(_: Request, error: Exception) -> JSONResponse:
    """Return the refusal as a problem (RFC 9457); nothing of the request is repeated."""
    code = error.code if isinstance(error, RefusedRequestError) else Code.MALFORMED
    status, detail = _MEANING[code]
    body = {"type": TYPE_PREFIX + code, "status": status, "code": code, "detail": detail}
    headers = {**SECURITY_HEADERS, **_CHALLENGE.get(code, {}), **_RETRY.get(code, {})}
    return JSONResponse(body, status, headers=headers, media_type=MEDIA_TYPE)
