"""What a citizen sent, as accepted: the part of a case that never changes."""

import base64
import hashlib
import hmac
from datetime import datetime
from itertools import pairwise
from typing import NewType

from pydantic import AwareDatetime, JsonValue

from domain.model import Model
from domain.vocabulary import Channel

CaseId = NewType("CaseId", str)

_CASE_ID_BYTES = 16
_REFERENCE_BYTES = 5
_CROCKFORD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHJKMNPQRSTVWXYZ")


class Submission(Model):
    """An accepted form. `received_at` is set once, at acceptance; every clock runs from it.

    `patient` is whom it concerns, `submitted_by` who sent it (a guardian, else the same person);
    both are personal identities of 12 digits. `fingerprint` is a keyed hash of the body.
    """

    case_id: CaseId
    service: str
    answers: dict[str, JsonValue]
    patient: str
    submitted_by: str
    clinic: str | None = None
    channel: Channel = Channel.MVG_APP
    not_duplicate_of: tuple[str, ...] = ()
    received_at: AwareDatetime
    fingerprint: str
    correlation_id: str = ""


class CaseMemo(Model):
    """What the engine keeps beside a started case, so that a replay needs neither row nor worker.

    `owners` are keyed hashes of the identities that may read it, the patient's first;
    `received_at` as accepted.
    """

    fingerprint: str
    owners: tuple[str, ...]
    received_at: AwareDatetime
    service: str


def derive_case_id(secret: bytes, issuer: str, identity: str, idempotency_key: str) -> CaseId:
    """Return the case id that this caller's key always leads to (design section 3.1).

    A UUID made of the first 128 bits of HMAC-SHA256 over the length-prefixed parts: the same
    for every retry, meaningless to anyone without *secret*.
    """
    digest = keyed_hash(secret, issuer, identity, idempotency_key)[:_CASE_ID_BYTES].hex()
    cuts = (0, 8, 12, 16, 20, 32)
    return CaseId("-".join(digest[a:b] for a, b in pairwise(cuts)))


def keyed_hash(secret: bytes, *parts: str) -> bytes:
    """Return HMAC-SHA256 over *parts*, each prefixed by its length so that none can run over."""
    message = b"".join(len(raw).to_bytes(4) + raw for raw in (part.encode() for part in parts))
    return hmac.new(secret, message, hashlib.sha256).digest()


def reference_for(case_id: CaseId) -> str:
    """Return the eight signs said on the phone, from the first 40 bits; not unique."""
    raw = bytes.fromhex(case_id.replace("-", ""))[:_REFERENCE_BYTES]
    signs = base64.b32encode(raw).decode().translate(_CROCKFORD)
    return f"{signs[:4]}-{signs[4:]}"


def workflow_id_for(case_id: CaseId) -> str:
    """Return the workflow id of a case."""
    return f"case-{case_id}"


def age_on(identity: str, at: datetime) -> int:
    """Return the age in whole years of the person with this 12-digit identity at *at*.

    The date that *at* itself shows counts, so give it in local time. A coordination number
    carries its day plus 60 [S71].
    """
    year, month, day = int(identity[:4]), int(identity[4:6]), int(identity[6:8]) % 60
    return at.year - year - ((at.month, at.day) < (month, day))
