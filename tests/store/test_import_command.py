"""`arende import` as an operator meets it: exit codes, counts and complaints."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from commands.register import app
from runtime.postgres import postgres_dsn
from tests.region import SHIPPED

RUNNER = CliRunner()


@pytest.fixture(autouse=True)
def operator(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Configure an operator who stands in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ARENDE_MODE", "local")
    monkeypatch.setenv("ARENDE_DATABASE_URL", database_url)
    monkeypatch.setenv("ARENDE_REGION_DIR", str(SHIPPED))


def test_whole_region_is_imported_and_counted() -> None:
    first = RUNNER.invoke(app, ["all", "--json"])
    second = RUNNER.invoke(app, ["all", str(SHIPPED), "--json"])

    assert (first.exit_code, second.exit_code) == (0, 0)
    units = json.loads(first.stdout)["registers"][1]
    assert units == {"register": "units", "rows": 44, "added": 44, "changed": 0, "removed": 0}
    assert not any(change["added"] for change in json.loads(second.stdout)["registers"])


def test_one_register_says_what_it_did() -> None:
    result = RUNNER.invoke(app, ["providers", str(SHIPPED / "providers.csv")])

    assert result.exit_code == 0
    assert result.stdout == "providers: 11 rows read, 11 added, 0 changed, 0 removed\n"


def test_medicines_follow_their_companies() -> None:
    too_early = RUNNER.invoke(app, ["medicines", str(SHIPPED / "medicines.csv")])
    companies = RUNNER.invoke(app, ["companies", str(SHIPPED / "companies.csv")])
    medicines = RUNNER.invoke(app, ["medicines", str(SHIPPED / "medicines.csv"), "--json"])

    assert (too_early.exit_code, companies.exit_code, medicines.exit_code) == (1, 0, 0)
    assert "line 2, company: unknown" in too_early.stderr
    [change] = json.loads(medicines.stdout)["registers"]
    assert change["rows"] == change["added"] > 300


def test_refused_extract_is_exit_code_one_with_places_on_stderr(tmp_path: Path) -> None:
    file = tmp_path / "wrong.csv"
    file.write_text("hsa_id,name\nSECRET,name\n", encoding="utf-8")

    plain = RUNNER.invoke(app, ["providers", str(file)])
    as_json = RUNNER.invoke(app, ["providers", str(file), "--json"])

    assert (plain.exit_code, as_json.exit_code) == (1, 1)
    assert plain.stdout == ""
    assert "line 2, hsa_id: wrong_form" in plain.stderr
    assert "SECRET" not in plain.output
    problem = {"line": 2, "column": "hsa_id", "code": "wrong_form"}
    assert json.loads(as_json.stdout) == {"refused": "providers", "problems": [problem]}


def test_folder_that_lacks_an_extract_is_explained(tmp_path: Path) -> None:
    folder = tmp_path / "region"
    shutil.copytree(SHIPPED, folder)
    (folder / "staff.csv").unlink()

    result = RUNNER.invoke(app, ["all", str(folder)])

    assert result.exit_code == 1
    assert "staff.csv" in result.stderr


def test_database_that_is_away_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARENDE_DATABASE_URL", "postgres://nobody@127.0.0.1:1/none")

    result = RUNNER.invoke(app, ["providers", str(SHIPPED / "providers.csv")])

    assert result.exit_code == 1
    assert "The database does not answer" in result.stderr


def test_database_that_was_not_migrated_is_explained(
    monkeypatch: pytest.MonkeyPatch, socket_dir: Path
) -> None:
    monkeypatch.setenv("ARENDE_DATABASE_URL", postgres_dsn(socket_dir, "postgres"))

    result = RUNNER.invoke(app, ["providers", str(SHIPPED / "providers.csv")])

    assert result.exit_code == 1
    assert "arende migrate" in result.stderr


def test_what_is_still_used_is_named(tmp_path: Path) -> None:
    RUNNER.invoke(app, ["all"])
    provider = "SE5560000001-TEST000"
    lines = (SHIPPED / "providers.csv").read_text(encoding="utf-8").splitlines()
    file = tmp_path / "providers.csv"
    file.write_text("\n".join(line for line in lines if provider not in line), encoding="utf-8")

    plain = RUNNER.invoke(app, ["providers", str(file)])
    as_json = RUNNER.invoke(app, ["providers", str(file), "--json"])

    assert (plain.exit_code, as_json.exit_code) == (1, 1)
    assert f"the whole file, hsa_id: still_used {provider}" in plain.stderr
    [problem] = json.loads(as_json.stdout)["problems"]
    assert problem == {"line": 0, "column": "hsa_id", "code": "still_used", "key": provider}
