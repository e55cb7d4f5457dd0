"""Where the keys come from that tokens are verified with."""

import asyncio
from base64 import urlsafe_b64decode
from datetime import datetime, timedelta
from typing import Protocol

import httpx2
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey
from pydantic import JsonValue
from typing_extensions import override

from api.strict_json import BadJsonError, parse_strict

REFRESH_EVERY = timedelta(minutes=10)
RETRY_AFTER = timedelta(seconds=30)
GRACE = timedelta(hours=24)
_FETCH_SECONDS = 1.5
_LEAST_RSA_BITS = 2048  # RFC 7518 3.3 and 3.5
_CURVE = "P-256"  # of ES256, the one algorithm with such keys that a token may name

PublicKey = RSAKey | ECKey

log = structlog.get_logger()


class KeysUnavailableError(Exception):
    """The issuer's keys cannot be had, so no token can be judged."""


class KeySource(Protocol):
    async def find(self, kid: str, now: datetime) -> PublicKey | None:
        """Return the key named *kid*; None when the issuer has none by that name."""
        ...


class FixedKeys(KeySource):
    """The keys of a key set (RFC 7517) that does not change while the process lives."""

    def __init__(self, key_set: JsonValue) -> None:
        self._keys = read_keys(key_set)

    @override
    async def find(self, kid: str, now: datetime) -> PublicKey | None:
        return self._keys.get(kid)


class RemoteKeys(KeySource):
    """The keys that an issuer publishes at one configured address.

    Fetched every 10 minutes, and for an unknown kid, but at most once in 30 s whatever is asked.
    While the issuer is away the keys last fetched are used for 24 hours; after that, and before
    the first success, `KeysUnavailableError`.
    """

    def __init__(self, url: str, client: httpx2.AsyncClient) -> None:
        self._url = url
        self._client = client
        self._keys: dict[str, PublicKey] = {}
        self._fetched_at: datetime | None = None
        self._tried_at: datetime | None = None
        self._fetching = asyncio.Lock()

    @override
    async def find(self, kid: str, now: datetime) -> PublicKey | None:
        if kid not in self._keys or not self._is_within(REFRESH_EVERY, now):
            await self._refresh(now)
        if not self._is_within(GRACE, now):
            raise KeysUnavailableError
        return self._keys.get(kid)

    def _is_within(self, age: timedelta, now: datetime) -> bool:
        return self._fetched_at is not None and now - self._fetched_at < age

    async def _refresh(self, now: datetime) -> None:
        async with self._fetching:
            if self._tried_at is not None and now - self._tried_at < RETRY_AFTER:
                return
            self._tried_at = now
            try:
                answer = await self._client.get(self._url, timeout=_FETCH_SECONDS)
                keys = read_keys(parse_strict(answer.raise_for_status().content))
            except (httpx2.HTTPError, BadJsonError) as error:
                log.warning("jwks_fetch_failed", error=type(error).__name__)
                return
            if keys:
                self._keys, self._fetched_at = keys, now


def read_keys(key_set: JsonValue) -> dict[str, PublicKey]:
    """Return the RSA and EC signing keys of *key_set* by kid; other keys are left out.

    So are RSA keys under 2048 bits and keys of a curve that no algorithm taken here uses.
    """
    entries = key_set.get("keys") if isinstance(key_set, dict) else None
    keys = [_read_key(entry) for entry in entries] if isinstance(entries, list) else []
    return {key.kid: key for key in keys if key is not None and key.kid is not None}


def _read_key(entry: JsonValue) -> PublicKey | None:
    if not isinstance(entry, dict) or entry.get("use", "sig") != "sig":
        return None
    texts: dict[str, str | list[str]] = {
        name: value for name, value in entry.items() if isinstance(value, str)
    }
    if texts.get("kty") not in {"RSA", "EC"}:
        return None
    try:
        key = _import(texts)
    except (JoseError, ValueError, KeyError):
        key = None
    if key is None:
        log.warning("jwks_key_unusable")
    return key


def _import(texts: dict[str, str | list[str]]) -> PublicKey | None:
    """Return the key, None for one too weak to prove anything; raises what a wrong one raises."""
    if texts["kty"] == "EC":
        curved = ECKey.import_key(texts)
        return curved if curved.curve_name == _CURVE else None
    modulus = int.from_bytes(urlsafe_b64decode(f"{texts['n']}=="))
    return RSAKey.import_key(texts) if modulus.bit_length() >= _LEAST_RSA_BITS else None
