"""`arende audit partitions`: the months of the access log, made ahead and dropped when old."""

import asyncio
import json
from datetime import datetime
from typing import Annotated

import typer

from commands.auditing.database import opened
from commands.exits import explained
from domain.access import MONTHS_AHEAD
from domain.model import Model
from runtime.settings import DatabaseSettings, load_database_settings
from store.access_partitions import (
    LogPartition,
    count_unplaced,
    drop_partition,
    keep_partitions,
    list_partitions,
)


class Months(Model):
    """What was made and dropped, what there is, and how many rows no month has taken."""

    made: int
    dropped: bool | None
    unplaced: int
    partitions: tuple[LogPartition, ...]


def partitions(
    drop: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m"], help="Remove this month; five years must have passed."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Make the months of the access log that lie ahead, and list all there are.

    A worker makes them each day. Dropping needs the login that owns the tables.

    Exit codes: 0 done, 1 refused or no database, 2 usage.
    """
    with explained():
        found = asyncio.run(_keep(load_database_settings(), drop))
    if as_json:
        typer.echo(json.dumps(found.model_dump(mode="json")))
        return
    for month in found.partitions:
        typer.echo(f"{month.name}  {month.bounds}  about {month.about_rows} rows")
    dropped = "" if found.dropped is None else f", {int(found.dropped)} dropped"
    typer.echo(f"{found.made} made{dropped}, {found.unplaced} rows in no month")


async def _keep(settings: DatabaseSettings, drop: datetime | None) -> Months:
    async with opened(settings) as pool, pool.acquire() as conn:
        dropped = await drop_partition(conn, drop.date()) if drop else None
        return Months(
            dropped=dropped,
            made=await keep_partitions(conn, MONTHS_AHEAD),
            unplaced=await count_unplaced(conn),
            partitions=tuple(await list_partitions(conn)),
        )
