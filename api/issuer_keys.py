"""Which keys tokens are verified with: the local issuer's, or those an issuer publishes."""

import json
from contextlib import AsyncExitStack

import httpx2

from api.jwks import FixedKeys, KeySource, RemoteKeys
from runtime.issuer import LocalIssuer
from runtime.settings import Settings


async def key_source(settings: Settings, stack: AsyncExitStack) -> KeySource:
    """Return the source that *settings* name; its connections close with *stack*."""
    if settings.oidc_jwks_url is None:
        return FixedKeys(json.loads(json.dumps(LocalIssuer(settings).jwks())))
    client = await stack.enter_async_context(httpx2.AsyncClient(trust_env=False))
    return RemoteKeys(settings.oidc_jwks_url, client)
