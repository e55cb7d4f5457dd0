"""The keys by which a caller makes a request safe to repeat."""

from typing import Annotated, TypeAlias
from uuid import uuid4

from fastapi import Depends, Header

SubmissionKey: TypeAlias = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[\x21-\x7e]+$",
        description="Chosen by the caller for one submission: the same key is the same case.",
    ),
]


def read_action_id(
    key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            pattern=r"^[A-Za-z0-9._:-]{1,100}$",
            description="Becomes the action id: the same key takes effect once.",
        ),
    ] = None,
) -> str:
    """Return the caller's action id, or a new one for a caller who needs no retry."""
    return key or str(uuid4())


ActionId: TypeAlias = Annotated[str, Depends(read_action_id)]
