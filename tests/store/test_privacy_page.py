"""docs/privacy.md says of every column of the database what it is, and of no other."""

import re

import asyncpg

from tests.region import ROOT

PAGE = (ROOT / "docs" / "privacy.md").read_text("utf-8")
CLASSES = {"identity", "content", "staff", "link", "fact", "register"}
ROW = re.compile(r"^\| `(\w+)` \| (\w+) \| (`.+`) \|$", re.MULTILINE)

# Partitions have the columns of their table, and views those of several.
COLUMNS = """
SELECT table_name, column_name
FROM information_schema.columns
JOIN information_schema.tables USING (table_schema, table_name)
WHERE table_schema = 'public'
  AND table_type = 'BASE TABLE'
  AND table_name NOT IN (
      SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
  )
"""


def described() -> list[tuple[str, str]]:
    return [
        (table, column)
        for table, _, columns in ROW.findall(PAGE)
        for column in re.findall(r"`(\w+)`", columns)
    ]


async def test_every_column_is_classified_once(pool: asyncpg.Pool) -> None:
    stored = {tuple(row) for row in await pool.fetch(COLUMNS)}

    assert set(described()) == stored
    assert len(described()) == len(stored)


def test_every_class_is_explained() -> None:
    used = {name for _, name, _ in ROW.findall(PAGE)}

    assert used == CLASSES
    assert all(f"| `{name}` | " in PAGE for name in CLASSES)


def test_what_is_of_a_person_in_a_case_is_overwritten() -> None:
    """A column that an erasure leaves alone would stay for ever."""
    source = (ROOT / "store" / "erasure.py").read_text("utf-8")
    personal = {
        name
        for table, kind, columns in ROW.findall(PAGE)
        if table == "cases" and kind in {"identity", "content", "staff"}
        for name in re.findall(r"`(\w+)`", columns)
    }
    overwritten = set(re.findall(r"^    (\w+) = (?:NULL|'\{\}'),$", source, re.MULTILINE))

    assert personal
    assert personal <= overwritten
