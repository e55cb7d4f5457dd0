"""Temporal's remote codec protocol: payloads as JSON with base64, opened with our keys."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from google.protobuf import json_format
from temporalio.api.common.v1 import Payload, Payloads

from api.codec_server.refusals import Code, RefusedRequestError
from runtime.codec import ENCRYPTED, EncryptionCodec, UnreadablePayloadError

MOST_PAYLOADS = 500
_ENCODING = "encoding"
_CASE_ID = "case_id"


@dataclass(frozen=True, slots=True)
class Decoded:
    """The answer, and what the log says of it: digests of what was sealed, cases it names."""

    payloads: tuple[Payload, ...]
    digests: tuple[str, ...]
    case_ids: tuple[str, ...]

    def as_json(self) -> bytes:
        """Return the body that the Temporal UI and CLI expect."""
        return json_format.MessageToJson(Payloads(payloads=self.payloads)).encode()


def read_payloads(body: bytes) -> Sequence[Payload]:
    """Return the payloads of a request; `malformed` or, for more than 500, `too_large`."""
    try:
        sent = json.loads(body)
        if not isinstance(sent, dict):
            raise RefusedRequestError(Code.MALFORMED)
        payloads = json_format.ParseDict(sent, Payloads()).payloads
    except (json_format.ParseError, ValueError, RecursionError):
        raise RefusedRequestError(Code.MALFORMED) from None
    if len(payloads) > MOST_PAYLOADS:
        raise RefusedRequestError(Code.TOO_LARGE)
    return payloads


async def decode(codec: EncryptionCodec, payloads: Sequence[Payload]) -> Decoded:
    """Open what is sealed; what lies in clear in Temporal is handed back as it is.

    Raises `unreadable` for the whole request when one payload cannot be opened.
    """
    sealed = [payload for payload in payloads if payload.metadata.get(_ENCODING) == ENCRYPTED]
    try:
        opened = await codec.decode(sealed)
    except UnreadablePayloadError:
        raise RefusedRequestError(Code.UNREADABLE) from None
    following = iter(opened)
    answer = tuple(
        next(following) if payload.metadata.get(_ENCODING) == ENCRYPTED else payload
        for payload in payloads
    )
    named = {case_id for payload in opened for case_id in _case_ids(payload.data)}
    digests = tuple(hashlib.sha256(payload.data).hexdigest() for payload in sealed)
    return Decoded(answer, digests, tuple(sorted(named)))


def _case_ids(data: bytes) -> set[str]:
    """Return the case ids that a decoded payload names anywhere."""
    try:
        left = [json.loads(data)]
    except ValueError:
        return set()
    found: set[str] = set()
    while left:
        value = left.pop()
        if isinstance(value, dict):
            left.extend(value.values())
            found |= _uuid(value.get(_CASE_ID))
        elif isinstance(value, list):
            left.extend(value)
    return found


def _uuid(value: object) -> set[str]:
    try:
        return {str(UUID(value))} if isinstance(value, str) else set()
    except ValueError:
        return set()
