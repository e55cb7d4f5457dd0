"""`arende doctor` on what needs no server: which part is looked at, secrets, years, versions."""

import base64
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from cli import app
from commands.checkup.findings import Severity
from commands.checkup.installation.channels import check_channels
from commands.checkup.installation.clock import apart
from commands.checkup.installation.database import check_state
from commands.checkup.installation.faults import Fault, Part
from commands.checkup.installation.keys import check_keys
from commands.checkup.installation.years import check_years
from runtime.data_folder import claimed
from runtime.installation_passwords import InstallationPasswords
from runtime.settings import Settings, load_settings
from store.server_state import ServerState
from tests.region import ROOT, SHIPPED
from tests.unit.compose_file import environment_of, load_compose
from tests.unit.env_example import compose_values

RUNNER = CliRunner()
AT = datetime(2026, 11, 23, 8, tzinfo=UTC)
GOOD_KEY = base64.b64encode(bytes(range(32))).decode()
GIVEN = {
    "ARENDE_CASE_ID_SECRET": "7d1b0f7b1a6c4d2e9f3a5b8c0d4e6f71",
    "ARENDE_PAYLOAD_KEYS": json.dumps({"2026-11": GOOD_KEY}),
    "ARENDE_DATABASE_URL": "postgres://arende:9f3a5b8c@db/arende",
    "ARENDE_OIDC_ISSUER": "https://id.region.test",
    "ARENDE_OIDC_AUDIENCE": "arende",
    "ARENDE_OIDC_JWKS_URL": "https://id.region.test/jwks",
    "ARENDE_SMTP_HOST": "mail.region.test",
    "ARENDE_SMTP_SENDER": "no-reply@region.test",
    "ARENDE_WEBHOOK_URL": "https://app.region.test/news",
    "ARENDE_WEBHOOK_SECRETS": f"whsec_{GOOD_KEY}",
}


