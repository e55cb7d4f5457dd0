"""`arende doctor` finds what is wrong with a profile and says where, without a database."""

import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from commands.checkup.findings import Finding, Severity
from commands.checkup.profile import check_profile
from commands.doctor import app
from tests.region import REGION_DAY, SHIPPED

RUNNER = CliRunner()
Edit = Callable[[str], str]


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    """A copy of the shipped profile."""
    folder = tmp_path / "region"
    shutil.copytree(SHIPPED, folder)
    return folder


def edit(profile: Path, file: str, change: Edit) -> None:
    path = profile / file
    text = path.read_text(encoding="utf-8")
    assert change(text) != text
    path.write_text(change(text), encoding="utf-8")


def errors(profile: Path, today: date = REGION_DAY) -> list[tuple[str, int | None, str]]:
    found = check_profile(profile, today)
    return [(one.file, one.line, one.text) for one in found if one.severity is Severity.ERROR]


def warnings(profile: Path) -> list[Finding]:
    return [one for one in check_profile(profile, REGION_DAY) if one.severity is Severity.WARNING]


def append(line: str) -> Edit:
    return lambda text: f"{text}{line}\n"


def swap(old: str, new: str) -> Edit:
    return lambda text: text.replace(old, new, 1)


def test_shipped_profile_has_no_errors() -> None:
    assert errors(SHIPPED) == []


def test_shipped_profile_says_where_nobody_holds_a_role() -> None:
    found = {one.text for one in warnings(SHIPPED)}

    assert "Hamrånge hälsocentral (SE5560000000-TEST004): nobody holds PV/lakare/recept" in found
    assert any(text.endswith("nobody holds PV/koordinator/fordelning") for text in found)
    assert not any("Strömsbro" in text or "Norrala" in text for text in found)


def test_stand_in_is_told_where_there_is_one(profile: Path) -> None:
    gone = "PV/administrator/bokning"
    edit(
        profile,
        "staff.csv",
        lambda text: "\n".join(
            line
            for line in text.splitlines()
            if not (gone in line and "SE5560000000-TEST001" in line)
        ),
    )

    [found] = [one for one in warnings(profile) if "Strömsbro" in one.text]

    assert (found.file, found.line) == ("units.csv", 2)
    assert found.text.endswith(f"nobody holds {gone}; PV/sjukskoterska/bokning stands in")


def test_role_whose_holders_may_not_decide_is_told(profile: Path) -> None:
    here = "SE5560000000-TEST001"
    edit(
        profile,
        "staff.csv",
        lambda text: "\n".join(
            line.replace("physician,full", "physician,none") if here in line else line
            for line in text.splitlines()
        ),
    )

    [found] = [one for one in warnings(profile) if "Strömsbro" in one.text]

    assert (found.file, found.line) == ("units.csv", 2)
    assert found.text.endswith("nobody who holds PV/lakare/recept may decide prescription_renewal")


def test_stand_ins_who_may_not_decide_are_told(profile: Path) -> None:
    here = "SE5560000000-TEST001"
    edit(
        profile,
        "staff.csv",
        lambda text: "\n".join(
            line for line in text.splitlines() if not ("PV/lakare/recept" in line and here in line)
        ),
    )

    found = [one.text for one in warnings(profile) if "Strömsbro" in one.text]

    assert [text.partition(": ")[2] for text in found] == [
        "nobody holds PV/lakare/recept; PV/sjukskoterska/recept stands in",
        "nobody who holds PV/sjukskoterska/recept may decide prescription_renewal",
    ]


