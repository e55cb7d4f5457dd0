"""The `arende` command as a process of its own, apart from whatever the test itself logs."""

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from tests.region import ROOT


@dataclass(frozen=True)
class Ended:
    """How a command ended, what it said on standard output, and what on standard error."""

    code: int
    said: str
    complained: str = ""


async def run_arende(environment: Mapping[str, str], *arguments: str, text: str = "") -> Ended:
    """Run the command to its end with *text* on standard input."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli", *arguments),
        cwd=ROOT,
        env=dict(environment),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, complained = await process.communicate(text.encode())
    return Ended(process.returncode or 0, said.decode(), complained.decode())