@pytest.fixture(autouse=True)
def empty_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Start each test in a folder with a profile only, without any variable of ours."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "region").symlink_to(SHIPPED)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"ARENDE_{name.upper()}", raising=False)
    for name in InstallationPasswords.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def give(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> Settings:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return load_settings()


async def test_secrets_made_by_chance_are_right(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await check_keys(give(monkeypatch, GIVEN), InstallationPasswords()) == []


async def test_every_secret_of_the_example_file_is_called_an_example(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    example = compose_values()
    settings = give(monkeypatch, environment_of(load_compose().services["doctor"], example))

    faults = await check_keys(settings, InstallationPasswords())

    assert {fault.severity for fault in faults} == {Severity.ERROR}
    called = {name for fault in faults for name in re.findall(r"[A-Z]+(?:_[A-Z]+)+", fault.text)}
    secrets = {name for name in example if re.search(r"PASSWORD|SECRET|KEYS$", name)}
    # Compose makes the address from the password of the service's login.
    assert called == secrets - {"SERVICE_DATABASE_PASSWORD"} | {"ARENDE_DATABASE_URL"}


def test_no_other_service_of_ours_is_given_what_only_the_doctor_looks_at() -> None:
    passwords = {name.upper() for name in InstallationPasswords.model_fields}
    services = load_compose().services

    given = {name for name, one in services.items() if passwords & one.environment.keys()}
    assert given == {"postgres", "doctor"}
    assert passwords <= services["doctor"].environment.keys()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        pytest.param("ARENDE_CASE_ID_SECRET", "s" * 32, id="one sign"),
        pytest.param(
            "ARENDE_PAYLOAD_KEYS",
            json.dumps({"a": base64.b64encode(bytes(32)).decode()}),
            id="zeros",
        ),
        pytest.param("ARENDE_DATABASE_URL", "postgres://arende:arende@db/arende", id="user's name"),
        pytest.param("GRAFANA_PASSWORD", "admin", id="the login's name"),
        pytest.param("POSTGRES_PASSWORD", "myExampleNo1", id="an example"),
    ],
)
async def test_made_up_secret_is_found_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    settings = give(monkeypatch, GIVEN | {variable: value})

    [fault] = await check_keys(settings, InstallationPasswords())

    assert variable in fault.text
    assert value not in fault.text + fault.remedy


async def test_old_key_behind_the_first_may_be_any(monkeypatch: pytest.MonkeyPatch) -> None:
    ring = {"2026-11": GOOD_KEY, "old": base64.b64encode(bytes(32)).decode()}

    settings = give(monkeypatch, GIVEN | {"ARENDE_PAYLOAD_KEYS": json.dumps(ring)})

    assert await check_keys(settings, InstallationPasswords()) == []


async def test_secrets_of_a_local_stack_are_its_own() -> None:
    made_up = InstallationPasswords(grafana_password=SecretStr("admin"))

    assert await check_keys(load_settings("local"), made_up) == []


async def test_local_stack_may_send_nothing_but_not_unencrypted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert await check_channels(load_settings("local")) == []

    monkeypatch.setenv("ARENDE_WEBHOOK_URL", "http://127.0.0.1:9/news")
    monkeypatch.setenv("ARENDE_WEBHOOK_SECRETS", f"whsec_{GOOD_KEY}")

    [fault] = await check_channels(load_settings("local"))
    assert (fault.part, fault.severity) == (Part.WEBHOOK, Severity.WARNING)


@pytest.mark.parametrize(
    ("version", "zone", "parts"),
    [
        pytest.param(180006, "UTC", [], id="as it should be"),
        pytest.param(150000, "Etc/UTC", [], id="the oldest"),
        pytest.param(140019, "UTC", [Severity.ERROR], id="too old"),
        pytest.param(180006, "Europe/Stockholm", [Severity.WARNING], id="another zone"),
    ],
)
def test_server_is_judged_by_what_it_says(version: int, zone: str, parts: list[Severity]) -> None:
    faults = check_state(ServerState(version, zone, AT))

    assert [fault.severity for fault in faults] == parts


@pytest.mark.parametrize(
    ("theirs", "difference"),
    [
        pytest.param(0.5, 0, id="between the readings"),
        pytest.param(-3, 3, id="we are ahead"),
        pytest.param(4, -3, id="we are behind"),
    ],
)
def test_clocks_differ_by_no_more_than_is_certain(theirs: float, difference: float) -> None:
    after = AT + timedelta(seconds=1)

    assert apart(AT, AT + timedelta(seconds=theirs), after) == timedelta(seconds=difference)


def calendar_to(year: int, folder: Path) -> Path:
    text = (SHIPPED / "calendar.toml").read_text("utf-8")
    shortened = text.replace("last_year = 2062", f"last_year = {year}")
    assert shortened != text
    (folder / "calendar.toml").write_text(shortened, "utf-8")
    return folder / "calendar.toml"


@pytest.mark.parametrize(
    ("now", "severity"),
    [
        pytest.param(datetime(2026, 8, 31, 12, tzinfo=UTC), [], id="time is left"),
        pytest.param(datetime(2026, 8, 31, 22, tzinfo=UTC), [Severity.WARNING], id="September"),
        pytest.param(datetime(2027, 1, 1, tzinfo=UTC), [Severity.ERROR], id="too late"),
    ],
)
def test_calendar_must_reach_two_years_ahead_and_three_from_september_on(
    tmp_path: Path, now: datetime, severity: list[Severity]
) -> None:
    faults = list(check_years(calendar_to(2028, tmp_path), now))

    assert [fault.severity for fault in faults] == severity
    assert {fault.part for fault in faults} <= {Part.CALENDAR}


def test_calendar_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    [fault] = check_years(tmp_path / "calendar.toml", AT)

    assert (fault.part, fault.severity) == (Part.CALENDAR, Severity.ERROR)


@pytest.mark.parametrize("part", Part)
def test_every_part_is_explained(part: Part) -> None:
    page = (ROOT / "docs" / "deploy.md").read_text("utf-8")
    first_cells = re.findall(r"^\| ([^|]+) \|", page, re.MULTILINE)

    assert any(f"`{part.value}`" in cell for cell in first_cells)


def doctor(*options: str) -> tuple[int, str]:
    ran = RUNNER.invoke(app, ["doctor", *options])
    return ran.exit_code, ran.stdout


def test_nothing_but_the_profile_without_settings() -> None:
    code, said = doctor("--json")

    assert code == 0
    assert json.loads(said)["installation"] is None


def test_installation_without_settings_is_an_error() -> None:
    code, said = doctor("--installation")

    assert code == 1
    assert said.startswith("settings: error: ")
    assert "ARENDE_DATABASE_URL: is required" in said


def test_half_of_the_settings_is_an_error_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ARENDE_REGION_DIR", str(SHIPPED))
    monkeypatch.setenv("ARENDE_DATABASE_URL", "postgres://db/arende")

    code, said = doctor("--json")

    told = json.loads(said)
    assert (code, told["profile"]) == (1, str(SHIPPED))
    [fault] = [Fault.model_validate(one) for one in told["installation"]]
    assert fault.part is Part.SETTINGS
    assert "ARENDE_CASE_ID_SECRET: is required" in fault.text


def test_named_profile_is_looked_at_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARENDE_DATABASE_URL", "postgres://db/arende")

    code, said = doctor("--profile", str(SHIPPED), "--json")

    assert code == 0
    assert json.loads(said)["installation"] is None


def test_local_stack_is_looked_at_while_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
    with claimed(load_settings("local")):
        code, said = doctor("--json")
        parts = {fault["part"] for fault in json.loads(said)["installation"]}

    assert (code, parts) == (1, {"postgresql", "temporal"})
    assert json.loads(doctor("--json")[1])["installation"] is None
