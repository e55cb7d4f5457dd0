"""The shipped region profiles, and how tests load one."""

from datetime import date
from pathlib import Path

from runtime.extracts import read_extract
from store.pool import open_pool
from store.register_import import REGISTERS, import_registers

ROOT = Path(__file__).parent.parent
SHIPPED = ROOT / "region"
EXAMPLE = ROOT / "region-example"
REGION_DAY = date(2026, 11, 23)
"""The day on which tests read the shipped region: a Monday."""


async def load_region(database_url: str, folder: Path = SHIPPED) -> None:
    """Import a region's registers as `arende import all` does."""
    extracts = {name: read_extract(name, folder / f"{name}.csv") for name in REGISTERS}
    async with (
        await open_pool(database_url, 1) as pool,
        pool.acquire() as conn,
        conn.transaction(),
    ):
        await import_registers(conn, extracts, REGION_DAY)
