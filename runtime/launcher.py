"""Becomes another program that dies with its parent; run by path as a script.

Arguments: parent's pid, signal number at its death, user id and group id (`-` keeps them),
program and its arguments. A script, because code between fork and exec is unsafe in a process
with threads; standard library only, because it runs with `-I -S` to start quickly.
"""

import ctypes
import os
import resource
import sys

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main(arguments: list[str]) -> None:
    """Change user, tie this process to its parent, then replace it with the program."""
    parent, death_signal, uid, gid, *command = arguments
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a dump would hold what patients wrote
    if uid != "-":
        os.setgroups([])
        os.setgid(int(gid))
        os.setuid(int(uid))
    if sys.platform == "linux":
        # After the change of user: the kernel forgets the signal when credentials change.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
    if os.getppid() != int(parent):
        sys.exit("The parent ended before its child began.")
    os.execv(command[0], command)  # noqa: S606 - the supervisor chose the command


if __name__ == "__main__":
    main(sys.argv[1:])
