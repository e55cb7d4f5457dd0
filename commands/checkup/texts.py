"""Whether a profile's texts are whole: both languages, every code, and notices that say nothing."""

import re
import tomllib
from collections.abc import Callable, Collection, Iterator
from functools import partial
from pathlib import Path
from types import MappingProxyType

from api.access_texts import AccessTextsError, load_access_texts
from api.problem_texts import ProblemTextsError, load_problem_texts
from api.view_texts import ViewTextsError, load_view_texts
from commands.checkup.findings import Finding, error, line_of, line_of_place
from runtime.errors import OperatorError
from runtime.notice_texts import WORDS_FILE, NoticeTextsError, load_notice_texts, load_notice_words
from runtime.red_flag_file import load_red_flags

_FOLDER = "texts"
_NOTICES = "notices.toml"
_LANGUAGES = ("sv", "en")
_AT_LINE = re.compile(r"at line (\d+)")
_LOADERS: MappingProxyType[str, Callable[[Path], object]] = MappingProxyType(
    {
        "problems.toml": load_problem_texts,
        "views.toml": load_view_texts,
        WORDS_FILE: load_notice_words,
        "red_flags.toml": load_red_flags,
        "access.toml": load_access_texts,
    }
)


def check_texts(folder: Path, telling_words: Collection[str]) -> Iterator[Finding]:
    """Yield what is wrong with the files under `texts/`.

    *telling_words* are names of services, roles and units: no notice may have a word of theirs.
    """
    texts = folder / _FOLDER
    loaders: dict[str, Callable[[Path], object]] = {
        **_LOADERS,
        _NOTICES: partial(load_notice_texts, telling_words=telling_words),
    }
    names = sorted({*loaders, *(path.name for path in texts.glob("*.toml"))})
    for name in names:
        found = list(_incomplete(texts / name))
        yield from found
        if not found and name in loaders:
            yield from _unusable(texts / name, loaders[name])


def unreadable(path: Path, file: str) -> Finding | None:
    """Return why a TOML file cannot be read at all, with the line where that is known."""
    try:
        tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError:
        return error(file, None, "the file cannot be opened")
    except UnicodeDecodeError:
        return error(file, None, "the file is not UTF-8 text")
    except tomllib.TOMLDecodeError as fault:
        line = _AT_LINE.search(str(fault))
        return error(file, int(line[1]) if line else None, "this is not TOML")
    return None


def _incomplete(path: Path) -> Iterator[Finding]:
    file = f"{_FOLDER}/{path.name}"
    fault = unreadable(path, file)
    if fault is not None:
        yield fault
        return
    for name, table in tomllib.loads(path.read_text(encoding="utf-8")).items():
        if not isinstance(table, dict):
            continue
        for language in _LANGUAGES:
            text = table.get(language)
            if not isinstance(text, str) or not text.strip():
                yield error(file, line_of(path, name), f"{name}: there is no text in {language}")


def _unusable(path: Path, load: Callable[[Path], object]) -> Iterator[Finding]:
    file = f"{_FOLDER}/{path.name}"
    try:
        load(path)
    except NoticeTextsError as fault:
        if fault.file == path.name:  # the list of words is told of by itself
            for problem in fault.problems:
                yield error(file, line_of_place(path, problem), problem)
    except (OperatorError, ProblemTextsError, ViewTextsError, AccessTextsError) as fault:
        yield error(file, None, str(fault))
