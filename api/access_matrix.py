"""The access matrix: for each call and each kind of caller, the status it answers with."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

from pydantic import Field

from api.access_rules import MESSAGE_ROUTE, MESSAGE_RULES, RULES
from domain.model import Model

MATRIX_FILE = Path(__file__).with_name("access_matrix.toml")


class WrongMatrixError(Exception):
    """The matrix does not say one thing of each call and caller; says which and what to do."""


class MatrixRow(Model):
    """One call, made of a case in *state* where it is about one, with a status for each caller."""

    call: str
    state: str | None = None
    note: str | None = None
    statuses: Mapping[str, int]


class AccessMatrix(Model):
    """Every row; *callers* says of each kind of caller who that is."""

    callers: Mapping[str, str]
    rows: tuple[MatrixRow, ...]

    @property
    def cells(self) -> int:
        return sum(len(row.statuses) for row in self.rows)


class _Written(Model):
    call: str
    state: str | None = None
    note: str | None = None
    answers: Mapping[int, tuple[str, ...]]


class _File(Model):
    callers: dict[str, str]
    groups: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    rows: tuple[_Written, ...]


def load_matrix(path: Path = MATRIX_FILE) -> AccessMatrix:
    """Read the matrix. `WrongMatrixError` unless each row says one status of each caller."""
    file = _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    rows = tuple(_row(file, written) for written in file.rows)
    return AccessMatrix(callers=file.callers, rows=rows)


def _row(file: _File, written: _Written) -> MatrixRow:
    given: dict[str, int] = {}
    for status, names in written.answers.items():
        for caller in (one for name in names for one in file.groups.get(name, (name,))):
            if caller in given or caller not in file.callers:
                raise WrongMatrixError(f"{written.call}: {caller} is unknown or stands twice")
            given[caller] = status
    missing = file.callers.keys() - given.keys()
    if missing:
        raise WrongMatrixError(
            f"{written.call}: say what {', '.join(sorted(missing))} are answered"
        )
    return MatrixRow(
        call=written.call,
        state=written.state,
        note=written.note,
        statuses={caller: given[caller] for caller in file.callers},
    )


def served_calls() -> set[str]:
    """Return every call there is a rule for, each message as a call of its own."""
    routes = {f"{method} {path}" for method, path in RULES if (method, path) != MESSAGE_ROUTE}
    method, path = MESSAGE_ROUTE
    return routes | {f"{method} {path.replace('{message}', name)}" for name in MESSAGE_RULES}
