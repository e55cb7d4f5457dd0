"""`arende doctor` on routing modes and dates of channels, the second profile, and a lost zone."""

import shutil
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from commands.checkup.findings import Severity
from commands.checkup.profile import check_profile
from commands.doctor import app
from domain.vocabulary import Channel
from tests.region import EXAMPLE, REGION_DAY, SHIPPED

CODE = 'code = "certificate"\n'


def findings(folder: Path, addition: str, today: date = REGION_DAY) -> list[tuple[Severity, str]]:
    """Return what is found when the service of certificates has more to it, by its catalogue."""
    shutil.copytree(SHIPPED, folder)
    path = folder / "catalogue.toml"
    text = path.read_text(encoding="utf-8")
    head, _, tail = text.partition(CODE)
    path.write_text(f"{head}{CODE}{addition}\n{tail}", encoding="utf-8")
    found = check_profile(folder, today)
    return [(one.severity, one.text) for one in found if one.file == path.name]


@pytest.mark.parametrize(
    ("addition", "said"),
    [
        ('routing = "by_dice"', "routing"),
        ("channels.pigeon.closed_from = 2027-01-01", "channels.pigeon"),
        ("channels.mvg_web.closed_on = 2027-01-01", "closed_on"),
        ('channels.mvg_web.closed_from = "soon"', "closed_from"),
        (
            "channels.mvg_web = { redirect_from = 2027-01-02, closed_from = 2027-01-01 }",
            "the days must be in order",
        ),
    ],
)
def test_wrong_routing_or_dates_are_told(tmp_path: Path, addition: str, said: str) -> None:
    [(severity, text)] = findings(tmp_path / "region", addition)

    assert severity is Severity.ERROR
    assert said in text


@pytest.mark.parametrize(("day", "count"), [("2026-12-31", 0), ("2027-01-01", 1)])
def test_service_that_no_channel_takes_is_a_warning(tmp_path: Path, day: str, count: int) -> None:
    closed = ", ".join(f"{channel} = {{ closed_from = 2027-01-01 }}" for channel in Channel)

    found = findings(tmp_path / "region", f"channels = {{ {closed} }}", date.fromisoformat(day))

    assert [severity for severity, _ in found] == [Severity.WARNING] * count
    assert all(text.startswith("certificate: every channel is closed") for _, text in found)


def test_routing_and_dates_that_can_be_used_are_not_told(tmp_path: Path) -> None:
    addition = 'routing = "by_selected_clinic"\nchannels.mvg_web.parallel_from = 2026-01-01'

    assert findings(tmp_path / "region", addition) == []


def test_second_profile_has_nothing_wrong() -> None:
    assert check_profile(EXAMPLE, REGION_DAY) == []


@pytest.mark.parametrize("content", [None, "zone = 7", 'zone = "Europe/Nowhere"'])
def test_calendar_without_a_zone_is_a_finding_and_no_crash(
    tmp_path: Path, content: str | None
) -> None:
    folder = tmp_path / "region"
    shutil.copytree(EXAMPLE, folder)
    (folder / "calendar.toml").unlink()
    if content is not None:
        (folder / "calendar.toml").write_text(content, encoding="utf-8")

    ended = CliRunner().invoke(app, ["--profile", str(folder)])

    assert ended.exit_code == 1
    assert "calendar.toml" in ended.stdout
