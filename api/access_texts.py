"""What was done with a patient's data, in Swedish and English words: a region's file."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from domain.access import AccessAction
from domain.catalogue import BilingualText

OTHERWISE = "other"
"""The text of an action that this release does not know."""

AccessTexts = Mapping[str, BilingualText]
_TEXTS = TypeAdapter(dict[str, BilingualText])


class AccessTextsError(Exception):
    """The file of access texts cannot be used; says what it lacks."""


def load_access_texts(path: Path) -> AccessTexts:
    """Read *path* (TOML: one table an action with `sv` and `en`, and `other`).

    Raises `AccessTextsError` when it is malformed or lacks an action.
    """
    try:
        texts = _TEXTS.validate_python(tomllib.loads(path.read_text("utf-8")))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise AccessTextsError(f"{path.name} is not a file of access texts") from error
    lacking = sorted({*AccessAction, OTHERWISE} - texts.keys())
    if lacking:
        raise AccessTextsError(f"{path.name} lacks {', '.join(lacking)}")
    return texts
