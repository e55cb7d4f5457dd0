"""The ring of keys that encrypts payloads, as a variable carries it."""

import base64
import binascii
import json
import re

_KEY_BYTES = 32
_NAME = re.compile(r"[A-Za-z0-9._-]{1,40}")


def key_ring(text: str) -> dict[str, bytes]:
    """Read a JSON object of names to base64 keys of 32 bytes, keeping its order.

    Raises:
        ValueError: it is something else; the message quotes nothing.
    """
    try:
        ring = json.loads(text)
    except json.JSONDecodeError:
        raise ValueError("is not JSON") from None
    if not isinstance(ring, dict) or not ring:
        raise ValueError("is not a JSON object with at least one key")
    if not all(is_key_name(name) for name in ring):
        raise ValueError("has a key name that is not 1 to 40 letters, digits, dots, - or _")
    return {name: _key(encoded) for name, encoded in ring.items()}


def is_key_name(name: str) -> bool:
    """Whether a key can be called so."""
    return _NAME.fullmatch(name) is not None


def _key(encoded: object) -> bytes:
    try:
        key = base64.b64decode(str(encoded), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != _KEY_BYTES:
        raise ValueError(f"has a key that is not base64 of {_KEY_BYTES} bytes")
    return key
