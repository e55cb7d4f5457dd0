"""The Temporal that tests start: the local stack's own, with its search attributes."""

from pathlib import Path

from runtime.processes import Child
from runtime.temporal_server import find_temporal_command, start_temporal
from tests.ports import free_port


async def temporal_on(port: int, folder: Path, database: Path | None = None) -> Child:
    """Start a Temporal that logs in *folder* and keeps its state in memory, or in *database*."""
    return await start_temporal(
        command=find_temporal_command(None),
        port=port,
        ui_port=free_port(),
        log=folder / "temporal.log",
        database=database,
    )
