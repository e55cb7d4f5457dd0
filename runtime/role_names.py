"""The names of roles, read from the region's role register file."""

import csv
from pathlib import Path

from domain.catalogue import BilingualText


def read_role_names(path: Path) -> dict[str, BilingualText]:
    """Return each role code's name in Swedish and English; raises OSError or KeyError."""
    with path.open(encoding="utf-8", newline="") as file:
        return {
            row["code"]: BilingualText(sv=row["name_sv"], en=row["name_en"])
            for row in csv.DictReader(file)
        }
