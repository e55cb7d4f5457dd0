"""Reads a register's CSV extract a row at a time and says where it is wrong, never the value."""

import csv
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, Self

from pydantic import ValidationError

from domain.model import Model
from runtime.register_rows import ROW_MODELS
from store.registers import Problem, StagedRow

_CODES = MappingProxyType(
    {
        "missing": "missing",
        "string_pattern_mismatch": "wrong_form",
        "string_too_long": "too_long",
        "string_too_short": "missing",
        "literal_error": "unknown_word",
        "enum": "unknown_word",
        "bool_type": "not_true_or_false",
        "value_error": "unstorable_text",
        "invalid_identity": "invalid_identity",
        "invalid_date": "invalid_date",
        "ends_before_it_begins": "ends_before_it_begins",
        "not_wanted_here": "not_wanted_here",
    }
)
"""What a reader of the report sees for each kind of validation error."""

_LONGEST_RECORD = 256 * 1024
"""Bytes: several times what the longest cells allowed make, so that a file of any size is read."""


def read_extract(register: str, path: Path) -> Iterator[StagedRow | Problem]:
    """Yield the rows of a UTF-8 CSV file with a header line, and a problem for each wrong cell.

    Columns may stand in any order. A header that does not fit, bytes that are not UTF-8, broken
    quoting and a row of more than 256 KiB end the reading. The file is never held in memory;
    OSError if it cannot be opened. *register* is a key of `ROW_MODELS`.
    """
    model = ROW_MODELS[register]
    with path.open("rb") as file:
        records = _read_records(file)
        header = next(records, (1, []))
        if isinstance(header, Problem):
            yield header
            return
        names = header[1]
        wrong = list(_check_header(model, names))
        yield from wrong
        if wrong:
            return
        for record in records:
            if isinstance(record, Problem):
                yield record
            else:
                yield from _check_record(model, names, *record)


def _read_records(file: BinaryIO) -> Iterator[tuple[int, list[str]] | Problem]:
    lines = _Lines(file)
    reader = csv.reader(lines, strict=True)
    while True:
        line = reader.line_num + 1
        lines.begin_record()
        try:
            record = next(reader, None)
        except UnicodeDecodeError:
            yield Problem(line, "", "not_utf8")
            return
        except _TooLongError:
            yield Problem(line, "", "too_long")
            return
        except csv.Error:
            yield Problem(line, "", "broken_csv")
            return
        if record is None:
            return
        if record:
            yield line, record


class _TooLongError(Exception):
    """A record goes on for longer than any row could."""


class _Lines:
    """The lines of a file, decoded one by one, none read further than a record may be long.

    A decoding reader's buffer would lose the line number of bytes that are not UTF-8.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._encoding = "utf-8-sig"
        self._left = _LONGEST_RECORD

    def begin_record(self) -> None:
        self._left = _LONGEST_RECORD

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        line = self._file.readline(self._left + 1)
        self._left -= len(line)
        if self._left < 0:
            raise _TooLongError
        if not line:
            raise StopIteration
        encoding, self._encoding = self._encoding, "utf-8"
        return line.decode(encoding)


def _check_header(model: type[Model], names: list[str]) -> Iterator[Problem]:
    for name in model.model_fields:
        if names.count(name) != 1:
            yield Problem(1, name, "duplicate" if name in names else "missing_column")
    # A file without its header line has values where names should be, so only the place is told.
    for place, name in enumerate(names, start=1):
        if name not in model.model_fields:
            yield Problem(1, f"#{place}", "unknown_column")


def _check_record(
    model: type[Model], names: list[str], line: int, cells: list[str]
) -> Iterator[StagedRow | Problem]:
    if len(cells) != len(names):
        yield Problem(line, "", "wrong_number_of_cells")
        return
    given = {name: cell for name, cell in zip(names, cells, strict=True) if cell}
    try:
        row = model.model_validate(given)
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_input=False, include_context=False):
            yield Problem(line, str(detail["loc"][0]), _CODES.get(detail["type"], "invalid"))
        return
    yield (line, *(getattr(row, name) for name in model.model_fields))
