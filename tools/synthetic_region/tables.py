"""Reading and writing the CSV files of a region."""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

Row = Mapping[str, str]
"""A line of a register: each column's text, empty where there is nothing."""

HANDMADE = Path(__file__).parent / "handmade"


def read_table(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file with a header line."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_table(path: Path, columns: tuple[str, ...], rows: Iterable[Row]) -> None:
    """Write *rows*; a column that a row lacks is left empty."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
