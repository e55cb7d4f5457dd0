"""Entity tags: a case's is its rev, strong, in quotes (RFC 9110)."""

import re
from typing import Annotated, TypeAlias

from fastapi import Depends, Header

from api.field_errors import FieldError
from api.problems import ProblemError

_OURS = re.compile(r'"(0|[1-9][0-9]{0,8})"')
_TAG = re.compile(r'(?:W/)?("[^"]*")')


def etag_of(rev: int) -> str:
    """Return the entity tag of a case at *rev*."""
    return f'"{rev}"'


def is_unchanged(if_none_match: str | None, rev: int) -> bool:
    """Whether the caller already has *rev*; tags are compared weakly, as for any read."""
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or etag_of(rev) in _TAG.findall(if_none_match)


def read_expected_rev(
    if_match: Annotated[str | None, Header(max_length=100)] = None,
) -> int | None:
    """Return the rev that `If-Match` asks for; None without it or with `*`, 400 when malformed."""
    if if_match is None or if_match.strip() == "*":
        return None
    tag = _OURS.fullmatch(if_match.strip())
    if tag is None:
        raise ProblemError(
            "invalid_header", errors=[FieldError("invalid_format", parameter="if-match")]
        )
    return int(tag[1])


ExpectedRev: TypeAlias = Annotated[int | None, Depends(read_expected_rev)]
KnownTags: TypeAlias = Annotated[str | None, Header(alias="If-None-Match", max_length=1000)]
