"""In words what is wrong with a region's catalogue, by service or variant and key."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

_IN_WORDS = MappingProxyType(
    {
        "missing": "this key is required",
        "extra_forbidden": "this key is not known",
    }
)
_OF_THE_CATALOGUE = ("handling",)
"""A level that the values have and the file has not."""


def faults_in(
    error: ValidationError, service: Mapping[str, Any] = MappingProxyType({}), unnamed: str = ""
) -> Iterator[str]:
    """Yield each fault as `CODE: key.path: why`, with *unnamed* for the code of one that has none.

    *service* is the table that was judged, left out for the file itself. No value is repeated, but
    codes and keys are: nothing in a catalogue is about a person.
    """
    for detail in error.errors(include_url=False, include_context=False, include_input=False):
        place, path = _place_of(detail["loc"], service)
        why = _IN_WORDS.get(detail["type"], detail["msg"].removeprefix("Value error, "))
        yield ": ".join(part for part in (place or unnamed, ".".join(path), why) if part)


def _place_of(loc: tuple[int | str, ...], service: Mapping[str, Any]) -> tuple[str, list[str]]:
    """Return the code of the service or variant meant, and the path of keys below it."""
    path = [part for part in loc if part not in _OF_THE_CATALOGUE]
    place, below = _code_of(service), path
    if len(path) > 1 and path[0] == "variants" and isinstance(path[1], int):
        variant = _code_of(_table_at(service.get("variants"), path[1]))
        place, below = (variant, path[2:]) if variant else (place, path)
    return place, [_counted(part) for part in below]


def _table_at(tables: object, number: int) -> Mapping[str, Any]:
    table = tables[number] if isinstance(tables, list) else None
    return table if isinstance(table, dict) else {}


def _code_of(table: Mapping[str, Any]) -> str:
    code = table.get("code")
    return code if isinstance(code, str) else ""


def _counted(part: int | str) -> str:
    """Count as people do, from 1."""
    return str(part + 1) if isinstance(part, int) else part
