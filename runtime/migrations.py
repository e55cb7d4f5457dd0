"""Brings the database to the newest migration, with dbmate."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from runtime.errors import OperatorError


class MigrationError(OperatorError):
    """The database could not be brought to the newest migration."""


def migrate(database_url: str, migrations_dir: Path) -> None:
    """Create the database if it is missing and apply what is new; safe to repeat and to race.

    A lock in the database makes processes that migrate at the same time wait for each other.

    Raises:
        MigrationError: dbmate is missing or refused; says what dbmate said.
    """
    if not migrations_dir.is_dir():
        raise MigrationError(f"There is no folder of migrations at {migrations_dir}")
    result = subprocess.run(  # noqa: S603 - fixed command
        [
            str(_dbmate()),
            *("--env", "DATABASE_URL", "--env-file", os.devnull),
            *("--migrations-dir", str(migrations_dir)),
            *("--no-dump-schema", "--migration-lock", "up"),
        ],
        env={"DATABASE_URL": database_url},  # not an argument: it may hold a password
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        said = (result.stderr or result.stdout).strip().replace(database_url, "the database")
        raise MigrationError(f"The migrations stopped: {said}")


def _dbmate() -> Path:
    beside = Path(sys.executable).with_name("dbmate")
    found = beside if beside.exists() else shutil.which("dbmate")
    if found is None:
        raise MigrationError("The dbmate command is not installed")
    return Path(found)
