"""docker-compose.yml is the production topology: whole, pinned, hardened, and fit for our code."""

import re
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import typer
import yaml
from starlette.routing import Route
from temporalio.envconfig import ClientConfig
from typer.core import TyperGroup

from api.app import bare_app
from api.codec_server.routes import routes_for
from api.edge_server import _GRACEFUL_SECONDS
from cli import app
from runtime.installation_passwords import InstallationPasswords
from runtime.postgres import _binaries
from runtime.settings import Settings, WrongSettingsError, load_settings
from runtime.temporal_server import SEARCH_ATTRIBUTES, find_temporal_command
from runtime.worker_health import WorkerHealth
from tests.region import ROOT
from tests.unit.compose_file import (
    PATH,
    Compose,
    MissingValueError,
    Service,
    environment_of,
    load_compose,
    variables_in,
)
from tests.unit.env_example import compose_values
from worker import GRACE

COMPOSE = load_compose()
SERVICES = COMPOSE.services
OURS = {name: service for name, service in SERVICES.items() if service.is_ours}
WHOLE = ("api", "worker", "import", "doctor", "codec-server")
"""Our services that read all settings; the others need the database's address at most."""

EXAMPLE_FILE = (ROOT / ".env.example").read_text("utf-8")
_TAG = re.compile(r"[a-z0-9./-]+:v?\d+\.\d+(\.\d+)?(-[a-z0-9.]+)?")
_URL = re.compile(r"http://127\.0\.0\.1:(\d+)(/[\w/-]*)")
_LOOPBACK_PORT = re.compile(r"127\.0\.0\.1:(\d+):\d+")

every_service = pytest.mark.parametrize("name", SERVICES)
every_service_of_ours = pytest.mark.parametrize("name", OURS)


def test_topology_is_the_one_that_is_documented() -> None:
    always = {name for name, service in SERVICES.items() if not service.profiles}

    assert always == {
        *("postgres", "temporal-schema", "temporal", "temporal-namespace", "temporal-ui"),
        *("migrate", "import", "api", "worker"),
    }
    by_profile = {name: service.profiles for name, service in SERVICES.items() if service.profiles}
    assert by_profile == {
        "doctor": ["doctor"],
        "codec-server": ["codec"],
        "mail-certificate": ["demo"],
        "mailpit": ["demo"],
        "prometheus": ["observability"],
        "alertmanager": ["observability"],
        "grafana": ["observability"],
    }
    assert SERVICES["worker"].deploy.replicas == 2


@every_service
def test_image_is_pinned_or_built_here(name: str) -> None:
    service = SERVICES[name]

    assert service.is_ours or _TAG.fullmatch(service.image)


@every_service
def test_service_is_watched_or_ends(name: str) -> None:
    service = SERVICES[name]
    check = service.healthcheck

    if service.ends:
        assert service.restart in {"on-failure:3", "no"}
        assert check is None or check.disable
        assert check is not None or not service.is_ours  # ours inherit one from the image
    else:
        assert check is not None
        assert check.test[0] == "CMD"
        assert check.interval
        assert check.timeout
        assert check.timeout < check.interval


@every_service
def test_service_waits_for_what_can_be_waited_for(name: str) -> None:
    for target, dependency in SERVICES[name].depends_on.items():
        awaited = SERVICES[target]
        ends = dependency.condition == "service_completed_successfully"
        assert awaited.ends == ends, target
        assert set(awaited.profiles) <= set(SERVICES[name].profiles), target


def test_nothing_waits_for_itself() -> None:
    waiting, settled = dict(SERVICES), set[str]()
    while waiting:
        ready = {name for name, one in waiting.items() if one.depends_on.keys() <= settled}
        assert ready, sorted(waiting)
        settled |= ready
        waiting = {name: one for name, one in waiting.items() if name not in ready}


@every_service
def test_container_can_do_no_more_than_it_must(name: str) -> None:
    service = SERVICES[name]

    user = service.user.partition(":")[0]
    assert user.isdigit()
    assert int(user) > 0
    assert service.cap_drop == ["ALL"]
    assert service.security_opt == ["no-new-privileges:true"]
    assert service.read_only or name == "temporal-ui"
    assert service.logging.options["max-size"]


def test_ports_are_for_this_machine_only_and_differ() -> None:
    published = [port for service in SERVICES.values() for port in service.ports]
    found = [_LOOPBACK_PORT.fullmatch(port) for port in published]

    assert all(found)
    assert len({port[1] for port in found if port}) == len(published)
    assert SERVICES["postgres"].networks == SERVICES["temporal"].networks == ["inside"]
    assert COMPOSE.networks["inside"].internal
    for name, service in SERVICES.items():
        assert not service.ports or {"outside", "front"} & set(service.networks), name


def test_networks_and_volumes_are_declared_and_used() -> None:
    networks = {network for service in SERVICES.values() for network in service.networks}
    sources = [volume.partition(":")[0] for one in SERVICES.values() for volume in one.volumes]

    assert networks == COMPOSE.networks.keys()
    named = {source for source in sources if not source.startswith((".", "$"))}
    assert named == COMPOSE.volumes.keys()


