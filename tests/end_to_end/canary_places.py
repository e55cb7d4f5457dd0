"""Where a patient's words could have got to: everything a stack wrote, showed or sent."""

import asyncio
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx2
from temporalio.client import Client

from tests.end_to_end.canary_columns import PATIENT_COLUMNS, text_columns

Places = dict[str, bytes]
_BREAK = b"\n"


async def temporal_places(address: str) -> Places:
    """Return what Temporal keeps and tells, asked without any key."""
    client = await Client.connect(address)
    listed, histories = [], []
    async for run in client.list_workflows(""):
        listed.append(run.raw_info.SerializeToString())
        handle = client.get_workflow_handle(run.id, run_id=run.run_id)
        histories += [e.SerializeToString() for e in (await handle.fetch_history()).events]
        histories.append((await handle.describe()).raw_description.SerializeToString())
    async for entry in await client.list_schedules():
        told = await client.get_schedule_handle(entry.id).describe()
        listed.append(told.raw_description.SerializeToString())
    return {
        "histories without keys": joined(histories),
        "the list of workflows": joined(listed),
    }


async def database_places(database_url: str) -> Places:
    """Return each text column of PostgreSQL that is not there for patient data."""
    conn = await asyncpg.connect(database_url)
    try:
        columns = [each for each in await text_columns(conn) if each not in PATIENT_COLUMNS]
        return {f"column {each}": await column(conn, each) for each in columns}
    finally:
        await conn.close()


async def column(conn: asyncpg.Connection, name: str) -> bytes:
    """Return every value of a column, given as table.column."""
    table, _, field = name.partition(".")
    rows = await conn.fetch(f'SELECT "{field}"::text AS value FROM "{table}"')  # noqa: S608 - names from the catalogue
    return joined(str(row["value"]).encode() for row in rows)


def folder_places(data_dir: Path) -> Places:
    """Return every file outside PostgreSQL's own data, by its place, and all file names."""
    files = [
        file
        for file in sorted(data_dir.rglob("*"))
        if file.is_file() and "postgres/data" not in file.relative_to(data_dir).as_posix()
    ]
    names = [file.relative_to(data_dir).as_posix().encode() for file in data_dir.rglob("*")]
    return {f"file {f.relative_to(data_dir).as_posix()}": f.read_bytes() for f in files} | {
        "file names": joined(names)
    }


def process_places(pids: Iterable[int]) -> Places:
    """Return what anybody on the machine sees of our processes, and their environment."""
    folders = [Path(f"/proc/{pid}") for pid in pids]
    return {
        f"{what} of a process": joined(_read(folder / what) for folder in folders)
        for what in ("cmdline", "environ")
    }


def _read(file: Path) -> bytes:
    """Return what a file of a process says, nothing when the process has ended meanwhile."""
    try:
        return file.read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def family(pids: Iterable[int]) -> list[int]:
    """Return the processes and all that they started and still run."""
    found = list(pids)
    for pid in found:
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            found += [int(child) for child in _read(task).split()]
    return found


async def metric_places(ports: Iterable[int]) -> Places:
    """Return what each metrics port answers."""
    async with httpx2.AsyncClient(trust_env=False) as http:
        answers = [await http.get(f"http://127.0.0.1:{port}/metrics") for port in ports]
    assert all(answer.is_success and answer.content for answer in answers)
    return {"metrics": joined(answer.content for answer in answers)}


@dataclass(frozen=True)
class CommandRun:
    """A command of operations that was run against the stack."""

    arguments: tuple[str, ...]
    exit_code: int
    output: bytes


async def run_command(
    program: tuple[str, ...], environment: dict[str, str], given: bytes = b""
) -> CommandRun:
    """Run a command to its end and keep both of its outputs."""
    process = await asyncio.create_subprocess_exec(
        *program,
        env=environment | {"PATH": os.defpath},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate(given)
    return CommandRun(program, process.returncode or 0, output)


def joined(parts: Iterable[bytes]) -> bytes:
    """Return the parts as one, none of which can run over into the next."""
    return _BREAK.join(parts)
