"""How we write, where no linter can say it: sizes, first lines, excuses, paths and settings."""

import ast
import re
import tomllib
from pathlib import Path

from runtime.settings import Settings
from tests.unit.source_files import ROOT, comments, functions, modules, named, text_files

_LONGEST_FILE = 250
_LONGEST_FUNCTION = 45
_LONGEST_FIRST_LINE = 100
_EXCUSE = re.compile(r"#\s*noqa|#\s*type:\s*ignore")
_REASONED = re.compile(
    r"# noqa: [A-Z]+\d+(, [A-Z]+\d+)* - \S"
    r"|# type: ignore\[import-untyped\]$"  # says by itself that the library lacks types
    r"|# type: ignore\[[a-z-]+\]  # \S"
)
_TERM = re.compile(r"\*[^*\n]+\*")
_SWEDISH = re.compile("[\u00e5\u00e4\u00f6\u00c5\u00c4\u00d6]")
_VARIABLE = re.compile(r"\bARENDE_([A-Z][A-Z_]*[A-Z])\b")
_MACHINE_PATH = re.compile(r"(?<![\w.~}])/(?:root|home/\w+|Users/\w+|work)/")
_RUN_APART = {"tests/browser", "tests/smoke"}


def test_files_and_functions_are_short() -> None:
    long_files = [
        named(module)
        for module in modules()
        if len(module.read_text(encoding="utf-8").splitlines()) > _LONGEST_FILE
    ]
    long_functions = [
        f"{named(module)} {name}"
        for module in modules()
        for name, length in functions(module)
        if length > _LONGEST_FUNCTION
    ]
    assert long_files + long_functions == []


def test_every_module_says_its_reason_in_its_first_line() -> None:
    silent = [named(module) for module in modules(tests=True) if not _says_its_reason(module)]
    assert silent == []


def test_every_excuse_has_a_code_and_a_reason() -> None:
    unexcused = [
        named(module, line)
        for module in modules(tests=True)
        for line, comment in comments(module)
        if _EXCUSE.search(comment) and not _REASONED.search(comment)
    ]
    assert unexcused == []


def test_code_is_in_english() -> None:
    """A Swedish term may be named between asterisks; all other Swedish stands in region/."""
    swedish = [
        named(module, number)
        for module in modules()
        for number, line in enumerate(module.read_text(encoding="utf-8").splitlines(), start=1)
        if _SWEDISH.search(_TERM.sub("", line))
    ]
    assert swedish == []


def test_every_named_variable_is_a_setting() -> None:
    known = {name.upper() for name in Settings.model_fields}
    unknown = {
        f"{named(path)} {name}"
        for path in text_files()
        if path.relative_to(ROOT).parts[0] != "tests"
        for name in _VARIABLE.findall(path.read_text(encoding="utf-8"))
        if name not in known
    }
    assert unknown == set()


def test_no_file_names_a_folder_of_one_machine() -> None:
    naming = [
        named(path, number)
        for path in text_files()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if path != Path(__file__) and _MACHINE_PATH.search(line)
    ]
    assert naming == []


def test_plain_pytest_runs_every_folder_of_quick_tests() -> None:
    options = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    listed = set(options["tool"]["pytest"]["ini_options"]["testpaths"])
    folders = {str(path.parent.relative_to(ROOT)) for path in (ROOT / "tests").rglob("test_*.py")}
    assert listed == folders - _RUN_APART


def _says_its_reason(module: Path) -> bool:
    source = module.read_text(encoding="utf-8")
    if not source.strip():
        return module.name == "__init__.py"
    first = (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]
    starts_with_it = source.startswith(('"""', 'r"""'))
    return starts_with_it and bool(first) and len(first) <= _LONGEST_FIRST_LINE
