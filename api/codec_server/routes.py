"""The codec server's addresses: state a reason, decode, close again."""

import secrets
from datetime import timedelta
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from api.codec_server.break_glass import LONGEST, Window, window_for
from api.codec_server.desk import COOKIE, CodecDesk
from api.codec_server.page import read_page, read_script
from api.codec_server.payloads import decode, read_payloads
from api.codec_server.refusals import Code, RefusedRequestError
from api.identity_digits import has_identity_digits
from api.security_headers import SECURITY_HEADERS
from api.strict_json import BadJsonError, parse_strict
from store.decode_log import DecodeEntry

MOST_BYTES = 4 * 2**20
_MOST_REASON_BYTES = 8 * 2**10
_JSON = "application/json"
_REMEMBERED_SECONDS = 600


def _without_identity(reason: str) -> str:
    if has_identity_digits(reason):
        raise ValueError("has_identity")
    return reason


class Reason(BaseModel):
    """Why payloads must be read, for the log, and for how many minutes; nothing of a patient."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    reason: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=10, max_length=500),
        AfterValidator(_without_identity),
    ]
    minutes: int = Field(default=30, ge=1, le=int(LONGEST.total_seconds()) // 60)


def routes_for(ui_origin: str) -> list[Route]:
    """Return every route; only `/decode` may be called from the pages of *ui_origin*."""
    shared = Middleware(
        CORSMiddleware,
        allow_origins=[ui_origin],
        allow_methods=["POST"],
        allow_headers=["authorization", "authorization-extras", "content-type", "x-namespace"],
        allow_credentials=True,
        max_age=_REMEMBERED_SECONDS,
    )
    return [
        Route("/decode", decode_payloads, methods=["POST", "OPTIONS"], middleware=[shared]),
        Route("/access", read_page, methods=["GET"]),
        Route("/access.js", read_script, methods=["GET"]),
        Route("/access", open_window, methods=["POST"]),
        Route("/access", close_window, methods=["DELETE"]),
        Route("/health/live", check_life, methods=["GET"]),
    ]


async def decode_payloads(request: Request) -> Response:
    """Return payloads in clear, once a row says who saw which and why."""
    desk = _desk(request)
    _check_origin(request, desk)
    window = await desk.window(request)
    if request.headers.get("x-namespace", desk.namespace) != desk.namespace:
        raise RefusedRequestError(Code.OTHER_NAMESPACE)
    decoded = await decode(desk.codec, read_payloads(await _json_body(request, MOST_BYTES)))
    if decoded.digests:
        entry = _entry("decoded", window, desk).model_copy(
            update={
                "payloads": len(decoded.digests),
                "digests": decoded.digests,
                "case_ids": decoded.case_ids,
            }
        )
        await desk.write(entry)
    return Response(decoded.as_json(), media_type=_JSON, headers=SECURITY_HEADERS)


async def open_window(request: Request) -> Response:
    """Open a window for the operator whose token this is; a browser also gets a handle to it."""
    desk = _desk(request)
    operator = await desk.operator(request)
    try:
        wish = Reason.model_validate(parse_strict(await _json_body(request, _MOST_REASON_BYTES)))
    except (BadJsonError, ValidationError):
        raise RefusedRequestError(Code.MALFORMED) from None
    handle, lasts = secrets.token_urlsafe(32), timedelta(minutes=wish.minutes)
    window = window_for(operator, wish.reason, lasts, handle, desk.now())
    await desk.write(_entry("opened", window, desk))
    desk.windows.open(window)
    answer = JSONResponse({"closes_at": window.closes_at.isoformat()}, 201, SECURITY_HEADERS)
    answer.set_cookie(
        COOKIE, handle, max_age=wish.minutes * 60, secure=True, httponly=True, samesite="strict"
    )
    return answer


async def close_window(request: Request) -> Response:
    """Close the caller's window before its time."""
    desk = _desk(request)
    window = await desk.window(request)
    desk.windows.close(window)
    await desk.write(_entry("closed", window, desk))
    answer = Response(status_code=204, headers=SECURITY_HEADERS)
    answer.delete_cookie(COOKIE, secure=True, httponly=True, samesite="strict")
    return answer


async def check_life(_: Request) -> Response:
    """Answer as long as the process serves at all."""
    return JSONResponse({"status": "live"}, headers=SECURITY_HEADERS)


def _desk(request: Request) -> CodecDesk:
    desk: CodecDesk = request.app.state.desk
    return desk


def _entry(action: str, window: Window, desk: CodecDesk) -> DecodeEntry:
    return DecodeEntry.model_validate(
        {
            "action": action,
            "staff": window.operator.hsa_id,
            "commission": window.operator.commission,
            "reason": window.reason,
            "namespace": desk.namespace,
        }
    )


def _check_origin(request: Request, desk: CodecDesk) -> None:
    """Let in pages of the Temporal UI, and programs, which bring a token and no cookie."""
    origin = request.headers.get("origin")
    if origin is None and ("authorization" in request.headers or COOKIE not in request.cookies):
        return
    if origin != desk.ui_origin:
        raise RefusedRequestError(Code.OTHER_ORIGIN)


async def _json_body(request: Request, most: int) -> bytes:
    """Return a JSON body of at most *most* bytes.

    The media type is one that a page of another origin cannot send unasked.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _JSON:
        raise RefusedRequestError(Code.MALFORMED)
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise RefusedRequestError(Code.TOO_LARGE)
    return body
