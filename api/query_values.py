"""Reads whole numbers and yes-or-no of a query as JSON writes them, and in no other way."""

import re
from typing import Annotated, TypeAlias

from fastapi import Query
from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,17}")
_TRUTHS = {"true": True, "false": False}


def _read_whole(value: object) -> object:
    if not isinstance(value, str):
        return value
    if not _WHOLE.fullmatch(value):
        raise PydanticCustomError("int_parsing", "int_parsing")
    return int(value)


def _read_truth(value: object) -> object:
    if not isinstance(value, str):
        return value
    if value not in _TRUTHS:
        raise PydanticCustomError("bool_parsing", "bool_parsing")
    return _TRUTHS[value]


Limit: TypeAlias = Annotated[
    int,
    Field(ge=1, le=100),
    BeforeValidator(_read_whole),
    Query(description="Items on a page."),
]
"""1 to 100 in decimal digits: without sign, space, leading zero, point or underscore."""

YesNo: TypeAlias = Annotated[bool | None, BeforeValidator(_read_truth), Query()]
"""`true` or `false`; None when it is not asked for."""
