"""What is wrong with answers: a place and a code, never the value."""

import json
from typing import TypeVar

from pydantic import JsonValue, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from domain.model import Model


class AnswerProblem(Model):
    """One thing wrong. `pointer` is an RFC 6901 pointer into the answers; `code` is stable."""

    pointer: str
    code: str


_CODES = {
    "missing": "missing",
    "extra_forbidden": "unknown_field",
    "string_too_long": "too_long",
    "string_too_short": "too_short",
    "too_long": "too_many",
    "too_short": "too_few",
    "greater_than": "out_of_range",
    "greater_than_equal": "out_of_range",
    "less_than": "out_of_range",
    "less_than_equal": "out_of_range",
    "finite_number": "out_of_range",
    "literal_error": "not_allowed",
    "enum": "not_allowed",
    "string_pattern_mismatch": "wrong_format",
}
_TIME_TYPES = ("datetime", "timezone", "date_", "time_")


def code_for(error_type: str, reason: str | None = None) -> str:
    """Return our code for a pydantic error type; a ValueError's own text is already a code."""
    if error_type == "value_error" and reason:
        return reason
    if error_type.startswith(_TIME_TYPES):
        return "invalid_time"
    return _CODES.get(error_type, "wrong_type")


def pointer_for(location: tuple[int | str, ...]) -> str:
    """Return the RFC 6901 pointer of a pydantic location."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in location)


AnswersT = TypeVar("AnswersT")


def read_answers(
    adapter: TypeAdapter[AnswersT], answers: dict[str, JsonValue]
) -> tuple[AnswersT | None, list[AnswerProblem]]:
    """Return the answers as their model, or every problem found."""
    try:
        return adapter.validate_json(json.dumps(answers), strict=True), []
    except ValidationError as error:
        return None, [_problem(detail) for detail in error.errors(include_url=False)]


def _problem(detail: ErrorDetails) -> AnswerProblem:
    reason = detail.get("ctx", {}).get("error")
    code = code_for(detail["type"], str(reason) if reason else None)
    return AnswerProblem(pointer=pointer_for(detail["loc"]), code=code)
