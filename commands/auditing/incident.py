"""`arende audit incident`: the timeline that an incident report is written from, itself logged."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from commands.auditing.database import opened
from commands.exits import explained
from commands.signing_in import NotSignedInError, read_token, sign_in
from domain.access_reviews import Period
from domain.retention import Duty
from runtime.calendars import load_zone
from runtime.errors import OperatorError
from runtime.region import load_region
from runtime.settings import Settings, load_settings
from store.incidents import Reach, log_export, open_timeline, read_timeline
from store.pool import Connection
from store.staff import StaffAccess, find_access

_FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]


class EmptyPeriodError(OperatorError):
    """The period ends before it begins."""

    def __init__(self) -> None:
        super().__init__("--until must be later than --from")


def incident(
    begins: Annotated[
        datetime, typer.Option("--from", formats=_FORMATS, help="Local time of the region.")
    ],
    ends: Annotated[datetime, typer.Option("--until", formats=_FORMATS, help="Not included.")],
    decision: Annotated[str, typer.Option(help="What it is for, as the number of the incident.")],
    token_file: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="A bearer token; else standard input."),
    ] = None,
) -> None:
    """Print every access and event of a period in order of time, one JSON object a line.

    Names staff and cases, no patient and nothing that was written. System operations are told of
    every care provider, but not where protected patients' cases are; log reviewers of their own
    alone, in full. The export is in the access log of everybody it touches before the first line.

    Exit codes: 0 printed, 1 refused or no database, 2 usage.
    """
    with explained():
        settings = load_settings()
        zone = load_zone(settings.region_dir / "calendar.toml")
        if begins >= ends:
            raise EmptyPeriodError
        period = Period(begins=begins.replace(tzinfo=zone), ends=ends.replace(tzinfo=zone))
        asyncio.run(_export(settings, period, decision, read_token(token_file)))


async def _export(settings: Settings, period: Period, decision: str, token: str) -> None:
    async with opened(settings) as pool, pool.acquire() as conn:
        access, reach = await _access(conn, settings, token)
        async with conn.transaction(isolation="repeatable_read"):
            await log_export(conn, access, period, reach, decision)
            await open_timeline(conn, period, reach)
        async for entry in read_timeline(conn):
            typer.echo(entry.model_dump_json())


async def _access(conn: Connection, settings: Settings, token: str) -> tuple[StaffAccess, Reach]:
    region, now = load_region(settings.region_dir), datetime.now(UTC)
    who = await sign_in(conn, settings, region, token, now)
    today = region.calendars.default.local_day(now)
    access = await find_access(conn, who.hsa_id, who.commission, today)
    if access is None:
        raise NotSignedInError("The commission of the token is not valid now")
    own = access.provider if Duty.LOG_REVIEWER in who.duties else None
    return access, Reach(everywhere=Duty.OPERATIONS in who.duties, provider=own)
