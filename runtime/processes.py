"""Child processes that are ours to stop, to kill and to bury."""

import asyncio
import os
import signal
import sys
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Self

from runtime.errors import OperatorError
from runtime.system_user import SystemUser

_LAUNCHER = Path(__file__).with_name("launcher.py")
_PROBE_EVERY = timedelta(milliseconds=50)
_LAST_LINES = 5

Probe = Callable[["Child"], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Program:
    """What to run, where it writes, and how it wants to be stopped.

    `stop_signal` asks for an orderly end, `grace` is how long that may take before SIGKILL, and
    `death_signal` is what the kernel sends when the supervisor dies (Linux only).
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path
    user: SystemUser | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals = signal.SIGKILL
    grace: timedelta = timedelta(seconds=10)


class Child:
    """A running program in its own process group, out of the terminal's Ctrl-C."""

    def __init__(self, program: Program, process: asyncio.subprocess.Process) -> None:
        self.program = program
        self._process = process

    @classmethod
    async def start(cls, program: Program) -> Self:
        """Start the program; its output is appended to its log."""
        program.log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        user = program.user
        ids = ("-", "-") if user is None else (str(user.uid), str(user.gid))
        descriptor = os.open(program.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", str(_LAUNCHER)),
                *(str(os.getpid()), str(int(program.death_signal)), *ids),
                *program.command,
                env=dict(program.environment),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=descriptor,
                stderr=descriptor,
                start_new_session=True,
            )
        finally:
            os.close(descriptor)
        return cls(program, process)

    @property
    def pid(self) -> int:
        return self._process.pid

    async def ended(self) -> int:
        """Wait for the end; the exit code, negative when a signal ended it."""
        return await self._process.wait()

    async def ends_within(self, limit: timedelta) -> bool:
        """Wait at most *limit* for the end."""
        with suppress(TimeoutError):
            async with asyncio.timeout(limit.total_seconds()):
                await self.ended()
        return self._process.returncode is not None

    async def stop(self) -> None:
        """Ask it to end, wait its grace, then kill what is left; ended already is fine."""
        self._signal(self.program.stop_signal)
        if not await self.ends_within(self.program.grace):
            await self.kill()

    async def kill(self) -> None:
        """End it at once, as a crash would (kill -9), and wait until it is gone."""
        self.kill_now()
        await self.ended()

    def kill_now(self) -> None:
        """Send SIGKILL to its whole group without waiting."""
        self._signal(signal.SIGKILL)

    def last_words(self) -> str:
        """Return the last lines of its log."""
        with self.program.log.open(encoding="utf-8", errors="replace") as log:
            return "".join(deque(log, _LAST_LINES)).rstrip()

    def _signal(self, number: signal.Signals) -> None:
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, number)


class ChildDiedError(OperatorError):
    """A child ended although it was needed."""

    def __init__(self, child: Child, exit_code: int) -> None:
        self.last_words = child.last_words()
        log = child.program.log
        super().__init__(
            f"{child.program.name} ended with {exit_code}; see {log}\n{self.last_words}"
        )


class ChildNotReadyError(OperatorError):
    """A child runs but does not answer in time."""

    def __init__(self, child: Child, limit: timedelta) -> None:
        seconds = limit.total_seconds()
        super().__init__(
            f"{child.program.name} is not ready after {seconds:.0f} s; see {child.program.log}"
        )


async def launch(program: Program, probe: Probe, limit: timedelta) -> Child:
    """Start a program and return when *probe* says yes; nothing is left running otherwise.

    Raises:
        ChildDiedError: it ended before it was ready.
        ChildNotReadyError: *limit* passed first.
    """
    child = await Child.start(program)
    async with AsyncExitStack() as on_failure:  # being cancelled is a failure too
        on_failure.push_async_callback(child.kill)
        await _become_ready(child, probe, limit)
        on_failure.pop_all()
    return child


async def run_to_end(program: Program) -> None:
    """Run a program that ends by itself.

    Raises:
        ChildDiedError: its exit code is not 0.
    """
    child = await Child.start(program)
    async with AsyncExitStack() as at_end:
        at_end.push_async_callback(child.kill)
        exit_code = await child.ended()
    if exit_code != 0:
        raise ChildDiedError(child, exit_code)


async def _become_ready(child: Child, probe: Probe, limit: timedelta) -> None:
    clock = asyncio.get_running_loop().time
    give_up = clock() + limit.total_seconds()
    while not await probe(child):
        if await child.ends_within(_PROBE_EVERY):
            raise ChildDiedError(child, await child.ended())
        if clock() > give_up:
            raise ChildNotReadyError(child, limit)
