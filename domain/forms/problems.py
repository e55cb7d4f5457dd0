"""What is wrong with answers: a place and a code, never the value."""

import json
import re
from typing import Any, TypeVar

from pydantic import JsonValue, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from domain.forms.codes import AnswerCode
from domain.model import Model


class AnswerProblem(Model):
    """One thing wrong. `pointer` is an RFC 6901 pointer into the answers; `code` is stable."""

    pointer: str
    code: str


_CODES = {
    "missing": AnswerCode.MISSING,
    "extra_forbidden": AnswerCode.UNKNOWN_FIELD,
    "string_too_long": AnswerCode.TOO_LONG,
    "string_too_short": AnswerCode.TOO_SHORT,
    "too_short": AnswerCode.TOO_FEW_ITEMS,
    "greater_than": AnswerCode.OUT_OF_RANGE,
    "greater_than_equal": AnswerCode.OUT_OF_RANGE,
    "less_than": AnswerCode.OUT_OF_RANGE,
    "less_than_equal": AnswerCode.OUT_OF_RANGE,
    "finite_number": AnswerCode.OUT_OF_RANGE,
    "literal_error": AnswerCode.NOT_ALLOWED,
    "enum": AnswerCode.NOT_ALLOWED,
    "union_tag_invalid": AnswerCode.NOT_ALLOWED,
    "union_tag_not_found": AnswerCode.MISSING,
    "string_pattern_mismatch": AnswerCode.INVALID_FORMAT,
}
_OWN_CODES = frozenset(AnswerCode)
_FIELD_NAME = re.compile(r"[a-z][a-z_]{0,40}")

AnswersT = TypeVar("AnswersT")


def read_answers(
    adapter: TypeAdapter[AnswersT], answers: dict[str, JsonValue], context: object
) -> AnswersT:
    """Return the answers as their model; raises pydantic's ValidationError.

    *context* is what the rules of time are judged by; with None they are not judged.
    """
    return adapter.validate_json(json.dumps(answers), strict=True, context=context)


def find_misfits(
    adapter: TypeAdapter[Any], answers: dict[str, JsonValue], context: object, tag: str | None
) -> list[AnswerProblem]:
    """Return every place where *answers* do not fit, read as `read_answers` does.

    *tag* is the field that tells the variants of the form apart, None for a form of one kind.
    """
    try:
        read_answers(adapter, answers, context)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        return _without_empty_echo([_problem(detail, tag) for detail in found])
    return []


def pointer_for(path: tuple[int | str, ...]) -> str:
    """Return the RFC 6901 pointer of *path*, ending before a name that no field could have.

    Whoever sent the answers chose such a name, and it may be a person's.
    """
    pointer = ""
    for part in path:
        if isinstance(part, str) and not _FIELD_NAME.fullmatch(part):
            break
        pointer += f"/{part}"
    return pointer


def _without_empty_echo(problems: list[AnswerProblem]) -> list[AnswerProblem]:
    # pydantic counts a list's fitting items only, so wrong items make it seem too short as well.
    return [
        problem
        for problem in problems
        if problem.code != AnswerCode.TOO_FEW_ITEMS
        or not any(other.pointer.startswith(f"{problem.pointer}/") for other in problems)
    ]


def _problem(detail: ErrorDetails, tag: str | None) -> AnswerProblem:
    path = detail["loc"] if tag is None else _path_in_variant(detail, tag)
    return AnswerProblem(pointer=pointer_for(path), code=_code(detail["type"], detail.get("ctx")))


def _path_in_variant(detail: ErrorDetails, tag: str) -> tuple[int | str, ...]:
    # pydantic begins a variant's places with the variant's own name, which is no place in the body.
    return (tag,) if detail["type"].startswith("union_tag") else detail["loc"][1:]


def _code(error_type: str, context: dict[str, Any] | None) -> str:
    if error_type == "value_error" and context:
        reason = str(context["error"])
        return reason if reason in _OWN_CODES else AnswerCode.INVALID_VALUE
    return _CODES.get(error_type, AnswerCode.WRONG_TYPE)
