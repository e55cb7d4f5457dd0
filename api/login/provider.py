"""The region's identity provider as a login meets it: sent there, and a code exchanged."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote_plus, urlencode

import httpx2
import structlog

from api.assurance import Levels
from api.jwks import KeySource
from api.login.attempts import Attempt
from api.problems import ProblemError
from api.strict_json import BadJsonError, parse_strict
from api.token_claims import Claims, TokenError, invalid, read_claims, read_id_header
from api.tokens import check_times, key_of

_EXCHANGE_SECONDS = 5
_MAX_ANSWER_BYTES = 64 * 1024

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Client:
    """What this service is to the provider; *secret* is None for a public client."""

    client_id: str
    secret: str | None
    authorization_url: str
    token_url: str
    redirect_url: str


class Provider:
    """Talks to one issuer as one client; keys are those that access tokens are verified with."""

    def __init__(
        self,
        issuer: str,
        client: Client,
        levels: Levels,
        keys: KeySource,
        http: httpx2.AsyncClient,
    ) -> None:
        self._issuer = issuer
        self._client = client
        self._levels = levels
        self._keys = keys
        self._http = http

    def address_for(self, attempt: Attempt) -> str:
        """Return where the browser is sent to sign in for *attempt*."""
        asked = {
            "response_type": "code",
            "client_id": self._client.client_id,
            "redirect_uri": self._client.redirect_url,
            "scope": "openid",
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": attempt.challenge,
            "code_challenge_method": "S256",
            "acr_values": " ".join((*self._levels.staff, *self._levels.citizen)),
        }
        return f"{self._client.authorization_url}?{urlencode(asked)}"

    async def exchange(self, code: str, attempt: Attempt, now: datetime) -> Claims:
        """Return the claims of the ID token that *code* gives, once all of it holds.

        Raises `ProblemError`: 400 `sign_in_failed`, or 503 while the provider does not answer.
        """
        given = await self._ask(code, attempt)
        token = given.get("id_token")
        try:
            if not isinstance(token, str):
                raise invalid("no_id_token")
            header = read_id_header(token)
            claims = read_claims(token, header.alg, await key_of(header, self._keys, now))
            self._check(claims, attempt, now)
        except TokenError as error:
            raise failed(error.reason) from None
        return claims

    def _check(self, claims: Claims, attempt: Attempt, now: datetime) -> None:
        ours = self._client.client_id
        is_for_us = ours in claims.audience and claims.azp in {None, ours}
        if claims.iss != self._issuer or not is_for_us:
            raise invalid("other_issuer_or_audience")
        if len(claims.audience) > 1 and claims.azp is None:
            raise invalid("other_issuer_or_audience")
        if claims.nonce != attempt.nonce:
            raise invalid("other_nonce")
        check_times(claims, now)

    async def _ask(self, code: str, attempt: Attempt) -> Mapping[str, object]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._client.redirect_url,
            "code_verifier": attempt.verifier,
        }
        headers = {"Accept": "application/json"}
        if self._client.secret is None:
            form["client_id"] = self._client.client_id
        else:
            headers["Authorization"] = _basic(self._client.client_id, self._client.secret)
        try:
            answer = await self._http.post(
                self._client.token_url, data=form, headers=headers, timeout=_EXCHANGE_SECONDS
            )
        except httpx2.HTTPError as error:
            log.warning("code_exchange_failed", error=type(error).__name__)
            raise ProblemError("service_unavailable") from None
        return _read(answer)


def failed(reason: str) -> ProblemError:
    """Return the refusal of a login, having noted *reason*, a fixed word."""
    log.warning("sign_in_failed", reason=reason)
    return ProblemError("sign_in_failed")


def _basic(client_id: str, secret: str) -> str:
    # RFC 6749 2.3.1 has both form-encoded before they are joined.
    joined = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return f"Basic {b64encode(joined.encode()).decode()}"


def _read(answer: httpx2.Response) -> Mapping[str, object]:
    if answer.is_server_error:
        log.warning("code_exchange_failed", status=answer.status_code)
        raise ProblemError("service_unavailable")
    if not answer.is_success or len(answer.content) > _MAX_ANSWER_BYTES:
        raise failed("code_refused")
    try:
        content = parse_strict(answer.content)
    except BadJsonError:
        raise failed("odd_answer") from None
    return content if isinstance(content, dict) else {}
