"""Reading an extract takes little memory, whatever stands in the file."""

import tracemalloc
from pathlib import Path

from runtime.extracts import read_extract
from store.registers import Problem

_MUCH = 64 * 1024 * 1024
_LITTLE = 4 * 1024 * 1024


def test_line_without_an_end_is_refused_before_it_is_read(tmp_path: Path) -> None:
    file = tmp_path / "companies.csv"
    with file.open("wb") as sparse:
        sparse.write(b"name\nTeva\n")
        sparse.truncate(_MUCH)

    tracemalloc.start()
    try:
        found = list(read_extract("companies", file))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert found == [(2, "Teva"), Problem(3, "", "too_long")]
    assert peak < _LITTLE


def test_row_that_goes_on_over_many_lines_is_refused_where_it_begins(tmp_path: Path) -> None:
    file = tmp_path / "companies.csv"
    file.write_text("name\nTeva\n" + 100_000 * '"\n",', encoding="utf-8")

    assert list(read_extract("companies", file)) == [(2, "Teva"), Problem(3, "", "too_long")]


def test_many_rows_are_not_too_long_together(tmp_path: Path) -> None:
    file = tmp_path / "companies.csv"
    file.write_text("name\n" + 3000 * (180 * "x" + "\n"), encoding="utf-8")

    assert len(list(read_extract("companies", file))) == 3000
