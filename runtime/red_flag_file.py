"""Reading a region's red-flag words from their file."""

import tomllib
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from domain.model import ShortText
from domain.red_flags import RedFlagWords
from runtime.errors import OperatorError

_LANGUAGES = frozenset({"sv", "en"})
_LISTS = TypeAdapter(dict[str, tuple[ShortText, ...]])


class RedFlagFileError(OperatorError):
    """The file of red-flag words cannot be used; the message says why."""


def load_red_flags(path: Path) -> RedFlagWords:
    """Return the words of *path* (TOML: the lists `sv` and `en`).

    Raises:
        RedFlagFileError: unreadable, or a language is lacking or empty.
    """
    try:
        lists = _LISTS.validate_python(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise RedFlagFileError(f"{path.name} cannot be used: {type(error).__name__}") from None
    if lists.keys() != _LANGUAGES or not all(lists.values()):
        raise RedFlagFileError(f"{path.name} must have the lists sv and en, neither empty")
    return RedFlagWords(phrases=tuple(phrase for words in lists.values() for phrase in words))
