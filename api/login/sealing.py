"""Seals what a browser keeps for us: nobody else can read it, change it or use it elsewhere."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64Error
from collections.abc import Callable
from secrets import token_bytes

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_KEY_BYTES = 32
_NONCE_BYTES = 12


class UnsealedError(Exception):
    """It was not sealed here, or for another purpose."""


class Seal:
    """AES-256-GCM with a key of *secret*; the purpose is bound to what is sealed."""

    def __init__(self, secret: str, random_bytes: Callable[[int], bytes] = token_bytes) -> None:
        derive = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=b"arende login")
        self._cipher = AESGCM(derive.derive(secret.encode()))
        self._random_bytes = random_bytes

    def seal(self, purpose: str, content: str) -> str:
        """Return *content* as text that may stand in a cookie."""
        nonce = self._random_bytes(_NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, content.encode(), purpose.encode())
        return urlsafe_b64encode(nonce + sealed).decode()

    def open(self, purpose: str, sealed: str) -> str:
        """Return what was sealed for *purpose*; `UnsealedError` for anything else."""
        try:
            raw = urlsafe_b64decode(sealed.encode("ascii"))
            nonce, content = raw[:_NONCE_BYTES], raw[_NONCE_BYTES:]
            return self._cipher.decrypt(nonce, content, purpose.encode()).decode()
        except (InvalidTag, NotBase64Error, ValueError):
            raise UnsealedError from None
