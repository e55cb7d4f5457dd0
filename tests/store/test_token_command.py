"""`arende token` as a developer meets it: who there is, a token as the last line, local only."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.callers import Caller, CitizenCaller, StaffCaller
from api.issuers import verifier_of
from api.jwks import FixedKeys
from commands.token import app
from runtime.issuer import LocalIssuer
from runtime.settings import load_settings
from tests.region import SHIPPED

RUNNER = CliRunner()
PERSON = "191212121212"


@pytest.fixture(autouse=True)
def developer(region_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Configure a developer who stands in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ARENDE_MODE", "local")
    monkeypatch.setenv("ARENDE_DATABASE_URL", region_url)
    monkeypatch.setenv("ARENDE_REGION_DIR", str(SHIPPED))


def caller_of(output: str) -> Caller:
    settings = load_settings()
    keys = FixedKeys(json.loads(json.dumps(LocalIssuer(settings).jwks())))
    verifier = verifier_of(settings, keys)
    return asyncio.run(verifier.verify(output.splitlines()[-1], datetime.now(UTC)))


def listed(*options: str) -> list[dict[str, str]]:
    result = RUNNER.invoke(app, ["--list", "--json", *options])
    assert result.exit_code == 0, result.output
    people: list[dict[str, str]] = json.loads(result.stdout)
    return people


def test_a_citizen_gets_a_token() -> None:
    result = RUNNER.invoke(app, ["citizen", PERSON])

    caller = caller_of(result.stdout)
    assert isinstance(caller, CitizenCaller)
    assert caller.identity == PERSON


def test_ordinary_staff_need_no_commission() -> None:
    person = next(person for person in listed() if person["kind"] == "staff")

    caller = caller_of(RUNNER.invoke(app, ["staff", person["hsa_id"]]).stdout)

    assert isinstance(caller, StaffCaller)
    assert (caller.hsa_id, caller.commission) == (person["hsa_id"], person["commission"])


def test_staff_with_several_commissions_choose_one() -> None:
    several = [who for who in listed("--special") if "several commissions" in who["why"]]
    hsa_id, commission = several[0]["hsa_id"], several[0]["commission"]

    unsaid = RUNNER.invoke(app, ["staff", hsa_id])
    said = RUNNER.invoke(app, ["staff", hsa_id, "--commission", commission])

    assert (unsaid.exit_code, said.exit_code) == (1, 0)
    assert commission in unsaid.stderr
    caller = caller_of(said.stdout)
    assert isinstance(caller, StaffCaller)
    assert caller.commission == commission


def test_people_are_listed_for_the_eye_too() -> None:
    result = RUNNER.invoke(app, ["--list"])

    assert len(result.stdout.splitlines()) == len(listed())


@pytest.mark.parametrize(
    "arguments",
    [
        ["citizen", "191212121213"],
        ["staff", "SECRET"],
        ["staff", "SE2321000198-P001", "--commission", "SECRET"],
        [],
    ],
)
def test_wrong_usage_is_exit_code_two_and_echoes_nothing(arguments: list[str]) -> None:
    result = RUNNER.invoke(app, arguments)

    assert result.exit_code == 2
    assert "SECRET" not in result.output
    assert "191212121213" not in result.output


def test_nobody_unknown_gets_a_token() -> None:
    assert RUNNER.invoke(app, ["staff", "SE2321000198-NOBODY"]).exit_code == 1


@pytest.mark.parametrize("arguments", [["citizen", PERSON], ["--list"]])
def test_production_makes_no_tokens(monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
    monkeypatch.setenv("ARENDE_MODE", "production")

    result = RUNNER.invoke(app, arguments)

    assert (result.exit_code, result.stdout) == (2, "")


def test_a_database_that_is_away_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARENDE_DATABASE_URL", "postgres://127.0.0.1:1/none")

    result = RUNNER.invoke(app, ["--list"])

    assert result.exit_code == 1
    assert "does not answer" in result.stderr


def test_staff_who_are_citizens_too_are_special() -> None:
    special = {who["hsa_id"]: who["why"] for who in listed("--special") if who["kind"] == "staff"}

    assert "kept from their own" in special["SE5560000000-TEST104"]
    assert "SE5560000000-TEST104" not in {who.get("hsa_id") for who in listed()}
    assert len([why for why in special.values() if "kept from their own" in why]) >= 10
