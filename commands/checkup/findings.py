"""What a check of a profile finds: how bad it is, where it stands and what is wrong, in words."""

import re
from enum import StrEnum
from pathlib import Path

from domain.model import Model


class Severity(StrEnum):
    """An error keeps the profile from working; a warning is for a human to judge."""

    ERROR = "error"
    WARNING = "warning"


class Finding(Model):
    """One thing wrong. *line* counts from 1 and is None where the whole file is meant.

    The text repeats no cell of a register of people.
    """

    severity: Severity
    file: str
    line: int | None
    text: str


def error(file: str, line: int | None, text: str) -> Finding:
    """Return a finding that must be put right."""
    return Finding(severity=Severity.ERROR, file=file, line=line, text=text)


def warning(file: str, line: int | None, text: str) -> Finding:
    """Return a finding that somebody should know of."""
    return Finding(severity=Severity.WARNING, file=file, line=line, text=text)


def line_of(path: Path, word: str) -> int | None:
    """Return the first line of a file on which *word* stands by itself, or None."""
    whole = re.compile(rf"(?<![\w/-]){re.escape(word)}(?![\w/-])", re.IGNORECASE)
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((number for number, line in enumerate(lines, 1) if whole.search(line)), None)
