"""How people log in here, as the settings say: not at all unless a client is configured."""

import httpx2

from api.issuers import levels_of
from api.jwks import KeySource
from api.login.provider import Client, Provider
from api.login.routes import Login
from api.login.sealing import Seal
from api.login.sessions import Sessions
from runtime.settings import Settings


def login_of(settings: Settings, keys: KeySource, http: httpx2.AsyncClient) -> Login | None:
    """Return how people log in by their browser; None while that is switched off."""
    client = _client(settings)
    if client is None or settings.login_secret is None:
        return None
    levels = levels_of(settings)
    return Login(
        issuer=settings.oidc_issuer,
        provider=Provider(settings.oidc_issuer, client, levels, keys, http),
        sessions=Sessions(
            Seal(settings.login_secret.get_secret_value()), is_secure=settings.mode != "local"
        ),
        levels=levels,
    )


def _client(settings: Settings) -> Client | None:
    if (
        settings.oidc_client_id is None
        or settings.oidc_authorization_url is None
        or settings.oidc_token_url is None
        or settings.login_redirect_url is None
    ):
        return None
    secret = settings.oidc_client_secret
    return Client(
        client_id=settings.oidc_client_id,
        secret=secret.get_secret_value() if secret else None,
        authorization_url=settings.oidc_authorization_url,
        token_url=settings.oidc_token_url,
        redirect_url=settings.login_redirect_url,
    )
