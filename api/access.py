"""Lets callers in: whatever the access rules do not allow is refused."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, TypeAlias

import structlog
from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from starlette.requests import Request
from starlette.responses import Response
from typing_extensions import override

from api.access_rules import MESSAGE_RULES, RULES, Rule
from api.callers import Caller, CitizenCaller, StaffCaller
from api.functions import refuse_function
from api.limits import NO_LIMITS, Limits, name_of
from api.login.sessions import Sessions
from api.problems import ProblemError
from api.strict_route import Handler, StrictRoute
from api.token_claims import TokenError
from api.tokens import TokenVerifier

_KINDS: dict[Rule, tuple[type[Caller], ...]] = {
    Rule.CITIZEN: (CitizenCaller,),
    Rule.STAFF: (StaffCaller,),
    Rule.CITIZEN_OR_STAFF: (CitizenCaller, StaffCaller),
    Rule.PAGE: (CitizenCaller, StaffCaller),
}

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Gate:
    """What it takes to let someone in; kept as `app.state.gate`.

    Without *sessions* nobody logs in by a browser, and every page is closed.
    """

    verifier: TokenVerifier
    now: Callable[[], datetime]
    limits: Limits = NO_LIMITS
    sessions: Sessions | None = None


class GuardedRoute(StrictRoute):
    """The class of every route: who may call is settled before anything of the request is read."""

    @override
    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()

        async def handle_guarded(request: Request) -> Response:
            await enforce(request)
            try:
                return await handle(request)
            except RequestValidationError:
                await refuse_function(request)
                raise

        return handle_guarded


async def enforce(request: Request) -> None:
    """Let the caller pass and note them in `request.state.caller` (None on a public route).

    The route's template is noted too, in `request.state.route_template`, for the log.

    Raises `ProblemError`: 403 `no_rule` where `RULES` is silent, 401 without a good token, 404
    for a message that does not exist, 403 `forbidden` for one this kind of caller never sends, and
    429 for whoever calls too often.
    """
    template = _template(request)
    request.state.route_template = template
    rule = RULES.get((request.method, template))
    if rule is None:
        raise _denied("no_rule", "no_rule")
    request.state.caller = None
    if rule is Rule.PUBLIC:
        return
    caller = await _verify(request, is_page=rule is Rule.PAGE)
    if "message" in request.path_params:
        message_rule = MESSAGE_RULES.get(request.path_params["message"])
        if message_rule is None:
            raise ProblemError("not_found")
        rule = message_rule
    if not isinstance(caller, _KINDS[rule]):
        raise _denied("forbidden", type(caller).__name__)
    request.state.caller = caller


async def _verify(request: Request, *, is_page: bool) -> Caller:
    gate: Gate = request.app.state.gate
    try:
        if is_page:
            caller = _logged_in(request, gate)
        else:
            caller = await gate.verifier.verify(_bearer(request), gate.now())
    except TokenError as error:
        log.warning("token_refused", reason=error.reason)
        raise
    gate.limits.requests.take(name_of(caller))
    return caller


def _logged_in(request: Request, gate: Gate) -> Caller:
    if gate.sessions is None:
        raise TokenError("no_session")
    return gate.sessions.find_caller(request, gate.now())


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise TokenError("no_token")
    return token.strip()


def _denied(code: str, reason: str) -> ProblemError:
    log.warning("access_denied", reason=reason)
    return ProblemError(code)


def _template(request: Request) -> str:
    # An included route knows its own path only; the application knows the whole template.
    route, path = request.scope.get("route"), request.url.path
    for context in iter_route_contexts(request.app.routes):
        if context.original_route is route and context.path_regex.match(path):
            return context.path or ""
    return ""


def undeclared_routes(app: FastAPI) -> list[str]:
    """Return what *app* serves without a rule, or past `GuardedRoute`; a test wants it empty."""
    served = [
        (method, context)
        for context in iter_route_contexts(app.routes)
        for method in sorted(context.methods or {"ANY"})
    ]
    return [
        f"{method} {context.path}"
        for method, context in served
        if (method, context.path) not in RULES
        or not isinstance(context.original_route, GuardedRoute)
    ]


def current_caller(request: Request) -> CitizenCaller | StaffCaller:
    """Return who calls; only for routes that are not public."""
    caller = request.state.caller
    if not isinstance(caller, CitizenCaller | StaffCaller):
        raise ProblemError("forbidden")
    return caller


def current_citizen(request: Request) -> CitizenCaller:
    """Return the citizen who calls; 403 for anyone else."""
    caller = current_caller(request)
    if not isinstance(caller, CitizenCaller):
        raise ProblemError("forbidden")
    return caller


def current_staff(request: Request) -> StaffCaller:
    """Return the member of staff who calls; 403 for anyone else."""
    caller = current_caller(request)
    if not isinstance(caller, StaffCaller):
        raise ProblemError("forbidden")
    return caller


AnyCaller: TypeAlias = Annotated[CitizenCaller | StaffCaller, Depends(current_caller)]
Citizen: TypeAlias = Annotated[CitizenCaller, Depends(current_citizen)]
Staff: TypeAlias = Annotated[StaffCaller, Depends(current_staff)]
