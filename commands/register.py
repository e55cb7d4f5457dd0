"""`arende import`: replaces registers by CSV extracts, each file whole or not at all."""

import asyncio
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated

import asyncpg
import typer

from commands.exits import FAILED, explained
from commands.rechecking import PROTECTING, Rechecked, check_again
from commands.redelivery import PLACING, Asked, deliver_again
from runtime.calendars import load_zone
from runtime.errors import OperatorError
from runtime.extracts import read_extract
from runtime.settings import load_database_settings, load_settings
from store.pool import DATABASE_ERRORS, is_connection_error, open_pool
from store.register_import import REGISTERS, import_registers
from store.registers import Problem, RefusedExtractError, RegisterChange

app = typer.Typer(
    help="Replace registers by CSV extracts. Exit code 1: refused, nothing has changed.",
    no_args_is_help=True,
)

ExtractFile = Annotated[
    Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="UTF-8, with a header.")
]
ExtractFolder = Annotated[
    Path | None,
    typer.Argument(
        exists=True, file_okay=False, help="Holds one CSV for each; else the region folder."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


class ExtractMissingError(OperatorError):
    """A folder lacks the extract of a register."""

    def __init__(self, file: Path) -> None:
        super().__init__(f"There is no file {file}")


class DatabaseAwayError(OperatorError):
    """The import needs the database, which does not answer."""

    def __init__(self) -> None:
        super().__init__("The database does not answer; check ARENDE_DATABASE_URL")


class NotMigratedError(OperatorError):
    """The database lacks the tables of this release."""

    def __init__(self) -> None:
        super().__init__("The database has no registers yet; run `arende migrate`")


def _add_command(register: str) -> None:
    @app.command(register, help=f"Replace the register of {register}.")
    def import_one(file: ExtractFile, as_json: AsJson = False) -> None:
        with explained():
            _import({register: file}, as_json)


for _register in REGISTERS:
    _add_command(_register)


@app.command("all")
def import_all(folder: ExtractFolder = None, as_json: AsJson = False) -> None:
    """Replace every register by the CSV of its name, in one transaction."""
    with explained():
        _import(_extracts_in(folder or load_settings().region_dir), as_json)


def _extracts_in(folder: Path) -> dict[str, Path]:
    files = {register: folder / f"{register}.csv" for register in REGISTERS}
    for file in files.values():
        if not file.is_file():
            raise ExtractMissingError(file)
    return files


def _import(files: Mapping[str, Path], as_json: bool) -> None:
    try:
        changes, asked, rechecked = asyncio.run(_replace_registers(files))
    except RefusedExtractError as error:
        _print_refusal(error, as_json)
        raise typer.Exit(FAILED) from None
    if as_json:
        told = [change._asdict() for change in changes]
        after = {"undeliverable": asked._asdict(), "protection": rechecked._asdict()}
        typer.echo(json.dumps({"registers": told, **after}))
        return
    for change in changes:
        typer.echo(
            f"{change.register}: {change.rows} rows read, {change.added} added, "
            f"{change.changed} changed, {change.removed} removed"
        )
    if asked.found:
        typer.echo(f"undeliverable cases: {asked.found}, asked to look again: {asked.asked}")
    if rechecked.differing:
        when = "are being told" if rechecked.begun else "will be told by the daily check"
        typer.echo(f"cases whose patient's protection has changed {when}")


async def _replace_registers(
    files: Mapping[str, Path],
) -> tuple[list[RegisterChange], Asked, Rechecked]:
    extracts = {register: read_extract(register, file) for register, file in files.items()}
    settings = load_database_settings()
    today = datetime.now(load_zone(settings.region_dir / "calendar.toml")).date()
    async with await open_pool(settings.database_url, 1, command_timeout=None) as pool:
        try:
            async with pool.acquire() as conn, conn.transaction():
                changes = await import_registers(conn, extracts, today, _print_progress)
        except asyncpg.UndefinedTableError:
            raise NotMigratedError from None
        except DATABASE_ERRORS as error:
            if is_connection_error(error):
                raise DatabaseAwayError from error
            raise
        places, protects = (not some.isdisjoint(files) for some in (PLACING, PROTECTING))
        # Protection first: a case must not be told a new place that is then to be hidden.
        rechecked = await check_again(pool) if protects else Rechecked()
        return changes, await deliver_again(pool) if places else Asked(), rechecked


def _print_progress(register: str, rows: int) -> None:
    typer.echo(f"{register}: {rows} rows read", err=True)


def _print_refusal(error: RefusedExtractError, as_json: bool) -> None:
    if as_json:
        problems = [_told(problem) for problem in error.problems]
        typer.echo(json.dumps({"refused": error.register, "problems": problems}))
        return
    typer.echo(f"{error.register}: refused, nothing has changed", err=True)
    for line, column, code, key in error.problems:
        place = f"line {line}" if line else "the whole file"
        what = f"{code} {key}" if key else code
        typer.echo(f"  {place}{f', {column}' if column else ''}: {what}", err=True)


def _told(problem: Problem) -> dict[str, object]:
    return {name: value for name, value in problem._asdict().items() if name != "key" or value}
