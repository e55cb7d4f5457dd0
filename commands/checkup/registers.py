"""Reads a profile's registers against each other, as the import would, without a database."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from commands.checkup.agreement import Agreement, Line
from commands.checkup.findings import Finding, error
from runtime.extracts import read_extract
from store.register_import import REGISTERS
from store.registers import MAX_PROBLEMS, Problem

_REFERENCES: Mapping[str, Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "units": {"provider": ("providers", "hsa_id")},
        "staff": {
            "unit": ("units", "hsa_id"),
            "provider": ("providers", "hsa_id"),
            "role": ("roles", "code"),
        },
        "protected_handlers": {"unit": ("units", "hsa_id"), "staff": ("staff", "hsa_id")},
        "listing": {"unit": ("units", "hsa_id")},
        "guardians": {"child": ("listing", "identity"), "guardian": ("listing", "identity")},
        "medicines": {"company": ("companies", "name")},
    }
)
_TARGETS = frozenset(target for columns in _REFERENCES.values() for target in columns.values())

_IN_WORDS = MappingProxyType(
    {
        "broken_csv": "the quoting is broken",
        "duplicate": "this column stands twice",
        "ends_before_it_begins": "the period ends before it begins",
        "invalid": "this cannot be used",
        "invalid_date": "this is not a day as YYYY-MM-DD",
        "invalid_identity": "this is not 12 digits with a right check digit",
        "missing": "this is required",
        "missing_column": "this column is missing",
        "not_true_or_false": "this is neither true nor false",
        "not_utf8": "this is not UTF-8 text",
        "not_wanted_here": "this must be empty when what it belongs to is",
        "too_long": "this is too long",
        "unknown_column": "this column is not known",
        "unknown_word": "this is none of the words that may stand here",
        "unstorable_text": "this has signs that cannot be stored",
        "wrong_form": "this has a wrong form",
        "wrong_number_of_cells": "the line has too many or too few cells",
    }
)


class RegisterReader:
    """Reads the registers of a folder one after the other, in the order of `REGISTERS`.

    Only keys are remembered, and what an `Agreement` keeps for as long as its register is read.
    What is wrong gathers in *findings*, at most 50 for each file.
    """

    def __init__(self, folder: Path) -> None:
        self.findings: list[Finding] = []
        self._folder = folder
        self._known: dict[tuple[str, str], set[object]] = defaultdict(set)

    def read(self, register: str) -> Iterator[Line]:
        """Yield the lines that can be used, references to other registers judged."""
        file = f"{register}.csv"
        if not (self._folder / file).is_file():
            self.findings.append(error(file, None, "the file is missing"))
            return
        found: list[Finding] = []
        count = 0
        for line in self._lines(register, found):
            count += 1
            yield line
            if len(found) >= MAX_PROBLEMS:
                break
        if not count and not found and not REGISTERS[register].may_be_empty:
            found.append(error(file, None, "the file has no rows"))
        self.findings += found[:MAX_PROBLEMS]

    def _lines(self, register: str, found: list[Finding]) -> Iterator[Line]:
        file, columns = f"{register}.csv", REGISTERS[register].columns
        agreement = Agreement(register)
        for row in read_extract(register, self._folder / file):
            if isinstance(row, Problem):
                found.append(_in_words(register, row))
                continue
            number, *values = row
            line = Line(int(str(number)), dict(zip(columns, values, strict=True)))
            found += (error(file, wrong, text) for wrong, text in agreement.judge(line))
            found += self._unknown(register, line)
            yield line

    def _unknown(self, register: str, line: Line) -> Iterator[Finding]:
        file, number, cells = f"{register}.csv", line.number, line.cells
        for column, (target, target_column) in _REFERENCES.get(register, {}).items():
            known = self._known[target, target_column]
            if cells[column] is not None and cells[column] not in known:
                yield error(
                    file, number, f"{column}: there is no such {target_column} in {target}.csv"
                )
        for target, column in _TARGETS:
            if target == register:
                self._known[target, column].add(cells[column])


def _in_words(register: str, problem: Problem) -> Finding:
    words = _IN_WORDS[problem.code]
    text = f"{problem.column}: {words}" if problem.column else words
    return error(f"{register}.csv", problem.line or None, text)
