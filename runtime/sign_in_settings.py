"""Settings of signing in: whose tokens are taken, at which assurance, and how pages log in."""

from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, Field, FilePath, SecretStr
from pydantic_settings import NoDecode, SettingsConfigDict

_CITIZEN_LEVELS = ("http://id.elegnamnden.se/loa/1.0/loa3", "http://id.elegnamnden.se/loa/1.0/loa4")
_STAFF_LEVELS = ("http://id.sambi.se/loa/loa3",)
_LOGIN = ("oidc_authorization_url", "oidc_token_url", "login_redirect_url", "login_secret")


def _split(values: object) -> object:
    return tuple(values.split()) if isinstance(values, str) else values


Levels = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split), Field(min_length=1)]
WebAddress = Annotated[str, Field(pattern=r"^https?://[^\s/?#]+(/[^\s?#]*)?$")]


class SignInSettings(BaseModel):
    """The part of the settings that says who is let in.

    A citizen's login is at one of `oidc_citizen_acr_values`, as BankID is, and that of staff at
    one of `oidc_staff_acr_values`, as SITHS is; both are separated by spaces [L7].
    `oidc_ca_file` has the only authorities believed when the issuer is spoken to, else the
    system's are. Pages log in by authorisation code when `oidc_client_id` is given;
    `login_redirect_url` is then the public address of `/login/callback`, and `login_secret` seals
    its cookies.
    """

    model_config = SettingsConfigDict(frozen=True, hide_input_in_errors=True)

    oidc_issuer: str
    oidc_audience: str
    oidc_jwks_url: WebAddress | None = None
    oidc_ca_file: FilePath | None = None
    oidc_citizen_acr_values: Levels = _CITIZEN_LEVELS
    oidc_staff_acr_values: Levels = _STAFF_LEVELS
    local_issuer_key: SecretStr | None = None
    oidc_client_id: str | None = Field(default=None, min_length=1)
    oidc_client_secret: SecretStr | None = None
    oidc_authorization_url: WebAddress | None = None
    oidc_token_url: WebAddress | None = None
    login_redirect_url: WebAddress | None = None
    login_secret: SecretStr | None = Field(default=None, min_length=32)

    def checked_sign_in(self, local_issuer: str, prefix: str, *, is_local: bool) -> Self:
        """Return these settings when everybody who signs in by them is someone.

        Raises `ValueError` that names the variable, *prefix* before it: outside a local stack
        the local issuer is nobody's, keys are fetched, and nothing goes in clear.
        """
        if not is_local:
            self._refuse_local_issuer(local_issuer, prefix)
        missing = [name for name in _LOGIN if getattr(self, name) is None]
        if self.oidc_client_id is not None and (missing or self.oidc_jwks_url is None):
            name = (missing or ["oidc_jwks_url"])[0]
            raise ValueError(f"{prefix}{name.upper()} is required with {prefix}OIDC_CLIENT_ID")
        return self

    def _refuse_local_issuer(self, local_issuer: str, prefix: str) -> None:
        if self.local_issuer_key is not None:
            raise ValueError(f"{prefix}LOCAL_ISSUER_KEY is for local mode only")
        if self.oidc_issuer == local_issuer:
            raise ValueError(f"{prefix}OIDC_ISSUER is that of a local stack")
        if self.oidc_jwks_url is None:
            raise ValueError(f"{prefix}OIDC_JWKS_URL is required")
        for name in ("oidc_jwks_url", "oidc_authorization_url", "oidc_token_url"):
            if not (getattr(self, name) or "https:").startswith("https:"):
                raise ValueError(f"{prefix}{name.upper()} must begin with https")
        if not (self.login_redirect_url or "https:").startswith("https:"):
            raise ValueError(f"{prefix}LOGIN_REDIRECT_URL must begin with https")
