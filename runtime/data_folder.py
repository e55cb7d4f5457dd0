"""The data folder of a local stack: one stack at a time, and a note for other terminals."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runtime.errors import OperatorError
from runtime.local_defaults import stack_file
from runtime.settings import Settings


class FolderInUseError(OperatorError):
    """Another stack runs on the same data folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"Another stack uses {folder}; stop it or set ARENDE_DATA_DIR")


@contextmanager
def claimed(settings: Settings) -> Iterator[None]:
    """Hold the data folder for one stack; the claim ends with the process, however it ends.

    Raises:
        FolderInUseError: another stack holds it.
    """
    folder = settings.data_dir
    folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FolderInUseError(folder) from None
        _note(settings)
        yield


def is_claimed(folder: Path) -> bool:
    """Whether a stack holds this data folder now."""
    try:
        with (folder / "lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _note(settings: Settings) -> None:
    said = {
        "MODE": "local",
        "HTTP_PORT": settings.http_port,
        "TEMPORAL_PORT": settings.temporal_port,
        "UI_PORT": settings.ui_port,
    }
    lines = (f"ARENDE_{name}={value}\n" for name, value in said.items())
    stack_file(settings.data_dir).write_text("".join(lines), encoding="utf-8")
