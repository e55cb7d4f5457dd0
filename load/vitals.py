"""How the stack is, looked at from outside: open cases, inboxes, memory and CPU."""

import os
from pathlib import Path

import asyncpg

from domain.model import Model
from runtime.local import LocalStack, Service

SEEN: tuple[Service, ...] = ("temporal", "worker", "api")
"""Whose memory and CPU are looked at; PostgreSQL is many processes and is left out."""
CLIENT = "client"
"""The process that plays, which shares the machine."""

_COUNT_OPEN = """
SELECT coalesce(sum(cases), 0)::int AS open,
       coalesce(sum(cases) FILTER (WHERE state = 'queued'), 0)::int AS queued,
       coalesce(max(cases) FILTER (WHERE state = 'queued'), 0)::int AS longest_inbox
FROM (
    SELECT state, unit, role, count(*) AS cases
    FROM cases
    WHERE state IN ('received', 'queued', 'assigned', 'awaiting_patient', 'undeliverable')
    GROUP BY state, unit, role
) AS inboxes
"""
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 2**20
_USER_TIME = 11
"""The place of utime among what follows the name in /proc/PID/stat; stime is next (proc(5))."""


class Vitals(Model):
    """One look. `longest_inbox` counts the queued cases of one role at one unit.

    `memory_mb` is resident memory, `cpu_seconds` CPU used since the start; both by process, and
    empty where the system has no /proc.
    """

    open: int
    queued: int
    longest_inbox: int
    memory_mb: dict[str, int]
    cpu_seconds: dict[str, float]


async def look(stack: LocalStack, pool: asyncpg.Pool) -> Vitals:
    """Return how the stack is now."""
    counted = await pool.fetchrow(_COUNT_OPEN)
    pids: dict[str, int] = {name: stack.pid(name) for name in SEEN} | {CLIENT: os.getpid()}
    folders = {name: Path("/proc", str(pid)) for name, pid in pids.items()}
    known = {name: folder for name, folder in folders.items() if folder.exists()}
    return Vitals(
        **dict(counted or {}),
        memory_mb={name: _memory_mb(folder) for name, folder in known.items()},
        cpu_seconds={name: _cpu_seconds(folder) for name, folder in known.items()},
    )


def _memory_mb(folder: Path) -> int:
    resident = int((folder / "statm").read_text(encoding="ascii").split()[1])
    return round(resident * _PAGE_MB)


def _cpu_seconds(folder: Path) -> float:
    told = (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return sum(map(int, told[_USER_TIME : _USER_TIME + 2])) / _TICKS
