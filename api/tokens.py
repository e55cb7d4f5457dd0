"""Verifies bearer tokens (RFC 9068 access tokens) and says who they speak for."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from pydantic import ValidationError

from api.callers import Caller, CitizenCaller, StaffCaller, is_of_living_age
from api.jwks import KeySource, KeysUnavailableError
from api.problems import ProblemError
from api.token_claims import Claims, TokenError, invalid, read_claims, read_header

MAX_LIFETIME = timedelta(hours=1)
LEEWAY = timedelta(seconds=30)

_STEP_UP = "insufficient_user_authentication"


class TokenVerifier:
    """Takes tokens of one issuer for one audience, at one of the assurance levels in *acr*."""

    def __init__(
        self,
        issuer: str,
        audience: str,
        keys: KeySource,
        acr: Sequence[str],
        leeway: timedelta = LEEWAY,
    ) -> None:
        self._issuer = issuer
        self._audience = audience
        self._keys = keys
        self._acr = tuple(acr)
        self._leeway = leeway

    async def verify(self, token: str, now: datetime) -> Caller:
        """Return who *token* speaks for at *now*.

        Raises `TokenError`: 401 `unauthenticated`, 401 `insufficient_user_authentication`
        (RFC 9470) or, for staff who chose no commission, 403 `commission_required`; and
        `ProblemError` 503 while the issuer's keys cannot be had.
        """
        header = read_header(token)
        try:
            key = await self._keys.find(header.kid, now)
        except KeysUnavailableError:
            raise ProblemError("service_unavailable") from None
        if key is None:
            raise invalid("unknown_key")
        claims = read_claims(token, header.alg, key)
        self._check(claims, now)
        return self._caller(claims, now)

    def _check(self, claims: Claims, now: datetime) -> None:
        audience = claims.aud if isinstance(claims.aud, list) else [claims.aud]
        latest = now.timestamp() + self._leeway.total_seconds()
        earliest = now.timestamp() - self._leeway.total_seconds()
        if claims.iss != self._issuer or self._audience not in audience:
            raise invalid("other_issuer_or_audience")
        if claims.exp <= earliest:
            raise invalid("expired")
        if max(claims.iat, claims.nbf or claims.iat) > latest:
            raise invalid("not_yet_valid")
        if not 0 < claims.exp - claims.iat <= MAX_LIFETIME.total_seconds():
            raise invalid("lives_too_long")

    def _caller(self, claims: Claims, now: datetime) -> Caller:
        if (claims.identity is None) == (claims.hsa_id is None):
            raise invalid("neither_or_both")
        if claims.acr is None or claims.acr not in self._acr:
            levels = f', error="{_STEP_UP}", acr_values="{" ".join(self._acr)}"'
            raise TokenError("weak_login", _STEP_UP, levels)
        if claims.hsa_id is not None and claims.commission is None:
            raise TokenError("no_commission", "commission_required")
        try:
            return _read_caller(claims, claims.acr, now)
        except ValidationError:
            raise invalid("malformed_identity") from None


def _read_caller(claims: Claims, acr: str, now: datetime) -> Caller:
    if claims.hsa_id is not None:
        return StaffCaller.model_validate(
            {"hsa_id": claims.hsa_id, "commission": claims.commission, "acr": acr}
        )
    caller = CitizenCaller.model_validate(
        {"identity": claims.identity, "issuer": claims.iss, "acr": acr}
    )
    if not is_of_living_age(caller.identity, now.date()):
        raise invalid("malformed_identity")
    return caller
