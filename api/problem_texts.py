"""What each refusal is called, in Swedish and English: a region's file, checked when it is read."""

import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from api.field_errors import FIELD_CODES, OTHERWISE
from api.statuses import STATUS_OF
from domain.catalogue import BilingualText


class ProblemText(BilingualText):
    """What one code means: *title* in English for developers, the rest for those who asked."""

    title: str

    @property
    def message(self) -> BilingualText:
        return BilingualText(sv=self.sv, en=self.en)


class ProblemTexts(BaseModel):
    """The texts of every code the API uses."""

    model_config = ConfigDict(frozen=True)

    by_code: dict[str, ProblemText]

    def field_message(self, code: str) -> BilingualText:
        """Return what to say about a field; a code without a text of its own is just wrong."""
        return self.by_code.get(code, self.by_code[OTHERWISE]).message


class ProblemTextsError(Exception):
    """The file of problem texts cannot be used; says what it lacks."""


def load_problem_texts(path: Path) -> ProblemTexts:
    """Read *path* (TOML: one table per code with `title`, `sv` and `en`).

    Raises `ProblemTextsError` when it is malformed or lacks a code the API uses, so that a
    region's edit is found at start and not when someone is refused.
    """
    try:
        texts = ProblemTexts.model_validate({"by_code": tomllib.loads(path.read_text("utf-8"))})
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise ProblemTextsError(f"{path.name} is not a file of problem texts") from error
    lacking = sorted((STATUS_OF.keys() | FIELD_CODES) - texts.by_code.keys())
    if lacking:
        raise ProblemTextsError(f"{path.name} lacks {', '.join(lacking)}")
    return texts
