"""`arende doctor` finds the figures of a catalogue that would stop cases, and at which line."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from commands.checkup.findings import Finding, Severity
from commands.checkup.profile import check_profile
from domain.catalogue import HandlingRules
from tests.region import EXAMPLE, REGION_DAY
from tests.unit.case_samples import RENEWAL

UNIT = "SE5560000100-TEST001"
CLOSED_WEEK = ("tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
BOOKING = 'code = "booking_change"'
VARIED = 'code = "contraception"'
RESOLUTION = "resolution = { count = 1 }"


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    """A copy of the small profile."""
    folder = tmp_path / "region"
    shutil.copytree(EXAMPLE, folder)
    return folder


def change(profile: Path, file: str, old: str, new: str) -> None:
    path = profile / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def extend(profile: Path, file: str, lines: str) -> None:
    path = profile / file
    path.write_text(f"{path.read_text(encoding='utf-8')}\n{lines}\n", encoding="utf-8")


def errors(profile: Path) -> list[Finding]:
    found = check_profile(profile, REGION_DAY)
    return [one for one in found if one.severity is Severity.ERROR]


def lines_of(profile: Path, found: list[Finding]) -> list[str]:
    lines = (profile / "catalogue.toml").read_text(encoding="utf-8").splitlines()
    return [lines[one.line - 1] for one in found if one.line]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("soon = { count = -1 }", "soon: this must be at least 1"),
        ("soon = { count = 0 }", "soon: this must be at least 1"),
        ("soon = { count = 99999999 }", "soon: this must be at most 250 working_days"),
        ('soon = { count = 2001, unit = "working_hours" }', "soon: this must be at most 2000"),
        ("delay = { count = -1 }", "delay: this must be at least 1"),
        ("visit_margin = { count = -1 }", "visit_margin: this must be at least 0"),
        ("visit_floor_minutes = -1", "visit_floor_minutes: Input should be greater"),
        ("warn_percents = [80, 50, 150, -3]", "warn_percents.3: Input should be less"),
        ("warn_percents = [80, 50]", "warn_percents: each of these must be higher"),
        ("warn_percents = [0]", "warn_percents.1: Input should be greater"),
        ("overdue_notices = 5000", "overdue_notices: Input should be less"),
        ("patient_silence_days = -1", "patient_silence_days: Input should be greater"),
        ("patient_reminder_days = [30, -2]", "patient_reminder_days.2: Input should be greater"),
        ("patient_reminder_days = [7, 3]", "patient_reminder_days: each of these must be higher"),
        ("patient_reminder_days = [3, 14]", "patient_reminder_days: the last of these must come"),
        ("pause_limit_days = 4000", "pause_limit_days: Input should be less"),
        ("reopen_days = -3", "reopen_days: Input should be greater"),
        ("urgency = { visit_urgent_hours = -1 }", "urgency.visit_urgent_hours: Input should be"),
        ("frist_response = { count = 1 }", "frist_response: this key is not known"),
        ('version = "3"', "version: this key is not known"),
    ],
)
def test_wrong_figure_is_told_with_its_service_and_line(
    profile: Path, line: str, said: str
) -> None:
    change(profile, "catalogue.toml", BOOKING, f"{BOOKING}\n{line}")

    found = errors(profile)

    assert any(one.text.startswith(f"booking_change: {said}") for one in found)
    assert {one.file for one in found} == {"catalogue.toml"}
    assert set(lines_of(profile, found)) == {line}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("amount = 12", "amount = -5", "booking_change: cut_off.amount: Input should be greater"),
        (RESOLUTION, 'resolution = { count = 3, unit = "working_hours" }', "booking_change: first"),
        ('sv = "Näringsprodukter"', 'sv = " "', "special_food: name.sv: String should have"),
        (BOOKING, 'name_of = "x"', "services.2: name_of: this key is not known"),
        (BOOKING, "code = 3", "services.2: code: Input should be a valid string"),
        ("[system_roles]", "system_roles = 3\n[x]", "system_roles: Input should be a valid"),
        ("years = 10", "years = -1", "retention_classes.record_support.years: Input should"),
    ],
)
def test_wrong_value_is_told_with_its_place(profile: Path, old: str, new: str, said: str) -> None:
    change(profile, "catalogue.toml", old, new)

    found = [one for one in errors(profile) if one.text.startswith(said)]

    assert found
    assert all(one.line for one in found)


def test_fault_of_a_variant_names_the_variant(profile: Path) -> None:
    variant = 'code = "contraception.renew"\nname = { sv = "A", en = "B" }\nurgent = { count = -1 }'
    text = (profile / "catalogue.toml").read_text(encoding="utf-8")
    place = text.index("[[services]]", text.index(VARIED))
    edited = f"{text[:place]}[[services.variants]]\n{variant}\n\n{text[place:]}"
    (profile / "catalogue.toml").write_text(edited, encoding="utf-8")

    found = errors(profile)

    assert [one.text for one in found] == ["contraception.renew: urgent: this must be at least 1"]
    assert lines_of(profile, found) == ["urgent = { count = -1 }"]


def test_services_that_are_no_tables_are_told(profile: Path) -> None:
    path = profile / "catalogue.toml"
    head = path.read_text(encoding="utf-8").partition("[[")[0]
    path.write_text(f'services = ["x"]\n{head}', encoding="utf-8")

    assert [(one.line, one.text) for one in errors(profile)] == [
        (1, "services.1: Input should be a valid dictionary")
    ]


def test_calendar_in_which_no_plan_can_be_laid_is_told_for_each_service(profile: Path) -> None:
    days = ", ".join((REGION_DAY + timedelta(days=day)).isoformat() for day in range(-40, 500))
    extend(profile, "calendar.toml", f'[units."{UNIT}"]\nclosed_days = [{days}]')

    found = errors(profile)

    assert f"booking_change: no plan can be laid, NoOpeningError, at {UNIT}" in {
        one.text for one in found
    }
    assert len(found) == len(set(found)) == 6
    assert BOOKING in lines_of(profile, found)


def test_plan_that_leaves_the_known_years_is_told(profile: Path) -> None:
    week = 'monday = ["08:00-17:00"]\n' + "".join(f"{day} = []\n" for day in CLOSED_WEEK)
    extend(
        profile,
        "calendar.toml",
        f'[units."{UNIT}"]\nworking_day_hours = 9\n[units."{UNIT}".weekly]\n{week}',
    )
    change(profile, "catalogue.toml", RESOLUTION, "resolution = { count = 200 }")

    [found] = errors(profile)

    assert found.text == f"booking_change: the plan reaches further than 24 months at {UNIT}"


def test_rules_that_a_case_carries_are_not_refused_afterwards() -> None:
    """What no profile may say any longer, a case of an earlier release may have been pinned to."""
    carried = RENEWAL.model_dump() | {
        "warn_percents": (80, 50),
        "reopen_days": 0,
        "overdue_notices": 5000,
        "soon": {"count": 0, "unit": "working_days"},
    }

    assert HandlingRules.model_validate(carried).overdue_notices == 5000
