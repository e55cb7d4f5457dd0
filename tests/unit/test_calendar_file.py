"""A calendar.toml that is wrong is refused with the key and the reason."""

from pathlib import Path

import pytest

from runtime.calendar_file import CalendarFileError
from runtime.calendars import load_region_calendar
from tests.unit.calendar_samples import CLOSED_EVES, UNIT, UNIT_TABLES, changed, extended


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        pytest.param("[weekly]", "[weekly", "not TOML", id="broken"),
        pytest.param('zone = "', 'zone = "X', "zone: the time zone is not", id="zone"),
        pytest.param("sunday = []", "", "weekly.sunday: this key is required", id="no sunday"),
        pytest.param("sunday = []", "sundy = []", "weekly.sundy: this key is not", id="typo"),
        pytest.param(
            "sunday = []", 'sunday = ["8-17"]', "weekly.sunday.0.0: a time is written", id="time"
        ),
        pytest.param(
            "sunday = []", 'sunday = ["08:00"]', "weekly.sunday: an opening is", id="opening"
        ),
        pytest.param("sunday = []", "sunday = 0", "weekly.sunday: hours are a list", id="number"),
        pytest.param(
            "sunday = []", 'sunday = ["17:00-08:00"]', "weekly.sunday: each opening", id="order"
        ),
        pytest.param("working_day_hours = 9", "working_day_hours = 0", "greater than 0", id="zero"),
        pytest.param('country = "SE"', 'country = "XX"', "holidays.country", id="country"),
        pytest.param('language = "sv"', 'language = "xx"', "holidays.language", id="language"),
        pytest.param(
            'categories = ["public"]',
            'categories = ["publik"]',
            "holidays.categories",
            id="category",
        ),
        pytest.param(
            CLOSED_EVES, 'closed_eves = ["Jolafton"]', "closed_eves, short_eves", id="eve"
        ),
        pytest.param("first_year = 1999", "first_year = 2999", "holidays.first_year", id="years"),
    ],
)
def test_a_wrong_file_is_refused_with_the_key_and_the_reason(
    tmp_path: Path, old: str, new: str, why: str
) -> None:
    file = changed(tmp_path, f"\n{old}", f"\n{new}")

    with pytest.raises(CalendarFileError, match=why):
        load_region_calendar(file)


@pytest.mark.parametrize(
    ("tables", "why"),
    [
        pytest.param(
            '[units."TEST1"]\n', "units.TEST1.*: this is not an HSA-id", id="not an HSA-id"
        ),
        pytest.param(
            f'[units."{UNIT}"]\n[units."{UNIT.lower()}"]\n', "stand only once", id="a unit twice"
        ),
        pytest.param(
            UNIT_TABLES.replace("working_day_hours = 3\n", ""),
            f"units.{UNIT}: a unit with its own week",
            id="no working day",
        ),
        pytest.param(
            UNIT_TABLES.replace('["17:00-20:00"]', "[]"), "weekly: the week must", id="never open"
        ),
        pytest.param(
            "[[special_days]]\non = 2026-05-15\nhours = []\n" * 2,
            "special_days: a date",
            id="twice",
        ),
    ],
)
def test_a_wrong_table_is_refused_with_the_key_and_the_reason(
    tmp_path: Path, tables: str, why: str
) -> None:
    with pytest.raises(CalendarFileError, match=why):
        load_region_calendar(extended(tmp_path, "\n" + tables))


def test_every_problem_is_told_at_once_and_no_value_is_repeated(tmp_path: Path) -> None:
    file = changed(tmp_path, "saturday = []\nsunday = []", 'saturday = ["191212121212"]')

    with pytest.raises(CalendarFileError) as caught:
        load_region_calendar(file)

    assert [problem.partition(":")[0] for problem in caught.value.problems] == [
        "weekly.saturday",
        "weekly.sunday",
    ]
    assert "191212121212" not in str(caught.value)


def test_a_file_that_is_missing_or_not_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CalendarFileError, match="cannot be read"):
        load_region_calendar(tmp_path / "calendar.toml")

    (tmp_path / "calendar.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(CalendarFileError, match="not UTF-8"):
        load_region_calendar(tmp_path / "calendar.toml")
