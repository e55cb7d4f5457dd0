"""Reads what a token says: its header, then its claims once the signature holds."""

import re
from base64 import urlsafe_b64decode
from collections.abc import Collection
from typing import Annotated, Literal

from joserfc import jws
from joserfc.errors import JoseError
from pydantic import BaseModel, ConfigDict, Field

from api.jwks import PublicKey
from api.problems import ProblemError
from api.strict_json import BadJsonError, parse_strict

MAX_TOKEN_BYTES = 8 * 1024

_COMPACT = re.compile(r"([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_ACCESS = frozenset({"at+jwt", "application/at+jwt"})
_IDENTITY = frozenset({None, "jwt", "id_token+jwt"})
_REALM = 'Bearer realm="arende"'

Text = Annotated[str, Field(min_length=1, max_length=500)]


class TokenError(ProblemError):
    """A token is not taken. *reason* is a fixed word for the log; the caller hears the code."""

    def __init__(self, reason: str, code: str = "unauthenticated", challenge: str = "") -> None:
        super().__init__(code, headers={"WWW-Authenticate": _REALM + challenge})
        self.reason = reason


class Header(BaseModel):
    """What a token's header may hold: a key given by the token itself (jku, jwk, x5c …) it may not.

    Nor `crit`: no extension is understood here.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    alg: Literal["RS256", "ES256", "PS256"]
    kid: Text
    typ: Text | None = None
    x5t: Text | None = None
    x5t_s256: Text | None = Field(default=None, alias="x5t#S256")


class Claims(BaseModel):
    """The claims that matter here; times are seconds since 1970."""

    model_config = ConfigDict(strict=True, frozen=True)

    iss: Text
    aud: Text | list[Text]
    sub: Text
    iat: float
    exp: float
    nbf: float | None = None
    acr: Text | None = None
    identity: Text | None = None
    hsa_id: Text | None = Field(default=None, alias="employeeHsaId")
    commission: Text | None = Field(default=None, alias="commissionHsaId")
    nonce: Text | None = None
    azp: Text | None = None

    @property
    def audience(self) -> list[str]:
        return self.aud if isinstance(self.aud, list) else [self.aud]


def invalid(reason: str) -> TokenError:
    """Return the refusal of a token that proves nothing."""
    return TokenError(reason, challenge=', error="invalid_token"')


def read_header(token: str) -> Header:
    """Return the header of an access *token*, which nothing has proved yet, else `TokenError`."""
    return _read_header(token, _ACCESS, "not_an_access_token")


def read_id_header(token: str) -> Header:
    """Return the header of an ID *token* (OpenID Connect Core), as `read_header` does."""
    return _read_header(token, _IDENTITY, "not_an_id_token")


def _read_header(token: str, types: Collection[str | None], otherwise: str) -> Header:
    compact = _COMPACT.fullmatch(token) if len(token) <= MAX_TOKEN_BYTES else None
    if compact is None:
        raise invalid("not_a_token")
    try:
        padded = compact[1] + "=" * (-len(compact[1]) % 4)
        header = Header.model_validate(parse_strict(urlsafe_b64decode(padded)))
    except (ValueError, BadJsonError):
        raise invalid("header") from None
    if (header.typ and header.typ.lower()) not in types:
        raise invalid(otherwise)
    return header


def read_claims(token: str, algorithm: str, key: PublicKey) -> Claims:
    """Return the claims of *token* when *key* has signed them by *algorithm*, else `TokenError`."""
    try:
        signed = jws.deserialize_compact(token, key, algorithms=[algorithm])
        return Claims.model_validate(parse_strict(signed.payload or b""))
    except JoseError:
        raise invalid("signature") from None
    except (ValueError, BadJsonError):
        raise invalid("claims") from None
