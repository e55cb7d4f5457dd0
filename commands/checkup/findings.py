"""What a check of a profile finds: how bad it is, where it stands and what is wrong, in words."""

import re
from enum import StrEnum
from itertools import takewhile
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


def line_of_place(path: Path, problem: str) -> int | None:
    """Return the line that a problem with a TOML file is about, as near as its words lead.

    *problem* is `CODE: key.path: why` or `key.path: why`. What is below a service or variant is
    looked for up to the next `[[`.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    found = None
    for part in takewhile(lambda part: " " not in part, problem.split(": ")):
        keys = [part] if _find_below(lines, part, found) else part.split(".")
        for above, key in zip(["", *keys], keys, strict=False):
            if key.isdecimal():
                found = _find_table(lines, above, int(key)) or found
            else:
                found = _find_below(lines, key, found) or found
    return found


def _find_table(lines: list[str], name: str, count: int) -> int | None:
    header = re.compile(rf"\[\[([\w.]+\.)?{re.escape(name)}\]\]")
    numbers = [number for number, line in enumerate(lines, 1) if header.match(line)]
    return numbers[count - 1] if count <= len(numbers) else None


def _find_below(lines: list[str], key: str, above: int | None) -> int | None:
    whole = re.compile(rf"(?<![\w/-]){re.escape(key)}(?![\w/-])", re.IGNORECASE)
    first = above or 1
    for number, line in enumerate(lines[first - 1 :], first):
        if above is not None and number > above and line.startswith("[["):
            return None
        if whole.search(line) and not line.startswith("#"):
            return number
    return None
