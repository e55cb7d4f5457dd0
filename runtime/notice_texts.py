"""Reading the texts of notices from a region's file, and refusing those that say too much."""

import tomllib
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from domain.catalogue import BilingualText
from domain.delivery import NoticeTexts, Template, leaks_in
from runtime.errors import OperatorError

_TEXTS = TypeAdapter(dict[Template, BilingualText])


class NoticeTextsError(OperatorError):
    """The file of notice texts cannot be used; the message says which template and why."""


def load_notice_texts(path: Path) -> NoticeTexts:
    """Return the texts of *path* (TOML: a table for each template with `sv` and `en`).

    Raises:
        NoticeTextsError: unreadable, incomplete, or a text has a digit, placeholder or link.
    """
    try:
        texts = _TEXTS.validate_python(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise NoticeTextsError(f"{path.name} cannot be used: {type(error).__name__}") from None
    lacking = sorted(set(Template) - texts.keys())
    if lacking:
        raise NoticeTextsError(f"{path.name} lacks {', '.join(lacking)}")
    for template, text in texts.items():
        leaks = leaks_in(text.sv) + leaks_in(text.en)
        if leaks:
            raise NoticeTextsError(f"{path.name}, {template}: {', '.join(leaks)}")
    return texts
