"""`arende case`: look at a case, send it a message as staff, and move its time on a laptop."""

import asyncio
import json
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import typer

from commands import signalling, stuck_cases
from commands.exits import explained
from domain.projection import Snapshot
from domain.submission import CaseId, reference_for
from runtime.calendars import load_zone
from runtime.settings import Settings, load_settings
from runtime.temporal import connect
from runtime.time_travel import fast_forward as move_time
from store.case_views import find_case
from store.open_cases import OpenCase, list_open
from store.pool import open_pool
from store.protection import is_protected_now

app = typer.Typer(help="Look at cases and act on them.", no_args_is_help=True)
app.add_typer(signalling.app)
app.add_typer(stuck_cases.app)

_PROTECTED = "protected"
_TELLING = (
    "unit",
    "provider",
    "unit_name",
    "unit_phone",
    "role",
    "role_name",
    "preparer_role",
    "assigned_to",
    "prepared_by",
)

CaseArgument = Annotated[UUID, typer.Argument(help="The case id.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def show(case_id: CaseArgument, as_json: AsJson = False) -> None:
    """Show where a case stands and what has happened, without any text of the patient's.

    Exit codes: 0 shown, 1 no such case or no database, 2 usage.
    """
    with explained():
        settings = load_settings()
        _print(asyncio.run(_find(settings, case_id)), settings, as_json=as_json)


@app.command("list")
def list_cases(
    state: Annotated[str | None, typer.Option(help="Only cases in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
    as_json: AsJson = False,
) -> None:
    """List open cases, due first.

    Exit codes: 0 listed, 1 no database, 2 usage.
    """
    with explained():
        settings = load_settings()
        cases = asyncio.run(_list(settings, state, limit))
        if as_json:
            typer.echo(json.dumps([_told(case) for case in cases], indent=2))
            return
        zone = _zone(settings)
        for case in cases:
            typer.echo(_line(case, zone))


@app.command()
def fast_forward(
    case_id: CaseArgument,
    days: Annotated[float, typer.Option(min=0.01, help="How far, in days of 24 hours.")],
    as_json: AsJson = False,
) -> None:
    """Move one case's time forward; returns when it got there and its row shows it.

    Local mode only. Exit codes: 0 moved, 1 not possible, 2 usage.
    """
    with explained():
        settings = load_settings()
        moved = asyncio.run(_fast_forward(settings, CaseId(str(case_id)), timedelta(days=days)))
        _print(moved, settings, as_json=as_json)


def _zone(settings: Settings) -> ZoneInfo:
    return load_zone(settings.region_dir / "calendar.toml")


def _print(snapshot: Snapshot, settings: Settings, *, as_json: bool) -> None:
    typer.echo(
        json.dumps(_told(snapshot), indent=2) if as_json else _sentences(snapshot, _zone(settings))
    )


async def _find(settings: Settings, case_id: UUID) -> Snapshot:
    async with await open_pool(settings.database_url, 1) as pool, pool.acquire() as conn:
        snapshot = await find_case(conn, str(case_id))
        protected = await is_protected_now(conn, str(case_id))
    if snapshot is None:
        raise signalling.NoSuchCaseError
    return _masked(OpenCase(snapshot=snapshot, protected=protected))


async def _list(settings: Settings, state: str | None, limit: int) -> list[Snapshot]:
    async with await open_pool(settings.database_url, 1) as pool, pool.acquire() as conn:
        return [_masked(case) for case in await list_open(conn, state, limit)]


def _masked(case: OpenCase) -> Snapshot:
    """Return the case without what tells where a protected patient is: service, place and staff."""
    snapshot = case.snapshot
    if not case.protected:
        return snapshot
    nowhere: dict[str, object] = dict.fromkeys(_TELLING)
    masked = {
        "submission": snapshot.submission.model_copy(update={"service": _PROTECTED}),
        "projection": snapshot.projection.model_copy(update={**nowhere, "protected": True}),
    }
    return snapshot.model_copy(update=masked)


async def _fast_forward(settings: Settings, case_id: CaseId, duration: timedelta) -> Snapshot:
    moved = await move_time(await connect(settings), settings, case_id, duration)
    return _masked(OpenCase(snapshot=moved, protected=moved.projection.protected))


def _told(snapshot: Snapshot) -> dict[str, Any]:
    submission, projection = snapshot.submission, snapshot.projection
    return {
        "case_id": submission.case_id,
        "reference": reference_for(submission.case_id),
        "service": submission.service,
        "received_at": submission.received_at.isoformat(),
        **projection.model_dump(mode="json"),
        "events": [
            {"seq": event.seq, "at": event.at.isoformat(), "kind": event.kind}
            for event in snapshot.events
        ],
    }


def _sentences(snapshot: Snapshot, zone: ZoneInfo) -> str:
    projection = snapshot.projection
    first, due, next_at = (
        _local(at, zone)
        for at in (
            projection.first_response_by,
            projection.resolution_by,
            projection.next_mark_at,
        )
    )
    lines = [
        _line(snapshot, zone),
        f"  promised   first response by {first}, resolution by {due}",
        f"  next       {projection.next_mark or 'nothing'} {next_at}",
    ]
    lines += [f"  {_local(event.at, zone)}  {event.kind}" for event in snapshot.events]
    return "\n".join(lines)


def _line(snapshot: Snapshot, zone: ZoneInfo) -> str:
    submission, projection = snapshot.submission, snapshot.projection
    parts = (
        submission.case_id,
        reference_for(submission.case_id),
        submission.service,
        str(projection.state),
        projection.unit or (_PROTECTED if projection.protected else "no unit"),
        f"due {_local(projection.due_at, zone)}",
        "OVERDUE" if projection.overdue else "",
    )
    return "  ".join(part for part in parts if part)


def _local(at: datetime | None, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%a %Y-%m-%d %H:%M}" if at else "-"