@pytest.mark.parametrize(
    ("file", "line", "text"),
    [
        (
            "units.csv",
            "SE5560000000-NEW,SE5560000099-X,New,health_centre,Gävle,+46846500499,,2020-01-01,,",
            "provider: there is no such hsa_id in providers.csv",
        ),
        ("guardians.csv", "191212121212,197005109819", "child: there is no such identity"),
        ("listing.csv", "191212121213,A,false,true,,,", "identity: this is not 12 digits"),
        (
            "units.csv",
            "SE5560000000-NEW,SE5560000000-TEST000,New,health_centre,G,+46846500499,late,2020-01-01,,",
            "calendar: this has no effect",
        ),
        ("companies.csv", "Teva", "the same name stands above"),
        ("roles.csv", "wrong,unit,A,B", "code: this has a wrong form"),
        ("medicines.csv", "20990000000001,A,,tablett,N02BE01,a,,Nobody", "company: there is no"),
        (
            "staff.csv",
            "SE5560000000-S1,A,physician,full,false,,SE5560000000-C1,SE5560000000-TEST001,"
            "SE5560000001-TEST000,care,2020-01-01,,PV/lakare/recept,true,2020-01-01,,",
            "provider: the unit has another provider",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and value.endswith(".csv") else "",
)
def test_wrong_line_of_a_register_is_told_with_its_number(
    profile: Path, file: str, line: str, text: str
) -> None:
    edit(profile, file, append(line))
    last = len((profile / file).read_text(encoding="utf-8").splitlines())

    [(found_file, found_line, said)] = errors(profile)

    assert (found_file, found_line) == (file, last)
    assert said.startswith(text)


def test_missing_register_and_a_wrong_header_are_told(profile: Path) -> None:
    (profile / "companies.csv").unlink()
    edit(profile, "providers.csv", swap("hsa_id,name", "hsa_id,names"))

    found = errors(profile)

    assert ("companies.csv", None, "the file is missing") in found
    assert ("providers.csv", 1, "name: this column is missing") in found


def test_findings_of_one_file_end_at_fifty(profile: Path) -> None:
    edit(profile, "listing.csv", lambda text: text.replace(",false,true,", ",no,true,"))

    assert len([one for one in errors(profile) if one[0] == "listing.csv"]) == 50


@pytest.mark.parametrize(
    ("file", "change", "line", "text"),
    [
        pytest.param(
            "catalogue.toml",
            swap('"PV/koordinator/fordelning"', '"PV/nobody/nothing"'),
            7,
            "system_roles.coordinator: roles.csv has no such role",
            id="unknown leading role",
        ),
        pytest.param(
            "catalogue.toml",
            swap('form = "booking_change"', 'form = "nothing"'),
            None,
            "no such form for: booking_change",
            id="unknown form",
        ),
        pytest.param(
            "catalogue.toml", swap("[system_roles]", "[system_roles"), 6, "not TOML", id="syntax"
        ),
        pytest.param(
            "calendar.toml",
            swap('monday = ["08:00', 'monday = ["18:00'),
            None,
            "weekly.monday",
            id="opening that ends before it begins",
        ),
        pytest.param(
            "calendar.toml", swap("last_year = 2062", "last_year = 2027"), None, "24 months", id="y"
        ),
        pytest.param(
            "texts/views.toml",
            swap('en = "Your case has been completed."', ""),
            None,
            "ended: there is no text in en",
            id="language missing",
        ),
        pytest.param(
            "texts/problems.toml",
            swap("[too_many_requests]", "[many_requests]"),
            None,
            "lacks too_many_requests",
            id="code without text",
        ),
        pytest.param(
            "texts/notices.toml",
            swap('"Du har ett meddelande. Logga in."', '"Nytt om ditt recept. Logga in."'),
            None,
            "citizen: says recept",
            id="notice that tells",
        ),
        pytest.param(
            "texts/notices.toml",
            lambda text: f'extra = "hi"\n{text}',
            1,
            "extra: there is no such notice",
            id="text outside of a table",
        ),
        pytest.param(
            "texts/notices.toml",
            append("[extra]\nx = 3"),
            31,
            "extra: there is no text in sv",
            id="table without texts",
        ),
        pytest.param(
            "texts/notice_words.toml",
            swap('"logga",', '"logga in",'),
            None,
            "sv.8: this is not one word",
            id="words in one",
        ),
    ],
)
def test_wrong_rule_or_text_is_told(
    profile: Path, file: str, change: Edit, line: int | None, text: str
) -> None:
    edit(profile, file, change)

    found = errors(profile)

    assert {one[0] for one in found} == {file}
    assert any(text in said for _, _, said in found)
    assert line is None or line in {where for _, where, _ in found}


def test_wrong_calendar_is_told_with_its_line(profile: Path) -> None:
    edit(profile, "calendar.toml", swap('monday = ["08:00', 'monday = ["18:00'))
    lines = (profile / "calendar.toml").read_text(encoding="utf-8").splitlines()

    [(_, line, said)] = errors(profile)

    assert said.startswith("weekly.monday")
    assert lines[(line or 0) - 1].startswith("monday")


def test_calendar_that_ends_soon_or_names_an_unknown_unit_is_a_warning(profile: Path) -> None:
    edit(profile, "calendar.toml", swap("last_year = 2062", "last_year = 2028"))
    edit(profile, "calendar.toml", append('[units."SE5560000000-NOBODY"]\n'))

    found = [one for one in warnings(profile) if one.file == "calendar.toml"]

    assert errors(profile) == []
    assert ["2028" in one.text for one in found] == [True, False]
    assert all(one.line for one in found)


def test_command_says_each_finding_with_its_place(profile: Path) -> None:
    edit(profile, "companies.csv", append("Teva"))

    plain = RUNNER.invoke(app, ["--profile", str(profile)])
    as_json = RUNNER.invoke(app, ["--profile", str(profile), "--json"])

    assert (plain.exit_code, as_json.exit_code) == (1, 1)
    assert f"{profile / 'companies.csv'}:12: error: the same name stands above" in plain.stdout
    assert plain.stdout.splitlines()[-1].startswith("1 errors, ")
    said = json.loads(as_json.stdout)
    assert said["errors"] == 1
    assert said["findings"][0]["file"] == "companies.csv"


def test_command_is_content_with_warnings_and_refuses_no_folder(tmp_path: Path) -> None:
    assert RUNNER.invoke(app, ["--profile", str(SHIPPED)]).exit_code == 0
    assert RUNNER.invoke(app, ["--profile", str(tmp_path / "none")]).exit_code == 2
