"""Who is logged in: a session that the browser keeps sealed and only pages take."""

from datetime import datetime, timedelta

from pydantic import AwareDatetime, Field, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from api.callers import CitizenCaller, StaffCaller
from api.login.attempts import Attempt
from api.login.sealing import Seal, UnsealedError
from api.problems import ProblemError
from api.token_claims import TokenError
from domain.model import Model

SESSION_LIFETIME = timedelta(hours=1)

_SESSION = "session"
_ATTEMPT = "login"
_SAFE_METHODS = frozenset({"GET", "HEAD"})
_OWN_SITES = frozenset({"same-origin", "none"})


class Session(Model):
    """Who logged in, and until when it counts; what they may do is looked up on each request."""

    caller: CitizenCaller | StaffCaller = Field(repr=False)
    expires_at: AwareDatetime


class Sessions:
    """Keeps sessions and attempts in cookies: HttpOnly, SameSite=Lax, and Secure if *is_secure*.

    A secure cookie is also bound to this host (`__Host-`).
    """

    def __init__(self, seal: Seal, *, is_secure: bool) -> None:
        self._seal = seal
        self._is_secure = is_secure

    def find_caller(self, request: Request, now: datetime) -> CitizenCaller | StaffCaller:
        """Return who the browser is logged in as; 401 for nobody, 403 from another site's page.

        Another site can make a browser send its cookie, but not hide where it was asked to.
        """
        refuse_other_sites(request)
        try:
            session = Session.model_validate_json(self._open(request, _SESSION))
        except (UnsealedError, ValidationError):
            raise TokenError("no_session") from None
        if now >= session.expires_at:
            raise TokenError("session_expired")
        return session.caller

    def find_attempt(self, request: Request) -> Attempt | None:
        """Return the login that this browser has begun, or None."""
        try:
            return Attempt.model_validate_json(self._open(request, _ATTEMPT))
        except (UnsealedError, ValidationError):
            return None

    def keep(self, response: Response, session: Session, now: datetime) -> None:
        """Let the browser keep *session*, in the place of the attempt that led to it."""
        content = self._seal.seal(_SESSION, session.model_dump_json())
        self._set(response, _SESSION, content, session.expires_at - now)
        self._drop(response, _ATTEMPT)

    def keep_attempt(self, response: Response, attempt: Attempt, now: datetime) -> None:
        """Let the browser keep *attempt* until it is answered."""
        content = self._seal.seal(_ATTEMPT, attempt.model_dump_json())
        self._set(response, _ATTEMPT, content, attempt.expires_at - now)

    def forget(self, response: Response) -> None:
        """Have the browser forget all of it."""
        self._drop(response, _SESSION)
        self._drop(response, _ATTEMPT)

    def _open(self, request: Request, purpose: str) -> str:
        return self._seal.open(purpose, request.cookies.get(self._name(purpose), ""))

    def _set(self, response: Response, purpose: str, content: str, age: timedelta) -> None:
        response.set_cookie(
            self._name(purpose),
            content,
            max_age=int(age.total_seconds()),
            path="/",
            secure=self._is_secure,
            httponly=True,
            samesite="lax",
        )

    def _drop(self, response: Response, purpose: str) -> None:
        response.delete_cookie(
            self._name(purpose), path="/", secure=self._is_secure, httponly=True, samesite="lax"
        )

    def _name(self, purpose: str) -> str:
        return f"{'__Host-' if self._is_secure else ''}arende_{purpose}"


def refuse_other_sites(request: Request) -> None:
    """Refuse, 403, what would change something when a page of another site asked for it.

    A browser says so in `Sec-Fetch-Site`; one that does not must name our own origin.
    """
    if request.method in _SAFE_METHODS:
        return
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    host = request.headers.get("host", "")
    is_own_origin = origin is not None and origin.partition("://")[2] == host
    if site not in _OWN_SITES and not (site is None and is_own_origin):
        raise ProblemError("forbidden")
