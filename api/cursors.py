"""Cursors: where a list goes on, opaque and sealed so that only our own are taken."""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from typing import Annotated, TypeAlias

from fastapi import Query

from api.field_errors import FieldError
from api.problems import ProblemError
from domain.submission import keyed_hash

_SEAL_BYTES = 12

CursorText: TypeAlias = Annotated[
    str | None, Query(alias="cursor", max_length=300, description="`next` of the page before.")
]
STANDARD_LIMIT = 50

Position: TypeAlias = tuple[datetime | None, str]


def write_cursor(secret: bytes, listing: str, position: Position) -> str:
    """Return the cursor after *position* (an instant and a case id) of the list *listing*."""
    at, case_id = position
    plain = json.dumps([at.isoformat() if at else None, case_id]).encode()
    return urlsafe_b64encode(_seal(secret, listing, plain) + plain).decode().rstrip("=")


def read_cursor(secret: bytes, listing: str, cursor: str | None) -> Position | None:
    """Return the position of *cursor*, None without one; 422 for one that is not of this list."""
    if cursor is None:
        return None
    try:
        sealed = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except ValueError:
        raise _invalid() from None
    seal, plain = sealed[:_SEAL_BYTES], sealed[_SEAL_BYTES:]
    if not hmac.compare_digest(seal, _seal(secret, listing, plain)):
        raise _invalid()
    at, case_id = json.loads(plain)
    return (datetime.fromisoformat(at) if at else None, case_id)


def _seal(secret: bytes, listing: str, plain: bytes) -> bytes:
    return keyed_hash(secret, "cursor", listing, plain.hex())[:_SEAL_BYTES]


def _invalid() -> ProblemError:
    return ProblemError(
        "invalid_parameters", errors=[FieldError("invalid_value", parameter="cursor")]
    )
