"""The faults of the runbook's drills: a bad register, table, file or build."""

import csv
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import date, timedelta
from pathlib import Path

import httpx2

from domain.region_calendar import _LOOK_AHEAD
from runtime.processes import Child, Program, launch
from tests.ports import free_port
from tests.region import ROOT, SHIPPED

BINARIES = Path(sys.executable).parent
_READY_WITHIN = timedelta(seconds=60)
_READY = 200
_SHARED = ("activities", "api", "commands", "domain", "runtime", "store", "cli.py", "worker.py")
_HEARS = "taken_in = take_in("


def staff_without(folder: Path, unit: str | None) -> Path:
    """Return an extract of the staff register in which nobody works at *unit*."""
    file = folder / "staff.csv"
    with (SHIPPED / "staff.csv").open(encoding="utf-8", newline="") as shipped:
        rows = list(csv.DictReader(shipped))
    with file.open("w", encoding="utf-8", newline="") as extract:
        writer = csv.DictWriter(extract, rows[0])
        writer.writeheader()
        writer.writerows(row for row in rows if row["unit"] != unit)
    return file


def roll_back(database_url: str, migration: str) -> None:
    """Leave the tables as they were before *migration*: an older release's, with its data."""
    names = sorted(path.name for path in (ROOT / "migrations").glob("*.sql"))
    for _ in names[names.index(migration) :]:
        subprocess.run(  # noqa: S603 - fixed command
            [BINARIES / "dbmate", "--migrations-dir", "migrations", "--no-dump-schema", "down"],
            cwd=ROOT,
            env={"DATABASE_URL": database_url},
            check=True,
            capture_output=True,
            timeout=30,
        )


def shorten_years(calendar: Path, today: date) -> int:
    """Let the calendar end so soon that cases can be admitted for less than another year."""
    last = (today + _LOOK_AHEAD).year
    _replace(calendar, "last_year = 2062", f"last_year = {last}")
    return last


def close_on(calendar: Path, day: date) -> None:
    """Make *day* one that the whole region is closed on."""
    _replace(calendar, "\nclosed_days = []", f"\nclosed_days = [{day}]")


def copy_engine(data_dir: Path, to: Path) -> Path:
    """Copy the files of a Temporal that has stopped; return the folder."""
    to.mkdir()
    for file in data_dir.glob("temporal.db*"):
        shutil.copy(file, to)
    return to


def put_engine_back(data_dir: Path, copied: Path) -> None:
    """Restore the files of a Temporal that has stopped."""
    for file in data_dir.glob("temporal.db*"):
        file.unlink()
    for file in copied.iterdir():
        shutil.copy(file, data_dir)


def broken_tree(folder: Path) -> Path:
    """Return a tree whose cases fail as soon as they hear a message."""
    folder.mkdir()
    for name in _SHARED:
        (folder / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "workflows", folder / "workflows")
    _replace(folder / "workflows" / "case.py", _HEARS, f"raise RuntimeError\n        {_HEARS}")
    return folder


@asynccontextmanager
async def running(
    command: str, environment: Mapping[str, str], port_setting: str, log: Path, tree: Path = ROOT
) -> AsyncIterator[str]:
    """Run a command of *tree*, from when its health on the port of a setting is good; its URL."""
    url = f"http://127.0.0.1:{environment.get(port_setting) or free_port()}"
    program = Program(
        name=command,
        command=(sys.executable, "-P", "-m", "cli", command),
        environment={
            **environment,
            "PYTHONPATH": str(tree),
            port_setting: url.rpartition(":")[2],
        },
        log=log,
    )

    async def is_ready(_: Child) -> bool:
        async with httpx2.AsyncClient(trust_env=False) as http:
            try:
                return (await http.get(f"{url}/health/ready")).status_code == _READY
            except httpx2.TransportError:
                return False

    child = await launch(program, is_ready, _READY_WITHIN)
    try:
        yield url
    finally:
        await child.stop()


def _replace(file: Path, old: str, new: str) -> None:
    before = file.read_text(encoding="utf-8")
    assert before.count(old) == 1
    file.write_text(before.replace(old, new), encoding="utf-8")
