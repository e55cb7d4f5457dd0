"""Reading the texts of notices from a region's file, and refusing those that say too much."""

import tomllib
from collections.abc import Collection, Iterable
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, TypeVar

from pydantic import Field, StringConstraints, TypeAdapter, ValidationError

from domain.catalogue import BilingualText
from domain.delivery import NoticeTexts, NoticeWords, Template, leaks_in
from domain.model import Model
from runtime.errors import OperatorError

WORDS_FILE = "notice_words.toml"
"""Stands beside the texts: each word that they may use."""

_TEXTS = TypeAdapter(dict[Template, BilingualText])
_Word = Annotated[str, StringConstraints(pattern=r"^[^\W\d_]+$", to_lower=True, max_length=40)]
_Words = Annotated[frozenset[_Word], Field(min_length=1)]
_IN_WORDS = MappingProxyType(
    {
        "missing": "this key is required",
        "extra_forbidden": "this key is not known",
        "enum": "there is no such notice",
        "string_pattern_mismatch": "this is not one word of letters",
    }
)
_Read = TypeVar("_Read")


class _WordLists(Model):
    sv: _Words
    en: _Words


class NoticeTextsError(OperatorError):
    """A file of notice texts cannot be used; each of `problems` says at which key and why."""

    def __init__(self, file: str, problems: Iterable[str]) -> None:
        self.file = file
        self.problems = tuple(problems)
        super().__init__(f"{file} cannot be used: {'; '.join(self.problems)}")


def load_notice_texts(path: Path, telling_words: Collection[str] = ()) -> NoticeTexts:
    """Return the texts of *path* (TOML: a table for each template with `sv` and `en`).

    Every word of theirs has to stand in the file of words beside them, and to be none of
    *telling_words*: see `leaks_in`.

    Raises:
        NoticeTextsError: a file is unreadable or incomplete, or a text tells more than news.
    """
    words = load_notice_words(path.with_name(WORDS_FILE))
    texts = _read(path, _TEXTS)
    problems = [
        f"{template}: this text is missing" for template in Template if template not in texts
    ]
    for template, text in texts.items():
        leaks = leaks_in(text.sv, words.sv, telling_words) + leaks_in(
            text.en, words.en, telling_words
        )
        problems += (f"{template}: says {leak}" for leak in sorted(set(leaks)))
    if problems:
        raise NoticeTextsError(path.name, problems)
    return texts


def load_notice_words(path: Path) -> NoticeWords:
    """Return the words of *path* (TOML: the lists `sv` and `en`); raises NoticeTextsError."""
    lists = _read(path, TypeAdapter(_WordLists))
    return NoticeWords(sv=lists.sv, en=lists.en)


def _read(path: Path, shape: TypeAdapter[_Read]) -> _Read:
    try:
        read = tomllib.loads(path.read_text(encoding="utf-8"))
        return shape.validate_python(read, extra="forbid")
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise NoticeTextsError(path.name, [type(error).__name__]) from None
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False, include_input=False)
        problems = (
            f"{_path(detail['loc'])}: {_IN_WORDS.get(detail['type'], detail['msg'])}"
            for detail in details
        )
        raise NoticeTextsError(path.name, problems) from None


def _path(loc: tuple[int | str, ...]) -> str:
    """Return a place as keys with dots between, counting from 1."""
    parts = (part + 1 if isinstance(part, int) else part for part in loc if part != "[key]")
    return ".".join(str(part) for part in parts)
