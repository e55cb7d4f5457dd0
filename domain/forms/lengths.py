"""How long the lists in answers may be, counted as they were sent whatever stands in them."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field, JsonValue
from pydantic.fields import FieldInfo

from domain.forms.codes import AnswerCode
from domain.forms.problems import AnswerProblem

_READ_TIMES = 2


def at_most(count: int) -> FieldInfo:
    """Return the annotation of a list of at most *count* items, which `part_too_long` counts.

    Pydantic's own limit counts items that fit and reads no further: one wrong item would hide
    that there are too many, and too many hide every wrong one.
    """
    counted: FieldInfo = Field(json_schema_extra={"maxItems": count})
    return counted


def longest_lists(schema: Mapping[str, Any]) -> dict[str, int]:
    """Return how many items each list may have by a JSON Schema of answers, of all variants."""
    defined: dict[str, Any] = schema.get("$defs", {})
    branches = [defined[one["$ref"].rpartition("/")[2]] for one in schema.get("oneOf", ())]
    return {
        name: asked["maxItems"]
        for branch in (schema, *branches)
        for name, asked in branch.get("properties", {}).items()
        if "maxItems" in asked
    }


def part_too_long(
    answers: dict[str, JsonValue], longest: Mapping[str, int]
) -> tuple[dict[str, JsonValue], list[AnswerProblem]]:
    """Return *answers* with every list short enough to read, and the lists that are too long.

    Of a list twice the items that it may have are read, so that a body full of them costs little.
    """
    kept, problems = dict(answers), []
    for name, most in longest.items():
        items = answers.get(name)
        if isinstance(items, list) and len(items) > most:
            problems.append(AnswerProblem(pointer=f"/{name}", code=AnswerCode.TOO_MANY_ITEMS))
            kept[name] = items[: _READ_TIMES * most]
    return kept, problems
