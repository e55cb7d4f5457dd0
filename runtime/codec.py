"""The payload codec: nothing readable reaches Temporal but the two shapes meant for operations."""

import os
from collections.abc import Mapping, Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadCodec
from typing_extensions import override

from runtime.missing_keys import MissingKeys

ENCRYPTED = b"binary/encrypted"
REFUSED = b"binary/refused"
_ENCODING = "encoding"
_KEY_NAME = "key"
_NONCE_BYTES = 12
_PLAIN_JSON = b"json/plain"
_OPS_TEXT = b'"ops: '
_METADATA_ENCODINGS = (b"json/protobuf", b"binary/protobuf")
_METADATA_TYPE = b"temporal.api.sdk.v1.WorkflowMetadata"
_LONGEST_OPS_TEXT = 400


class UnreadablePayloadError(Exception):
    """A payload was changed, or sealed with a key or for a namespace that is not ours."""


class MissingKeyError(UnreadablePayloadError):
    """A payload is sealed with a key that is not in the ring; the log names the key."""

    def __init__(self) -> None:
        super().__init__("A payload needs a key that is not in the ring.")


class EncryptionCodec(PayloadCodec):
    """AES-256-GCM with a ring of named keys: the first encrypts, any decrypts.

    The namespace and the key's name are authenticated with each payload. What comes in clear
    turns into a payload that nothing can convert, so such a signal is dropped, such an update
    fails its sender, and neither reaches a case nor stops it. A sealed payload that cannot be
    opened raises: its task waits for the right key, and no message is lost. `missing` says which
    keys that happened for.
    """

    def __init__(self, keys: Mapping[str, bytes], namespace: str) -> None:
        self._ring = {name: AESGCM(key) for name, key in keys.items()}
        self._first = next(iter(keys))
        self._namespace = namespace
        self.missing = MissingKeys()

    @override
    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [
            payload if _is_for_operations(payload) else self._seal(payload) for payload in payloads
        ]

    @override
    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [
            payload if _is_for_operations(payload) else self._open(payload) for payload in payloads
        ]

    def _seal(self, payload: Payload) -> Payload:
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._ring[self._first].encrypt(
            nonce, payload.SerializeToString(), self._bound_to(self._first)
        )
        metadata = {_ENCODING: ENCRYPTED, _KEY_NAME: self._first.encode()}
        return Payload(metadata=metadata, data=nonce + sealed)

    def _open(self, payload: Payload) -> Payload:
        if payload.metadata.get(_ENCODING) != ENCRYPTED:
            return Payload(metadata={_ENCODING: REFUSED})
        name = key_name_of(payload) or ""
        if name not in self._ring:
            self.missing.note(name)
            raise MissingKeyError
        nonce, sealed = payload.data[:_NONCE_BYTES], payload.data[_NONCE_BYTES:]
        try:
            opened = self._ring[name].decrypt(nonce, sealed, self._bound_to(name))
        except (InvalidTag, ValueError):  # ValueError: too short to be sealed at all
            raise UnreadablePayloadError("A payload was changed or moved.") from None
        return Payload.FromString(opened)

    def _bound_to(self, key_name: str) -> bytes:
        return f"{self._namespace}\n{key_name}".encode()


def key_name_of(payload: Payload) -> str | None:
    """Return the name of the key that *payload* is sealed with; None for one that is not sealed."""
    if payload.metadata.get(_ENCODING) != ENCRYPTED:
        return None
    return payload.metadata.get(_KEY_NAME, b"").decode(errors="replace")


def _is_for_operations(payload: Payload) -> bool:
    """Whether this is a bare text made for operations, or the SDK's own workflow metadata."""
    encoding = payload.metadata.get(_ENCODING)
    if encoding == _PLAIN_JSON:
        return payload.data.startswith(_OPS_TEXT) and len(payload.data) <= _LONGEST_OPS_TEXT
    return encoding in _METADATA_ENCODINGS and payload.metadata.get("messageType") == _METADATA_TYPE
