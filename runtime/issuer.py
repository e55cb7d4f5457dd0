"""Signs people in on a local stack, in the place of the region's identity provider."""

import hmac
from datetime import datetime, timedelta

from joserfc import jwt
from joserfc.jwk import ECKey, KeySetSerialization

from runtime.errors import OperatorError
from runtime.settings import Settings

LIFETIME = timedelta(hours=1)

_ALGORITHM = "ES256"
_SUBJECT_LENGTH = 16


class NotLocalError(OperatorError):
    """Tokens are signed here only for a local stack."""

    def __init__(self) -> None:
        super().__init__("Tokens are made in local mode only (ARENDE_MODE=local)")


class LocalIssuer:
    """Issues access tokens (RFC 9068) of one hour with the key of a local stack.

    Raises `NotLocalError` when *settings* are not those of a local stack.
    """

    def __init__(self, settings: Settings) -> None:
        if settings.mode != "local" or settings.local_issuer_key is None:
            raise NotLocalError
        secret = settings.local_issuer_key.get_secret_value()
        self._key = ECKey.import_key(secret)
        self._key.ensure_kid()
        self._subject_secret = secret.encode()
        self._issuer = settings.oidc_issuer
        self._audience = settings.oidc_audience
        self._citizen_acr = settings.oidc_citizen_acr_values[0]
        self._staff_acr = settings.oidc_staff_acr_values[0]

    def jwks(self) -> KeySetSerialization:
        """Return the public key set that verifies these tokens (RFC 7517)."""
        return {"keys": [self._key.as_dict(use="sig", alg=_ALGORITHM)]}

    def citizen_token(self, identity: str, now: datetime) -> str:
        """Return a token for the citizen with *identity* (12 digits), valid from *now*."""
        person = {"identity": identity, "acr": self._citizen_acr}
        return self._token(person, identity, now)

    def staff_token(self, hsa_id: str, commission: str, now: datetime) -> str:
        """Return a token for *hsa_id*, who has chosen *commission*, valid from *now*."""
        person = {"employeeHsaId": hsa_id, "commissionHsaId": commission, "acr": self._staff_acr}
        return self._token(person, hsa_id, now)

    def _token(self, person: dict[str, str], known_as: str, now: datetime) -> str:
        issued_at = int(now.timestamp())
        subject = hmac.new(self._subject_secret, known_as.encode(), "sha256").hexdigest()
        claims = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": subject[:_SUBJECT_LENGTH],
            "iat": issued_at,
            "exp": issued_at + int(LIFETIME.total_seconds()),
        }
        header = {"alg": _ALGORITHM, "kid": self._key.kid, "typ": "at+jwt"}
        return jwt.encode(header, claims | person, self._key, algorithms=[_ALGORITHM])
