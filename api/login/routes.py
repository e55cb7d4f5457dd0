"""Logging in, the answer to it, who is logged in, and logging out; 404 while login is off."""

from dataclasses import dataclass
from typing import Annotated, TypeAlias

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.access import AnyCaller, GuardedRoute
from api.assurance import Levels, caller_of
from api.callers import CitizenCaller
from api.login.attempts import begin
from api.login.provider import Provider, failed
from api.login.sessions import SESSION_LIFETIME, Session, Sessions, refuse_other_sites
from api.problems import ProblemError
from api.schemas.login import LoggedIn
from api.state import TheDesk

_SEE_OTHER = 303
_NO_CONTENT = 204

_Word = Annotated[str | None, Field(max_length=2000)]

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)


class Said(BaseModel):
    """What a provider may say when it sends the browser back; `iss` by RFC 9207.

    Only the first four are used, and none is ever logged.
    """

    model_config = ConfigDict(frozen=True)

    code: _Word = None
    state: _Word = None
    iss: _Word = None
    error: _Word = None
    error_description: _Word = None
    error_uri: _Word = None
    session_state: _Word = None


@dataclass(frozen=True, slots=True)
class Login:
    """What it takes to log people in; kept as `app.state.login`, None while it is switched off."""

    issuer: str
    provider: Provider
    sessions: Sessions
    levels: Levels


def current_login(request: Request) -> Login:
    """Return how people log in here; 404 where no client is configured."""
    login: Login | None = request.app.state.login
    if login is None:
        raise ProblemError("not_found")
    return login


TheLogin: TypeAlias = Annotated[Login, Depends(current_login)]


@router.get("/login")
async def start_login(
    login: TheLogin,
    desk: TheDesk,
    wanted: Annotated[str | None, Query(alias="next", max_length=500)] = None,
) -> Response:
    """Send the browser to the identity provider; `next` is the page of ours to come back to."""
    now = desk.now()
    attempt = begin(wanted, now)
    response = RedirectResponse(login.provider.address_for(attempt), _SEE_OTHER)
    login.sessions.keep_attempt(response, attempt, now)
    return response


@router.get("/login/callback")
async def finish_login(
    request: Request, login: TheLogin, desk: TheDesk, said: Annotated[Said, Query()]
) -> Response:
    """Take the provider's answer, and begin the session that it leads to.

    400 `sign_in_failed` for whatever does not belong to this browser's attempt; a login that is
    too weak, or in no commission, is refused as a token of that kind is.
    """
    attempt, now = login.sessions.find_attempt(request), desk.now()
    if attempt is None or not attempt.is_answered_by(said.state, now):
        raise failed("other_state")
    if said.iss not in {None, login.issuer}:
        raise failed("other_issuer")
    if said.error is not None or said.code is None:
        raise failed("provider_refused")
    claims = await login.provider.exchange(said.code, attempt, now)
    caller = caller_of(claims, login.levels, now)
    response = RedirectResponse(attempt.next, _SEE_OTHER)
    login.sessions.keep(response, Session(caller=caller, expires_at=now + SESSION_LIFETIME), now)
    return response


@router.get("/login/me")
async def read_myself(caller: AnyCaller) -> LoggedIn:
    """Say who is logged in."""
    if isinstance(caller, CitizenCaller):
        return LoggedIn(kind="citizen")
    return LoggedIn(kind="staff", hsa_id=caller.hsa_id, commission=caller.commission)


@router.post("/logout")
async def log_out(request: Request, login: TheLogin) -> Response:
    """End the session in this browser; 403 when a page of another site asks for it."""
    refuse_other_sites(request)
    response = Response(status_code=_NO_CONTENT)
    login.sessions.forget(response)
    return response
