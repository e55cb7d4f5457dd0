"""The `arende` command as a terminal runs it, against a test's Temporal."""

import asyncio
import base64
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.region import ROOT
from tests.workflows.conftest import TEST_KEYS


@dataclass(frozen=True)
class Ended:
    code: int
    said: str


async def arende(
    temporal_address: str, data_dir: Path, *arguments: str, database_url: str | None = None
) -> Ended:
    """Run the command to its end; return its exit code and what it printed."""
    database = {"ARENDE_DATABASE_URL": database_url} if database_url else {}
    keys = {name: base64.b64encode(key).decode() for name, key in TEST_KEYS.items()}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "cli",
        *arguments,
        cwd=ROOT,
        env={
            "PATH": os.defpath,
            "ARENDE_MODE": "local",
            "ARENDE_DATA_DIR": str(data_dir),
            "ARENDE_PAYLOAD_KEYS": json.dumps(keys),
            "TEMPORAL_ADDRESS": temporal_address,
            **database,
        },
        stdout=asyncio.subprocess.PIPE,
    )
    printed, _ = await process.communicate()
    return Ended(code=process.returncode or 0, said=printed.decode())
