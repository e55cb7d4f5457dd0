"""Finds answers that point at a person: nobody is named in a form by their identity."""

from collections.abc import Iterator

from pydantic import JsonValue

from domain.forms.codes import AnswerCode
from domain.forms.problems import AnswerProblem, pointer_for
from domain.identities import carries_identity

Path = tuple[int | str, ...]


def find_identities(answers: dict[str, JsonValue]) -> list[AnswerProblem]:
    """Return a problem for each text of *answers*, long or short, that carries an identity [L15].

    Whom a case concerns is said beside the answers, where the right to act for them is looked up.
    """
    code = AnswerCode.IDENTITY_NOT_ALLOWED
    places = dict.fromkeys(pointer_for(path) for path in _found(answers, ()))
    return [AnswerProblem(pointer=place, code=code) for place in places]


def _found(value: JsonValue, path: Path) -> Iterator[Path]:
    match value:
        case str() if carries_identity(value):
            yield path
        case list():
            for at, item in enumerate(value):
                yield from _found(item, (*path, at))
        case dict():
            for name, item in value.items():
                yield from _found(item, (*path, name))
        case _:
            return
