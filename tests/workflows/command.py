"""The `arende` command as a terminal runs it, against a test's Temporal."""

import base64
import json
import os
from pathlib import Path

from tests.command import Ended, run_arende
from tests.workflows.conftest import TEST_KEYS


async def arende(
    temporal_address: str, data_dir: Path, *arguments: str, database_url: str | None = None
) -> Ended:
    """Run the command to its end; return its exit code and what it printed."""
    database = {"ARENDE_DATABASE_URL": database_url} if database_url else {}
    keys = {name: base64.b64encode(key).decode() for name, key in TEST_KEYS.items()}
    environment = {
        "PATH": os.defpath,
        "ARENDE_MODE": "local",
        "ARENDE_DATA_DIR": str(data_dir),
        "ARENDE_PAYLOAD_KEYS": json.dumps(keys),
        "TEMPORAL_ADDRESS": temporal_address,
        **database,
    }
    return await run_arende(environment, *arguments)
