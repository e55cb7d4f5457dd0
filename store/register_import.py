"""Replaces registers by their extracts: all rows of a file, or none."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from types import MappingProxyType

from store.guardian_register import GUARDIANS
from store.listing_register import LISTING
from store.medicine_register import COMPANIES, MEDICINES
from store.organisation_registers import PROVIDERS, UNITS
from store.pool import Connection
from store.protected_handler_register import PROTECTED_HANDLERS
from store.registers import (
    MAX_PROBLEMS,
    Problem,
    RefusedExtractError,
    Register,
    RegisterChange,
    StagedRow,
)
from store.role_register import ROLES
from store.staff_register import STAFF

Progress = Callable[[str, int], None]
"""Told a register's name and how many of its rows have been read."""

REGISTERS = MappingProxyType(
    {
        register.name: register
        for register in (
            PROVIDERS,
            UNITS,
            ROLES,
            STAFF,
            PROTECTED_HANDLERS,
            LISTING,
            GUARDIANS,
            COMPANIES,
            MEDICINES,
        )
    }
)
"""Every register by its name, each after those it refers to."""

_PROGRESS_STEP = 10_000

# Two imports at once would each judge its references by what the other is replacing.
_LOCK_REGISTERS = """
LOCK TABLE care_providers, units, roles, staff, commissions, staff_roles, protected_handlers,
           citizens, listings, guardians, companies, medicines
IN SHARE ROW EXCLUSIVE MODE
"""


async def import_registers(
    conn: Connection,
    extracts: Mapping[str, Iterable[StagedRow | Problem]],
    on: date,
    progress: Progress = lambda _name, _rows: None,
) -> list[RegisterChange]:
    """Replace the named registers, units that vanished being closed from the day *on*.

    The caller's transaction must be rolled back when this raises RefusedExtractError. The same
    extracts twice change nothing the second time. Rows are read once, a few at a time.
    """
    await conn.execute(_LOCK_REGISTERS)
    chosen = [register for register in REGISTERS.values() if register.name in extracts]
    changes = [
        await _replace(conn, register, extracts[register.name], on, progress) for register in chosen
    ]
    removed = {register.name: await _sweep(conn, register, on) for register in reversed(chosen)}
    return [
        change._replace(removed=change.removed + removed[change.register]) for change in changes
    ]


async def _replace(
    conn: Connection,
    register: Register,
    rows: Iterable[StagedRow | Problem],
    on: date,
    progress: Progress,
) -> RegisterChange:
    await conn.execute(register.create)
    problems: list[Problem] = []
    status = await conn.copy_records_to_table(
        register.staging,
        records=_good_rows(register.name, rows, problems, progress),
        columns=["line", *register.columns],
    )
    count = int(status.removeprefix("COPY "))
    if not count and not problems and not register.may_be_empty:
        problems.append(Problem(line=0, column="", code="no_rows"))
    for check in register.checks:
        problems += await _find_problems(conn, check)
    _refuse_if(register, problems)
    return await _merge(conn, register, count, on)


def _good_rows(
    name: str,
    rows: Iterable[StagedRow | Problem],
    problems: list[Problem],
    progress: Progress,
) -> Iterator[StagedRow]:
    for count, row in enumerate(rows, start=1):
        if isinstance(row, Problem):
            problems.append(row)
        else:
            yield row
        if count % _PROGRESS_STEP == 0:
            progress(name, count)
        if len(problems) >= MAX_PROBLEMS:
            return


async def _find_problems(conn: Connection, check: str, *parameters: date) -> list[Problem]:
    return [Problem(*row) for row in await conn.fetch(check, *parameters)]


def _refuse_if(register: Register, problems: list[Problem]) -> None:
    if problems:
        raise RefusedExtractError(register=register.name, problems=sorted(problems)[:MAX_PROBLEMS])


async def _merge(conn: Connection, register: Register, rows: int, on: date) -> RegisterChange:
    actions = [await conn.fetch(merge) for merge in register.merges]
    if register.retire:
        actions.append(await conn.fetch(register.retire, on))
    counts = {"INSERT": 0, "UPDATE": 0, "DELETE": 0}
    for action, count in (row for result in actions for row in result):
        counts[action] += count
    return RegisterChange(register.name, rows, counts["INSERT"], counts["UPDATE"], counts["DELETE"])


async def _sweep(conn: Connection, register: Register, on: date) -> int:
    if register.sweep is None:
        return 0
    used: set[Problem] = set()
    if register.still_used is not None:
        used |= {*await _find_problems(conn, register.still_used)}
    if register.still_open is not None:
        used |= {*await _find_problems(conn, register.still_open, on)}
    _refuse_if(register, [*used])
    return sum(row["count"] for row in await conn.fetch(register.sweep))
