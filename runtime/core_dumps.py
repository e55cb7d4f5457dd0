"""Forbids core dumps: one would hold keys and whatever patients wrote."""

import sys


def forbid_core_dumps() -> None:
    """Let this process, and all that it starts, leave no core file; nothing can allow it again.

    A system that pipes cores to a program takes them all the same: docs/keys.md says what to set.
    """
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 - not on every system

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
