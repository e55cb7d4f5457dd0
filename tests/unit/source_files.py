"""The files of this repository that conventions are checked on."""

import ast
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
_TEXTS = frozenset({"", ".py", ".md", ".toml", ".sql", ".csv", ".yml", ".yaml", ".sh", ".svg"})
_NOT_OURS = frozenset({".git", "uv.lock", "__pycache__", "node_modules"})


def text_files() -> Iterator[Path]:
    """Return every file a person may have written, but for what only this machine has."""
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        is_hidden = any(part.startswith(".") and part != ".ci" for part in parts[:-1])
        is_ours = not is_hidden and _NOT_OURS.isdisjoint(parts)
        if is_ours and path.suffix in _TEXTS and path.is_file():
            yield path


def modules(*, tests: bool = False) -> Iterator[Path]:
    """Return our Python files; those of the tests only with *tests*."""
    for path in text_files():
        is_test = path.relative_to(ROOT).parts[0] == "tests"
        if path.suffix == ".py" and (tests or not is_test):
            yield path


def functions(module: Path) -> Iterator[tuple[str, int]]:
    """Return the functions of a module with their lengths in lines."""
    for node in ast.walk(ast.parse(module.read_bytes())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def comments(module: Path) -> Iterator[tuple[int, str]]:
    """Return the comments of a module with their line numbers."""
    with tokenize.open(module) as lines:
        for token in tokenize.generate_tokens(lines.readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string


def named(path: Path, line: int | str = "") -> str:
    """Return how a finding names its place."""
    return f"{path.relative_to(ROOT)}:{line}" if line else str(path.relative_to(ROOT))
