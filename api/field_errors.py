"""Says what is wrong with a field in our own codes: pydantic's words never reach a client."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from fastapi.exceptions import RequestValidationError
from pydantic import JsonValue

from api.strict_json import json_pointer
from domain.catalogue import BilingualText
from domain.forms.codes import AnswerCode

_CODE_OF = {
    "missing": "missing",
    "extra_forbidden": "unknown_field",
    "string_too_long": "too_long",
    "string_too_short": "too_short",
    "string_pattern_mismatch": "invalid_format",
    "too_long": "too_many_items",
    "too_short": "too_few_items",
    "greater_than": "out_of_range",
    "greater_than_equal": "out_of_range",
    "less_than": "out_of_range",
    "less_than_equal": "out_of_range",
    "literal_error": "not_allowed",
    "enum": "not_allowed",
    "union_tag_invalid": "not_allowed",
    "union_tag_not_found": "missing",
    "invalid_time": "invalid_time",
    "invalid_date": "invalid_date",
    "int_parsing": "wrong_type",
    "bool_parsing": "wrong_type",
    "int_from_float": "wrong_type",
    "is_instance_of": "wrong_type",
    "identity_not_allowed": "identity_not_allowed",
}
OTHERWISE = "invalid_value"
FIELD_CODES = frozenset(_CODE_OF.values()) | frozenset(AnswerCode) | {"wrong_type", OTHERWISE}


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one place: *pointer* into the body (RFC 6901), or a named *parameter*.

    *message* is needed only for a code whose text is not in the problem texts.
    """

    code: str
    pointer: str | None = None
    parameter: str | None = None
    message: BilingualText | None = None


@dataclass(frozen=True, slots=True)
class InvalidRequest:
    """The code that a refused request is answered with, and what is wrong in it."""

    code: str
    errors: tuple[FieldError, ...] = ()


class _Located(Protocol):
    def __getitem__(self, key: str, /) -> object: ...


def explain(error: RequestValidationError) -> InvalidRequest:
    """Return *error* without a single value of the request.

    A path that cannot be one of ours is `not_found`, a header is 400, a query 422
    `invalid_parameters`, a body 422 `invalid_body`; the first of these that applies.
    """
    found = [(str(item["loc"][0]), item) for item in error.errors()]
    places = {place for place, _ in found}
    if "path" in places:
        return InvalidRequest("not_found")
    errors = tuple(_explain_one(place, item, error.body) for place, item in found)
    if "header" in places:
        return InvalidRequest(_header_code(errors), errors)
    return InvalidRequest("invalid_parameters" if "query" in places else "invalid_body", errors)


def _header_code(errors: Sequence[FieldError]) -> str:
    keys = [error for error in errors if error.parameter == "idempotency-key"]
    if not keys:
        return "invalid_header"
    is_missing = keys[0].code == "missing"
    return "idempotency_key_required" if is_missing else "idempotency_key_invalid"


def _explain_one(place: str, item: _Located, body: JsonValue) -> FieldError:
    kind = str(item["type"])
    code = _CODE_OF.get(kind, "wrong_type" if kind.endswith("_type") else OTHERWISE)
    location = item["loc"]
    path = location[1:] if isinstance(location, tuple) else ()
    if place == "body":
        return FieldError(code, pointer=json_pointer(_in_body(path, body, code)))
    return FieldError(code, parameter=str(path[0]).lower() if path else None)


def _in_body(path: Sequence[str | int], body: JsonValue, code: str) -> list[str | int]:
    # pydantic names union branches in its locations; a client's pointer has only what it sent.
    found: list[str | int] = []
    node = body
    for at, part in enumerate(path):
        is_wanted = code == "missing" and at == len(path) - 1
        if isinstance(node, dict) and isinstance(part, str) and (part in node or is_wanted):
            node = node.get(part)
        elif isinstance(node, list) and isinstance(part, int) and part < len(node):
            node = node[part]
        else:
            continue
        found.append(part)
    return found
