"""docs/add-a-service.md is followed to the letter on a copy of the tree, and the service works."""

import asyncio
import json
import os
import re
import shutil
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.end_to_end.conftest import migrated_database
from tests.region import ROOT

PAGE = ROOT / "docs" / "add-a-service.md"
STEP = re.compile(r"<!-- (new|append|edit): (\S+) -->\n```\w+\n(.*?)```\n", re.DOTALL)
LEFT_OUT = shutil.ignore_patterns("__pycache__")
OURS = (
    *(".ci", "activities", "api", "bench", "commands", "compose", "docs", "domain", "load"),
    *("migrations", "observability", "runtime", "store", "tests", "tools", "workflows"),
)
CONCERNED = (
    "catalogue",
    "conventions",
    "docs",
    "duplicates",
    "load",
    "notice_texts",
    "region_profile",
    "retention",
    "routing",
    "stable_names",
    "synthetic_region",
)
"""The unit tests beside those of forms that a new form or service could break."""
PROFILES = {"region": "PV/administrator/bokning", "region-example": "VC/skoterska/kontakt"}

module_loop = pytest.mark.asyncio(loop_scope="module")


class Ended(NamedTuple):
    code: int
    said: str


def follow(tree: Path) -> None:
    """Do in *tree* what the page says, step by step."""
    for action, name, block in STEP.findall(PAGE.read_text(encoding="utf-8")):
        path = tree / name
        before = path.read_text(encoding="utf-8") if action != "new" else ""
        after = edited(before, block) if action == "edit" else before + block
        path.write_text(after, encoding="utf-8")


def edited(text: str, change: str) -> str:
    """Put the lines with a plus above the one line that they stand above in *change*."""
    lines = text.splitlines()
    added = [line[1:] for line in change.splitlines() if line.startswith("+")]
    [anchor] = [line[1:] for line in change.splitlines() if not line.startswith("+")]
    place = lines.index(anchor)
    return "\n".join([*lines[:place], *added, *lines[place:]]) + "\n"


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of all that is ours, with the page followed."""
    folder = tmp_path_factory.mktemp("tree")
    for name in (*OURS, *PROFILES):
        shutil.copytree(ROOT / name, folder / name, ignore=LEFT_OUT)
    for path in ROOT.iterdir():
        if path.is_file():
            shutil.copy(path, folder)
    follow(folder)
    return folder


async def run(tree: Path, *arguments: str) -> Ended:
    """Run Python in *tree*, whose modules then come before the installed ones."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        *arguments,
        cwd=tree,
        env={"PATH": os.defpath},
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    return Ended(process.returncode or 0, said.decode())


@module_loop
@pytest.mark.parametrize("profile", PROFILES)
async def test_doctor_finds_no_error(tree: Path, profile: str) -> None:
    ended = await run(tree, "cli", "doctor", "--profile", profile, "--json")

    assert ended.code == 0
    assert not any("kontakt" in one["text"] for one in json.loads(ended.said)["findings"])


@module_loop
async def test_the_unit_tests_it_concerns_take_the_new_one_in(tree: Path) -> None:
    units = tree / "tests" / "unit"
    files = [*units.glob("test_forms_*.py"), *(units / f"test_{name}.py" for name in CONCERNED)]

    ended = await run(tree, "pytest", "-v", "-p", "no:cacheprovider", *map(str, files))

    assert ended.code == 0, ended.said
    assert "test_every_variant_has_two_examples[contact_me] PASSED" in ended.said
    assert "keys_say_no_word[contact_me] PASSED" in ended.said


@module_loop
@pytest.mark.parametrize("profile", PROFILES)
async def test_submitted_example_reaches_the_role(
    tree: Path, socket_dir: Path, temporal_port: int, profile: str
) -> None:
    url = await migrated_database(socket_dir, f"add-a-service-{profile}")

    ended = await run(
        tree,
        "tests.end_to_end.submit_one",
        profile,
        str(tree / "data" / profile),
        url,
        str(temporal_port),
        "contact_me",
    )

    assert ended.code == 0
    told: dict[str, Any] = json.loads(ended.said.splitlines()[-1])
    assert told["tree"] == str(tree)
    assert "contact_me" in told["services"]
    case = told["case"]
    assert (case["service"], case["state"]) == ("contact_me", "queued")
    assert case["handled_by"]["role"]["code"] == PROFILES[profile]
    assert case["case_id"] in told["inbox"]


def test_page_leaves_the_rest_of_the_tree_alone() -> None:
    touched = {name for _, name, _ in STEP.findall(PAGE.read_text(encoding="utf-8"))}

    assert {name for name in touched if name.endswith(".py")} == {
        "domain/forms/contact_me.py",
        "domain/forms/registry.py",
    }
    assert {name.partition("/")[0] for name in touched} == {"domain", *PROFILES}
