"""What a register is to the importer: where rows wait, what is checked and how they move in."""

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

StagedRow = tuple[object, ...]
"""The line number in the file, then the values in the order of the register's columns."""

MAX_PROBLEMS = 50


class Problem(NamedTuple):
    """Why a line is refused: its number (1 is the header, 0 the whole file), column and code.

    It carries no value of the file, so it may be printed and logged. `key` names what is still used
    though the file lacks it: a care provider, a role or a company, never a person.
    """

    line: int
    column: str
    code: str
    key: str = ""


class RefusedExtractError(Exception):
    """An extract has problems; the whole of it was left out and nothing has changed."""

    code: ClassVar[str] = "extract_refused"

    def __init__(self, *, register: str, problems: list[Problem]) -> None:
        super().__init__(f"The {register} extract has at least {len(problems)} problems.")
        self.register = register
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Register:
    """The statements that replace one register by what stands in its staging table.

    *checks* return (line, column, code), *still_used* and *still_open* the key too. *merges*,
    *retire* and *sweep* return (action, count), with MERGE's words. *retire* and *still_open* take
    a parameter: the day of the import. *sweep* removes vanished rows that other registers refer to,
    when those have been replaced.
    """

    name: str
    staging: str
    columns: tuple[str, ...]
    create: str
    checks: tuple[str, ...]
    merges: tuple[str, ...]
    retire: str | None = None
    still_used: str | None = None
    still_open: str | None = None
    sweep: str | None = None
    may_be_empty: bool = False


class RegisterChange(NamedTuple):
    """What an import did: rows read, and table rows added, changed and removed."""

    register: str
    rows: int
    added: int
    changed: int
    removed: int
