"""Whose tokens are taken, as the settings say: the region's issuer, or that of a local stack."""

import json

import httpx2

from api.assurance import Levels
from api.jwks import FixedKeys, KeySource, RemoteKeys
from api.tokens import TokenVerifier
from runtime.issuer import LocalIssuer
from runtime.settings import Settings


def keys_of(settings: Settings, http: httpx2.AsyncClient) -> KeySource:
    """Return the keys of the issuer, fetched by *http* when they are needed.

    Raises `NotLocalError` when there is no address to fetch them from outside a local stack.
    """
    if settings.oidc_jwks_url is None:
        return FixedKeys(json.loads(json.dumps(LocalIssuer(settings).jwks())))
    return RemoteKeys(settings.oidc_jwks_url, http)


def levels_of(settings: Settings) -> Levels:
    """Return the assurance levels that are strong enough."""
    return Levels(settings.oidc_citizen_acr_values, settings.oidc_staff_acr_values)


def verifier_of(settings: Settings, keys: KeySource) -> TokenVerifier:
    """Return what takes the issuer's access tokens for this API."""
    levels = levels_of(settings)
    return TokenVerifier(settings.oidc_issuer, settings.oidc_audience, keys, levels)
