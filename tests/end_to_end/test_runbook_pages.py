"""The runbook's pages have what a page needs: signs that exist, blocks, and an end that says so."""

import re
from pathlib import Path

import pytest
import yaml

from tests.end_to_end.runbook import OVER, PAGES, page_names, steps_of
from tests.region import ROOT

SECTIONS = ("Signs", "What users notice", "Steps", OVER)
ALERTS = (ROOT / "observability" / "alerts.yml").read_text(encoding="utf-8")
FOLLOWED = re.compile(r'following\(\s*"([a-z-]+)"')
COMPOSE = re.compile(r"^(?:[A-Z_]+=\S+ )*docker compose (.+)$", re.MULTILINE)


def text_of(page: str) -> str:
    return (PAGES / f"{page}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", page_names())
def test_page_tells_signs_users_steps_and_the_end(page: str) -> None:
    headings = re.findall(r"^## (.+)$", text_of(page), re.MULTILINE)

    assert [heading for heading in headings if heading in SECTIONS] == list(SECTIONS)
    assert any(step.is_run for step in steps_of(page) if step.heading == OVER)


@pytest.mark.parametrize("page", page_names())
def test_page_names_alerts_that_exist(page: str) -> None:
    named = set(re.findall(r"\]\(alerts\.md#(\w+)\)", text_of(page)))
    known = {name.lower() for name in re.findall(r"alert: (\w+)", ALERTS)}

    assert named <= known
    assert named or "No alert leads here" in text_of(page)


def test_every_page_is_followed_and_stands_in_the_index() -> None:
    tests = Path(__file__).parent.glob("test_runbook_*.py")
    followed = {page for test in tests for page in FOLLOWED.findall(test.read_text("utf-8"))}
    indexed = re.findall(r"\]\(([a-z-]+)\.md\) \|", text_of("README"))

    assert followed == set(page_names())
    assert sorted(indexed) == page_names()


@pytest.mark.parametrize("page", page_names())
def test_only_a_command_of_its_own_may_end_with_another_code(page: str) -> None:
    failing = [step for step in steps_of(page) if step.exit_codes != {0}]

    assert [step.commands for step in failing if step.commands.count("\n") > 1] == []


def test_every_variable_is_explained_or_set_in_the_block() -> None:
    explained = set(re.findall(r"^\| `([A-Z_]+)` \|", text_of("README"), re.MULTILINE))
    used = {
        name
        for page in page_names()
        for step in steps_of(page)
        if step.is_run
        for name in re.findall(r"\$\{?([A-Z_]+)", step.commands)
    }

    assert {name for name in used if not name.startswith("ARENDE_")} == explained


def test_services_of_compose_exist() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    commands = [
        command
        for page in page_names()
        for step in steps_of(page)
        for command in COMPOSE.findall(step.commands)
    ]
    named = {word for command in commands for word in _services_in(command)}

    assert commands
    assert named <= set(compose["services"])


@pytest.mark.parametrize(
    "path",
    [*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "docker-compose.yml"],
    ids=lambda path: path.name,
)
def test_command_of_compose_is_given_the_settings(path: Path) -> None:
    commands = re.findall(r"docker compose (?=[a-z-])([^\n`]*)", path.read_text(encoding="utf-8"))

    assert [one for one in commands if not one.startswith("--env-file production.env ")] == []


def test_rollback_by_compose_builds_nothing() -> None:
    [back] = [step for step in steps_of("bad-deploy") if "IMAGE_TAG" in step.commands]

    assert re.search(r" up .*--no-build", back.commands)


@pytest.mark.parametrize("page", ["operations/bad-deploy.md", "workers.md"])
def test_time_until_a_failed_task_is_tried_again_is_the_one_compose_sets(page: str) -> None:
    name = "history.workflowTaskRetryMaxInterval"
    set_here = yaml.safe_load((ROOT / "compose" / "temporal-dynamic.yaml").read_text("utf-8"))
    [line] = [
        line for line in (ROOT / "docs" / page).read_text("utf-8").splitlines() if name in line
    ]

    assert set_here[name] == [{"value": "30s"}]
    assert "half a minute" in line


def _services_in(command: str) -> list[str]:
    """Return the words of a compose command after its verb that are neither options nor values."""
    words = re.sub(r"--(?:env-file|tail|scale) \S+", "", command).split()
    return [word for word in words[1:] if not word.startswith("-") and word not in _VERBS]


_VERBS = {"up", "stop", "logs", "run"}