def mounted_files() -> Iterator[Path]:
    for service in SERVICES.values():
        for volume in service.volumes:
            if volume.startswith("./"):
                yield ROOT / volume.partition(":")[0]


@pytest.mark.parametrize("path", sorted(set(mounted_files())), ids=lambda path: path.name)
def test_mounted_file_is_there(path: Path) -> None:
    assert path.exists()


@every_service
def test_files_of_ours_are_mounted_for_reading_only(name: str) -> None:
    writable = [volume for volume in SERVICES[name].volumes if not volume.endswith(":ro")]

    assert not any(volume.startswith((".", "$")) for volume in writable)


@every_service
def test_ending_gets_the_time_it_needs(name: str) -> None:
    graces = {
        "worker": GRACE + timedelta(seconds=10),
        "api": timedelta(seconds=_GRACEFUL_SECONDS + 5),
    }

    assert SERVICES[name].stop_grace_period >= graces.get(name, timedelta())


@every_service_of_ours
def test_every_variable_is_a_setting_or_temporals(name: str) -> None:
    settings = {f"ARENDE_{field.upper()}" for field in Settings.model_fields}
    settings |= {str(field.validation_alias) for field in Settings.model_fields.values()}
    if name == "doctor":
        settings |= {field.upper() for field in InstallationPasswords.model_fields}

    assert OURS[name].environment.keys() - settings <= {"TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE"}


def test_temporals_own_configuration_reads_its_variables() -> None:
    said = environment_of(SERVICES["worker"], compose_values())

    config = ClientConfig.load_client_connect_config(
        disable_file=True,
        override_env_vars={key: value for key, value in said.items() if key.startswith("TEMPORAL")},
    )

    assert config["target_host"] == "temporal:7233"
    assert config["namespace"] == SERVICES["temporal-namespace"].environment["TEMPORAL_NAMESPACE"]


