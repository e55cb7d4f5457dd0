"""The threat model keeps its word: each threat is met, and each test it names is there."""

import ast
import re

import pytest

from tests.region import ROOT

PAGE = (ROOT / "docs" / "threat-model.md").read_text("utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if re.match(r"\| \d+ \|", line)
]
NAMED = sorted(set(re.findall(r"`(tests/[^`]+)`", PAGE)))
LEAST = 23


def named_in(file: str) -> set[str]:
    """Return the names of the tests at the top of *file*; none when it is not there."""
    path = ROOT / file
    tree = ast.parse(path.read_text("utf-8")) if path.is_file() else ast.Module([], [])
    return {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if node.name.startswith("test_")
    }


def test_threats_are_numbered_without_a_gap() -> None:
    assert [int(row[0]) for row in ROWS] == list(range(1, len(ROWS) + 1))
    assert len(ROWS) >= LEAST


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_each_threat_is_met_and_shown_or_left_to_operations(row: list[str]) -> None:
    _, threat, mitigation, shown = row
    assert threat
    assert mitigation
    assert "::" in shown or mitigation.startswith("operational:")


@pytest.mark.parametrize("name", NAMED)
def test_what_the_page_names_is_there(name: str) -> None:
    file, _, test = name.partition("::")
    assert (ROOT / file).is_file()
    assert not test or test in named_in(file)


def test_a_name_that_is_not_there_is_seen() -> None:
    assert "test_nowhere" not in named_in("tests/unit/test_threat_model.py")
    assert named_in("tests/unit/test_nowhere.py") == set()
