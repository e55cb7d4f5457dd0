"""A login that has been begun: what must come back with it, and where it leads."""

import hmac
import re
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe

from pydantic import AwareDatetime

from domain.model import Model

ATTEMPT_LIFETIME = timedelta(minutes=10)
HOME = "/"

_ENTROPY_BYTES = 32
_OWN_PATH = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*")


class Attempt(Model):
    """One attempt to log in, kept sealed by the browser that made it.

    *state* binds the answer to the browser, *nonce* the ID token to the attempt, and *verifier*
    the code to us (RFC 7636).
    """

    state: str
    nonce: str
    verifier: str
    next: str
    expires_at: AwareDatetime

    @property
    def challenge(self) -> str:
        """The S256 challenge of the verifier."""
        digest = sha256(self.verifier.encode("ascii")).digest()
        return urlsafe_b64encode(digest).decode().rstrip("=")

    def is_answered_by(self, state: str | None, now: datetime) -> bool:
        """Whether *state* is this attempt's, and it is not too late."""
        return now < self.expires_at and hmac.compare_digest(
            self.state.encode(), (state or "").encode()
        )


def begin(wanted: str | None, now: datetime) -> Attempt:
    """Return a new attempt that leads to *wanted*, or home when that is not a page of ours."""
    return Attempt(
        state=token_urlsafe(_ENTROPY_BYTES),
        nonce=token_urlsafe(_ENTROPY_BYTES),
        verifier=token_urlsafe(_ENTROPY_BYTES),
        next=own_page(wanted),
        expires_at=now + ATTEMPT_LIFETIME,
    )


def own_page(wanted: str | None) -> str:
    """Return *wanted* when it is a path on this very host, else home: never another's address."""
    return wanted if wanted and _OWN_PATH.fullmatch(wanted) else HOME
