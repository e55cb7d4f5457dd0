"""Calendar files that the tests of the region's calendar share."""

from pathlib import Path

SHIPPED = Path(__file__).parents[2] / "region" / "calendar.toml"
CLOSED_EVES = 'closed_eves = ["Midsommarafton", "Julafton", "Nyårsafton"]'
UNIT = "SE5560000000-TEST900"
UNIT_TABLES = f"""
[[short_eves]]
eve = "Skärtorsdagen"
hours = ["08:00-14:00"]

[[short_eves]]
eve = "Valborgsmässoafton"
hours = ["08:00-14:00"]

[[special_days]]
on = 2026-05-15
hours = ["10:00-12:00"]

[units."{UNIT}"]
working_day_hours = 3
closed_days = [2026-05-15]
special_days = [{{ on = 2026-06-19, hours = ["17:00-18:00"] }}]

[units."{UNIT}".weekly]
monday = ["17:00-20:00"]
tuesday = ["17:00-20:00"]
wednesday = []
thursday = ["17:00-20:00"]
friday = ["17:00-20:00"]
saturday = []
sunday = []

[units."se5560000000-test901"]
working_day_hours = 24
open_on_holidays = true

[units."se5560000000-test901".weekly]
monday = ["00:00-24:00"]
tuesday = ["00:00-24:00"]
wednesday = ["00:00-24:00"]
thursday = ["00:00-24:00"]
friday = ["00:00-24:00"]
saturday = ["00:00-24:00"]
sunday = ["00:00-24:00"]
"""


def changed(folder: Path, old: str, new: str) -> Path:
    """A copy of the shipped file with one place changed, the region's before any unit's."""
    text = SHIPPED.read_text(encoding="utf-8")
    assert old in text
    file = folder / "calendar.toml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return file


def extended(folder: Path, tables: str) -> Path:
    file = folder / "calendar.toml"
    file.write_text(SHIPPED.read_text(encoding="utf-8") + tables, encoding="utf-8")
    return file