@pytest.mark.parametrize("name", WHOLE)
def test_production_settings_are_complete(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = settings_of(SERVICES[name], compose_values(), monkeypatch, tmp_path)

    assert settings.mode == "production"
    assert settings.smtp_port == 1025


@pytest.mark.parametrize(
    "variable",
    [name for name in compose_values() if name not in {"ARENDE_SMTP_PORT", "ARENDE_SMTP_CA_FILE"}],
)
def test_value_that_is_not_given_stops_compose(variable: str) -> None:
    given = {name: value for name, value in compose_values().items() if name != variable}

    with pytest.raises(MissingValueError, match=variable):
        [environment_of(service, given) for service in SERVICES.values()]


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        pytest.param("ARENDE_SMTP_SECURITY", "none", id="mail in clear"),
        pytest.param("ARENDE_WEBHOOK_URL", "http://app.region.example", id="webhook in clear"),
        pytest.param("ARENDE_PAYLOAD_KEYS", "{}", id="no key"),
    ],
)
def test_value_of_the_env_file_reaches_the_worker(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(WrongSettingsError, match=variable):
        settings_of(SERVICES["worker"], compose_values() | {variable: value}, monkeypatch, tmp_path)


def settings_of(
    service: Service, given: dict[str, str], monkeypatch: pytest.MonkeyPatch, folder: Path
) -> Settings:
    """Load the settings as a container of *service* would, which sees nothing else."""
    monkeypatch.chdir(folder)
    for field in Settings.model_fields:
        monkeypatch.delenv(f"ARENDE_{field.upper()}", raising=False)
    for name, value in environment_of(service, given).items():
        monkeypatch.setenv(name, value)
    return load_settings()


def test_env_example_names_what_compose_asks_for_and_nothing_unused() -> None:
    text = PATH.read_text("utf-8")
    passed = {
        name
        for one in SERVICES.values()
        for name, value in one.environment.items()
        if value is None
    }
    asked = variables_in(text) | passed

    named = set(re.findall(r"^#?([A-Z_]+)=", EXAMPLE_FILE, re.MULTILINE))
    assert asked <= named
    assert compose_values().keys() <= asked


def test_no_secret_stands_in_the_compose_file() -> None:
    secret = re.compile(r"PASSWORD|SECRET|KEYS$|PWD")
    for name, service in SERVICES.items():
        for variable, value in service.environment.items():
            if value is not None and secret.search(variable):
                assert re.fullmatch(r"\$\{[A-Z_]+:\?[^}]*\}", value), f"{name} {variable}"


@every_service_of_ours
def test_command_exists(name: str) -> None:
    if OURS[name].entrypoint:
        return
    command = typer.main.get_command(app)
    for word in OURS[name].command:
        if isinstance(command, TyperGroup):
            command = command.commands[word]
    assert not isinstance(command, TyperGroup)


@pytest.mark.parametrize("name", ["api", "worker", "codec-server"])
def test_health_is_asked_where_it_is_told(name: str) -> None:
    service = SERVICES[name]
    assert service.healthcheck is not None
    [(port, path)] = _URL.findall(" ".join(service.healthcheck.test))
    variable = {
        "api": "ARENDE_HTTP_PORT",
        "worker": "ARENDE_WORKER_HEALTH_PORT",
        "codec-server": "ARENDE_CODEC_PORT",
    }[name]

    assert service.environment[variable] == port
    assert path in health_paths(name)
    compile(service.healthcheck.test[-1], "healthcheck", "exec")


def health_paths(name: str) -> set[str]:
    if name == "api":
        return set(bare_app().openapi()["paths"])
    if name == "worker":
        routes = WorkerHealth.__new__(WorkerHealth).app().routes
    else:
        routes = list(routes_for("http://127.0.0.1"))
    return {route.path for route in routes if isinstance(route, Route)}


def test_prometheus_finds_the_metrics_once_and_where_they_are() -> None:
    said = yaml.safe_load((ROOT / "observability" / "prometheus.yml").read_text("utf-8"))
    watching = set(SERVICES["prometheus"].networks)

    targets = [target for job in said["scrape_configs"] for target in job["dns_sd_configs"]]
    assert len(targets) == 4
    for target in targets:
        [name] = target["names"]
        ports = {
            value
            for variable, value in SERVICES[name].environment.items()
            if variable.endswith("METRICS_PORT")
        }
        assert str(target["port"]) in ports
        assert len(watching & set(SERVICES[name].networks)) == 1
    assert f"http://prometheus:{SERVICES['prometheus'].ports[0].rpartition(':')[2]}" in (
        ROOT / "observability/grafana/provisioning/datasources/prometheus.yml"
    ).read_text("utf-8")


def test_prometheus_tells_alertmanager_and_both_severities_are_routed() -> None:
    folder = ROOT / "observability"
    said = yaml.safe_load((folder / "prometheus.yml").read_text("utf-8"))
    told = yaml.safe_load((folder / "alertmanager.yml").read_text("utf-8"))
    service = SERVICES["alertmanager"]

    [alertmanager] = said["alerting"]["alertmanagers"]
    assert alertmanager["static_configs"] == [
        {"targets": [f"alertmanager:{service.ports[0].rpartition(':')[2]}"]}
    ]
    assert len(set(SERVICES["prometheus"].networks) & set(service.networks)) == 1
    assert "inside" not in service.networks
    route, receivers = told["route"], {one["name"] for one in told["receivers"]}
    [page] = route["routes"]
    assert page["matchers"] == ['severity="page"']
    assert {route["receiver"], page["receiver"]} == receivers == {"page", "ticket"}


@pytest.mark.parametrize("name", WHOLE)
def test_commands_of_the_runbook_know_the_deployment_in_any_container(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    build = {"ARENDE_WORKER_DEPLOYMENT": "arende", "ARENDE_WORKER_BUILD_ID": "2026-11-1"}

    settings = settings_of(SERVICES[name], compose_values() | build, monkeypatch, tmp_path)

    assert (settings.worker_deployment, settings.worker_build_id) == ("arende", "2026-11-1")


def test_namespace_script_makes_our_search_attributes() -> None:
    script = (ROOT / "compose" / "temporal-namespace.sh").read_text("utf-8")

    made = dict(re.findall(r"^attribute (\w+) (\w+)$", script, re.MULTILINE))
    assert made == SEARCH_ATTRIBUTES
    assert "retention=30d" in script


def test_servers_are_those_the_tests_run_against() -> None:
    postgres = _version_of(_binaries() / "postgres", r"\(PostgreSQL\) (\S+)")
    temporal = _version_of(find_temporal_command(None), r"Server ([\d.]+), UI ([\d.]+)")

    assert SERVICES["postgres"].image == f"postgres:{postgres[0]}"
    assert SERVICES["temporal"].image == f"temporalio/server:{temporal[0]}"
    assert SERVICES["temporal-schema"].image == f"temporalio/admin-tools:{temporal[0]}"
    assert SERVICES["temporal-namespace"].image == f"temporalio/admin-tools:{temporal[0]}"
    assert SERVICES["temporal-ui"].image == f"temporalio/ui:{temporal[1]}"


def _version_of(program: Path, pattern: str) -> tuple[str, ...]:
    said = subprocess.run(  # noqa: S603 - our own tools
        [str(program), "--version"], check=True, capture_output=True, text=True, timeout=30
    )
    found = re.search(pattern, said.stdout)
    assert found
    return found.groups()


def test_header_says_what_is_for_trying_out_only() -> None:
    header = PATH.read_text("utf-8").partition("\nname:")[0]

    assert all(line.startswith("#") for line in header.splitlines() if line)
    for word in ("TRYING OUT ONLY", "example", "not encrypted", "127.0.0.1", "docs/deploy.md"):
        assert word in header


def test_part_of_compose_that_is_not_checked_is_refused() -> None:
    said = COMPOSE.model_dump(mode="json") | {"secrets": {}}

    with pytest.raises(ValueError, match="secrets"):
        Compose.model_validate(said)
