"""How the API says no: RFC 9457 problems with a stable code, in Swedish and English."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, JsonValue
from starlette.exceptions import HTTPException
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import Request
from starlette.responses import Response

from api.allowed_methods import methods_at
from api.field_errors import FieldError, explain
from api.problem_texts import ProblemTexts
from api.security_headers import SECURITY_HEADERS
from api.statuses import STATUS_OF
from domain.catalogue import BilingualText

MEDIA_TYPE = "application/problem+json"
REQUEST_ID_SCOPE_KEY = "arende.request_id"
TYPE_PREFIX = "urn:arende:problem:"

_NO_HEADERS: Mapping[str, str] = MappingProxyType({})
_NO_MEMBERS: Mapping[str, JsonValue] = MappingProxyType({})
_RETRY_AFTER_S = "2"
_CODE_OF_STATUS = {
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    413: "body_too_large",
    415: "unsupported_media_type",
    429: "too_many_requests",
    500: "internal_error",
    503: "service_unavailable",
}

log = structlog.get_logger()


class ProblemItem(BaseModel):
    """One thing that is wrong, and where: a pointer into the body, or a parameter's name."""

    model_config = ConfigDict(frozen=True)

    code: str
    pointer: str | None = None
    parameter: str | None = None
    message: BilingualText


class Problem(BaseModel):
    """An RFC 9457 problem. `code` is what programs read; `user_message` may be shown as it is."""

    model_config = ConfigDict(frozen=True, extra="allow")

    type: str
    title: str
    status: int
    code: str
    detail: str | None = None
    errors: tuple[ProblemItem, ...] = ()
    user_message: BilingualText


class ProblemError(Exception):
    """A refusal the caller is told about, with a code that `STATUS_OF` knows.

    *detail* is a fixed English sentence for developers, *members* are extra fields of the problem
    (such as the id of the case already open). Neither may repeat what was sent.
    """

    def __init__(
        self,
        code: str,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] = _NO_HEADERS,
        detail: str | None = None,
        members: Mapping[str, JsonValue] = _NO_MEMBERS,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.status = STATUS_OF[code]
        self.errors = tuple(errors)
        self.headers = dict(headers)
        self.detail = detail
        self.members = dict(members)


def problem_response(
    texts: ProblemTexts, error: ProblemError, request_id: str | None = None
) -> Response:
    """Return the answer to *error*; a 503 or 429 always says when to try again (seconds)."""
    headers = {**SECURITY_HEADERS, **error.headers}
    if error.status in {STATUS_OF["too_many_requests"], STATUS_OF["service_unavailable"]}:
        headers.setdefault("Retry-After", _RETRY_AFTER_S)
    if error.status == STATUS_OF["unauthenticated"]:
        headers.setdefault("WWW-Authenticate", "Bearer")
    if request_id is not None:
        headers["X-Request-Id"] = request_id
    body = _problem(texts, error).model_dump_json(exclude_none=True)
    return Response(body, error.status, headers, MEDIA_TYPE)


def _problem(texts: ProblemTexts, error: ProblemError) -> Problem:
    text = texts.by_code[error.code]
    fields = {
        "type": TYPE_PREFIX + error.code,
        "title": text.title,
        "status": error.status,
        "code": error.code,
        "detail": error.detail,
        "errors": [_item(texts, item) for item in error.errors],
        "user_message": text.message,
    }
    return Problem.model_validate(error.members | fields)


def _item(texts: ProblemTexts, error: FieldError) -> ProblemItem:
    message = error.message or texts.field_message(error.code)
    return ProblemItem(
        code=error.code, pointer=error.pointer, parameter=error.parameter, message=message
    )


def install_problem_handlers(app: FastAPI, texts: ProblemTexts) -> None:
    """Make every refusal and every failure of *app* a problem; no value of a request is in one."""

    def answer(request: Request, error: ProblemError) -> Response:
        return problem_response(texts, error, request.scope.get(REQUEST_ID_SCOPE_KEY))

    async def on_problem(request: Request, error: ProblemError) -> Response:
        return answer(request, error)

    async def on_invalid(request: Request, error: RequestValidationError) -> Response:
        invalid = explain(error)
        return answer(request, ProblemError(invalid.code, errors=invalid.errors))

    async def on_http(request: Request, error: HTTPException) -> Response:
        code = _CODE_OF_STATUS.get(error.status_code, "invalid_request")
        headers = dict(error.headers or {})
        if "Allow" in headers:  # a router names those of the first route only
            headers["Allow"] = ", ".join(methods_at(app, request.scope["path"]))
        return answer(request, ProblemError(code, headers=headers))

    async def on_failure(request: Request, error: Exception) -> Response:
        request_id = request.scope.get(REQUEST_ID_SCOPE_KEY)
        log.error("unhandled_error", error=type(error).__name__, request_id=request_id)
        return answer(request, ProblemError("internal_error"))

    app.exception_handlers |= {
        ProblemError: on_problem,
        RequestValidationError: on_invalid,
        HTTPException: on_http,
        Exception: on_failure,
    }
    # What the handler above answers is raised again, and the server logs a traceback with values
    # in it. This one answers first and is done.
    app.add_middleware(ExceptionMiddleware, handlers={Exception: on_failure})
