"""Turns the bytes of a body into JSON that every store can hold, or says what is wrong."""

import json
import re
import unicodedata
from collections.abc import Sequence
from math import isfinite
from typing import NoReturn, TypeAlias

from pydantic import JsonValue

MAX_DEPTH = 32
MAX_INT_DIGITS = 20
MAX_COMBINING_MARKS = 30  # in a row, as Unicode's stream-safe text: normalising more is not linear
_MAX_FLOAT_SIGNS = 40
_MAX_POINTERS = 20

Path: TypeAlias = tuple[str | int, ...]

# Possessive, and it matches an unclosed string too: no backtracking on hostile text.
_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_BRACKET = re.compile(r"[\[\]{}]")
_PLANE_ENDS = "".join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
_UNSTORABLE = re.compile(
    f"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef{_PLANE_ENDS}]",
)
_FIELD_NAME = re.compile(r"[a-z][a-z_]{0,40}")


class BadJsonError(Exception):
    """A body is not JSON as we take it. Carries a code and pointers, never a piece of the body."""

    def __init__(self, code: str, pointers: Sequence[str] = ()) -> None:
        super().__init__(code)
        self.code = code
        self.pointers = tuple(pointers)


def parse_strict(body: bytes) -> JsonValue:
    """Return what *body* says; text comes back as NFC with plain line feeds.

    Raises `BadJsonError` with one of the codes `empty_body`, `invalid_json` (encoding, byte order
    mark, NaN, trailing bytes), `too_deep` (more than 32 levels), `duplicate_key`,
    `number_out_of_range` (an infinite number, an integer of more than 20 digits) or
    `unstorable_text` (signs that PostgreSQL or a mail cannot carry, with their pointers).
    Takes time in proportion to the length.
    """
    if not body.strip(b" \t\r\n"):
        raise BadJsonError("empty_body")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise BadJsonError("invalid_json") from None
    _check_depth(text)
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError:
        raise BadJsonError("invalid_json") from None
    unstorable: list[str] = []
    cleaned = _clean(value, (), unstorable)
    if unstorable:
        raise BadJsonError("unstorable_text", unstorable[:_MAX_POINTERS])
    return cleaned


def json_pointer(path: Sequence[str | int]) -> str:
    """Return *path* as a JSON pointer (RFC 6901).

    It ends before a member whose name does not look like a field's: whoever sent the body chose
    that name, and it may be a person's.
    """
    pointer = ""
    for part in path:
        if isinstance(part, str) and not _FIELD_NAME.fullmatch(part):
            break
        pointer += f"/{part}"
    return pointer


def _check_depth(text: str) -> None:
    depth = 0
    for bracket in _BRACKET.finditer(_STRING.sub("", text)):
        depth += 1 if bracket[0] in "[{" else -1
        if depth > MAX_DEPTH:
            raise BadJsonError("too_deep")


def _object(members: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    found = {_normal(name): value for name, value in members}
    if len(found) < len(members):
        raise BadJsonError("duplicate_key")
    return found


def _integer(digits: str) -> int:
    if len(digits.removeprefix("-")) > MAX_INT_DIGITS:
        raise BadJsonError("number_out_of_range")
    return int(digits)


def _real(digits: str) -> float:
    number = float(digits) if len(digits) <= _MAX_FLOAT_SIGNS else float("inf")
    if not isfinite(number):
        raise BadJsonError("number_out_of_range")
    return number


def _constant(_name: str) -> NoReturn:
    raise BadJsonError("invalid_json")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_real, parse_constant=_constant
)


def _clean(value: JsonValue, path: Path, unstorable: list[str]) -> JsonValue:
    match value:
        case str():
            return _clean_text(value, path, unstorable)
        case list():
            return [_clean(item, (*path, at), unstorable) for at, item in enumerate(value)]
        case dict():
            return {
                _clean_text(name, path, unstorable): _clean(item, (*path, name), unstorable)
                for name, item in value.items()
            }
        case _:
            return value


def _clean_text(text: str, path: Path, unstorable: list[str]) -> str:
    plain = _normal(text.replace("\r\n", "\n"))
    if _UNSTORABLE.search(plain) or _has_long_combining_run(plain):
        unstorable.append(json_pointer(path))
    return plain


def _normal(text: str) -> str:
    if text.isascii() or _has_long_combining_run(text):
        return text
    return unicodedata.normalize("NFC", text)


def _has_long_combining_run(text: str) -> bool:
    run = 0
    for sign in text:
        run = run + 1 if sign > "\u02ff" and unicodedata.combining(sign) else 0
        if run > MAX_COMBINING_MARKS:
            return True
    return False
