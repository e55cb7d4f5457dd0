"""Verifies bearer tokens (RFC 9068 access tokens) and says who they speak for."""

from datetime import datetime, timedelta

from api.assurance import Levels, caller_of
from api.callers import Caller
from api.jwks import KeySource, KeysUnavailableError, PublicKey
from api.problems import ProblemError
from api.token_claims import Claims, Header, invalid, read_claims, read_header

MAX_LIFETIME = timedelta(hours=1)
LEEWAY = timedelta(seconds=30)


class TokenVerifier:
    """Takes tokens of one issuer for one audience, from people signed in at one of *levels*."""

    def __init__(
        self,
        issuer: str,
        audience: str,
        keys: KeySource,
        levels: Levels,
        leeway: timedelta = LEEWAY,
    ) -> None:
        self._issuer = issuer
        self._audience = audience
        self._keys = keys
        self._levels = levels
        self._leeway = leeway

    async def verify(self, token: str, now: datetime) -> Caller:
        """Return who *token* speaks for at *now*.

        Raises `TokenError`: 401 `unauthenticated`, 401 `insufficient_user_authentication`
        (RFC 9470) or, for staff who chose no commission, 403 `commission_required`; and
        `ProblemError` 503 while the issuer's keys cannot be had.
        """
        header = read_header(token)
        claims = read_claims(token, header.alg, await key_of(header, self._keys, now))
        if claims.iss != self._issuer or self._audience not in claims.audience:
            raise invalid("other_issuer_or_audience")
        check_times(claims, now, self._leeway)
        return caller_of(claims, self._levels, now)


async def key_of(header: Header, keys: KeySource, now: datetime) -> PublicKey:
    """Return the key that *header* names; 401 when the issuer has none such, 503 without keys."""
    try:
        key = await keys.find(header.kid, now)
    except KeysUnavailableError:
        raise ProblemError("service_unavailable") from None
    if key is None:
        raise invalid("unknown_key")
    return key


def check_times(claims: Claims, now: datetime, leeway: timedelta = LEEWAY) -> None:
    """Refuse, 401, what has expired, is not valid yet, or lives for more than an hour."""
    latest = now.timestamp() + leeway.total_seconds()
    earliest = now.timestamp() - leeway.total_seconds()
    if claims.exp <= earliest:
        raise invalid("expired")
    if max(claims.iat, claims.nbf or claims.iat) > latest:
        raise invalid("not_yet_valid")
    if not 0 < claims.exp - claims.iat <= MAX_LIFETIME.total_seconds():
        raise invalid("lives_too_long")
