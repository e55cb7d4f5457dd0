"""Keeps out of answers what some store would refuse: looked for in every text, trimmed or not."""

from pydantic import JsonValue

from domain.forms.codes import AnswerCode
from domain.forms.problems import AnswerProblem, pointer_for
from domain.model import is_storable

Path = tuple[int | str, ...]


def part_unstorable(
    answers: dict[str, JsonValue],
) -> tuple[dict[str, JsonValue], list[AnswerProblem]]:
    """Return *answers* with unstorable texts emptied and names left out, and where they stood."""
    found: list[Path] = []
    kept = _clean_object(answers, (), found)
    places = dict.fromkeys(pointer_for(path) for path in found)
    code = AnswerCode.UNSTORABLE_TEXT
    return kept, [AnswerProblem(pointer=place, code=code) for place in places]


def _clean(value: JsonValue, path: Path, found: list[Path]) -> JsonValue:
    match value:
        case str() if not is_storable(value):
            found.append(path)
            return ""
        case list():
            return [_clean(item, (*path, at), found) for at, item in enumerate(value)]
        case dict():
            return _clean_object(value, path, found)
        case _:
            return value


def _clean_object(
    value: dict[str, JsonValue], path: Path, found: list[Path]
) -> dict[str, JsonValue]:
    found.extend(path for name in value if not is_storable(name))
    return {
        name: _clean(item, (*path, name), found)
        for name, item in value.items()
        if is_storable(name)
    }
