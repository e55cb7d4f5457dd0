"""Settings: what is given wins, what is missing is named, no value is ever shown."""

import base64
import json
import stat
from pathlib import Path

import pytest

from runtime.keys import local_secrets
from runtime.settings import (
    Settings,
    WrongSettingsError,
    load_database_settings,
    load_settings,
)

KEY = base64.b64encode(b"k" * 32).decode()
OTHER_KEY = base64.b64encode(b"o" * 32).decode()
PRODUCTION = {
    "ARENDE_MODE": "production",
    "ARENDE_DATABASE_URL": "postgres://arende:hemligt@db/arende",
    "ARENDE_CASE_ID_SECRET": "s" * 32,
    "ARENDE_PAYLOAD_KEYS": json.dumps({"b": KEY, "a": OTHER_KEY}),
    "ARENDE_OIDC_ISSUER": "https://idp.example",
    "ARENDE_OIDC_AUDIENCE": "arende",
    "ARENDE_OIDC_JWKS_URL": "https://idp.example/jwks",
    "ARENDE_SMTP_HOST": "mail.example",
    "ARENDE_SMTP_SENDER": "no-reply@region.example",
    "ARENDE_WEBHOOK_URL": "https://app.example/news",
    "ARENDE_WEBHOOK_SECRETS": f"whsec_{KEY}",
}


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Start each test in an empty folder without any variable of ours."""
    monkeypatch.chdir(tmp_path)
    for name in [*Settings.model_fields, *PRODUCTION]:
        monkeypatch.delenv(f"ARENDE_{name.removeprefix('ARENDE_').upper()}", raising=False)


def give(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


def test_production_reads_its_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch, PRODUCTION)

    settings = load_settings()

    assert settings.mode == "production"
    assert list(settings.payload_key_ring()) == ["b", "a"]
    assert settings.payload_key_ring()["b"] == b"k" * 32
    assert settings.local_temporal_address is None


@pytest.mark.parametrize("missing", [name for name in PRODUCTION if name != "ARENDE_MODE"])
def test_missing_variable_is_named(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    give(monkeypatch, {name: value for name, value in PRODUCTION.items() if name != missing})

    with pytest.raises(WrongSettingsError, match=missing):
        load_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("ARENDE_MODE", "hemligt", id="unknown mode"),
        pytest.param("ARENDE_HTTP_PORT", "hemligt", id="port is no number"),
        pytest.param("ARENDE_CASE_ID_SECRET", "hemligt", id="short secret"),
        pytest.param("ARENDE_DATABASE_URL", "hemligt", id="no address"),
        pytest.param("ARENDE_PAYLOAD_KEYS", "hemligt", id="no JSON"),
        pytest.param("ARENDE_PAYLOAD_KEYS", '["hemligt"]', id="no object"),
        pytest.param("ARENDE_PAYLOAD_KEYS", "{}", id="no key"),
        pytest.param("ARENDE_PAYLOAD_KEYS", '{"hemligt": "hemligt"}', id="short key"),
        pytest.param("ARENDE_PAYLOAD_KEYS", f'{{"hemligt!": "{KEY}"}}', id="odd name"),
        pytest.param("ARENDE_LOCAL_ISSUER_KEY", "hemligt", id="local issuer in production"),
    ],
)
def test_wrong_value_is_named_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    give(monkeypatch, PRODUCTION | {name: value})

    with pytest.raises(WrongSettingsError, match=name) as caught:
        load_settings()

    assert "hemligt" not in str(caught.value)


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch, PRODUCTION)

    shown = repr(load_settings())

    assert "hemligt" not in shown
    assert KEY not in shown
    assert PRODUCTION["ARENDE_CASE_ID_SECRET"] not in shown


def test_migrating_needs_the_database_only(monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch, {"ARENDE_DATABASE_URL": "postgres://db/arende"})

    assert load_database_settings().database_url == "postgres://db/arende"


def test_local_mode_makes_its_secrets_once() -> None:
    first, second = load_settings("local"), load_settings("local")

    assert first == second
    assert first.local_issuer_key is not None
    assert first.database_url.startswith("postgres://postgres@/arende?host=")
    assert first.local_temporal_address == "127.0.0.1:7233"


def test_given_variable_wins_over_a_local_default(monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch, {"ARENDE_MODE": "local", "ARENDE_OIDC_ISSUER": "https://idp.example"})

    assert load_settings().oidc_issuer == "https://idp.example"


def test_local_secrets_are_for_their_owner_only(tmp_path: Path) -> None:
    local_secrets(tmp_path)

    folder = tmp_path / "keys"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}


def test_stack_started_here_tells_its_mode_and_ports(tmp_path: Path) -> None:
    note_stack(tmp_path)

    settings = load_settings()

    assert (settings.mode, settings.http_port) == ("local", 9090)


def test_variables_of_production_silence_a_stack_started_here(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    note_stack(tmp_path)
    give(monkeypatch, {"ARENDE_DATABASE_URL": "postgres://db/arende"})

    assert load_database_settings().mode == "production"


def note_stack(folder: Path) -> None:
    (folder / ".arende").mkdir()
    (folder / ".arende" / "stack.env").write_text(
        "ARENDE_MODE=local\nARENDE_HTTP_PORT=9090\n", encoding="utf-8"
    )
