"""`arende audit verify`: whether every case still tells all that happened to it, unchanged."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated
from uuid import UUID

import asyncpg
import typer
from temporalio.client import Client
from temporalio.service import RPCError

from commands.auditing.database import opened
from commands.auditing.witnesses import WitnessCounts, Witnesses
from commands.exits import FAILED, explained
from commands.runs import TemporalAwayError
from domain.chain import ChainFault, Finding
from domain.model import Model
from runtime.settings import DatabaseSettings, Settings, load_database_settings, load_settings
from runtime.temporal import connect
from store.chain import check_cases, list_seen_without_case
from store.pool import Connection

_CONNECTIONS = 9


class Verification(Model):
    """What was read and found; the counts of workflows are None when none were asked."""

    cases: int = 0
    events: int = 0
    witnesses: WitnessCounts | None = None
    findings: tuple[Finding, ...] = ()


def verify(
    case_id: Annotated[UUID | None, typer.Option("--case", help="Only this case.")] = None,
    rows_only: Annotated[
        bool, typer.Option("--rows-only", help="Do not ask the workflows of the cases.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Check every case's events against their hashes, its row, its proof and its workflow.

    Finds any edit, removal, exchange or cutting short of events, and cases that are gone while
    their workflow or the access log still knows them.

    Exit codes: 0 whole, 1 broken or not checked, 2 usage.
    """
    with explained():
        wanted = str(case_id) if case_id else None
        if rows_only:
            found = asyncio.run(_verify_rows(load_database_settings(), wanted))
        else:
            found = asyncio.run(_verify_all(load_settings(), wanted))
    typer.echo(json.dumps(found.model_dump(mode="json")) if as_json else _sentences(found))
    if found.findings or (found.witnesses and found.witnesses.silent):
        raise typer.Exit(FAILED)


async def _verify_rows(settings: DatabaseSettings, case_id: str | None) -> Verification:
    async with opened(settings) as pool, pool.acquire() as conn:
        return await verify_rows(conn, case_id)


async def _verify_all(settings: Settings, case_id: str | None) -> Verification:
    async with opened(settings, _CONNECTIONS) as pool, _temporal(settings) as client:
        return await verify_all(client, pool, case_id)


@asynccontextmanager
async def _temporal(settings: Settings) -> AsyncIterator[Client]:
    try:
        yield await connect(settings)
    except (RPCError, RuntimeError):  # RuntimeError: nothing listens
        raise TemporalAwayError from None


async def verify_all(client: Client, pool: asyncpg.Pool, case_id: str | None) -> Verification:
    """Return what rows and workflows say of all cases, or of one."""
    async with pool.acquire() as conn:
        rows = await verify_rows(conn, case_id)
    counts, differing = await Witnesses(client, pool).compare(case_id)
    known = {(finding.case_id, finding.fault) for finding in rows.findings}
    new = tuple(one for one in differing if (one.case_id, one.fault) not in known)
    return rows.model_copy(update={"witnesses": counts, "findings": (*rows.findings, *new)})


async def verify_rows(conn: Connection, case_id: str | None) -> Verification:
    """Return what the rows of one moment say of all cases, or of one."""
    cases = events = 0
    findings: list[Finding] = []
    async with conn.transaction(isolation="repeatable_read", readonly=True):
        async for checked in check_cases(conn, case_id):
            cases, events = cases + 1, events + checked.head.count
            findings += [checked.finding] if checked.finding else []
        gone = await list_seen_without_case(conn, case_id)
    findings += [Finding(case_id=one, fault=ChainFault.NO_ROW) for one in gone]
    return Verification(cases=cases, events=events, findings=tuple(findings))


def _sentences(found: Verification) -> str:
    lines = [
        f"{one.case_id}  {one.fault}{f' at event {one.seq}' if one.seq else ''}"
        for one in found.findings
    ]
    lines.append(f"{found.cases} cases, {found.events} events, {len(found.findings)} faults")
    if found.witnesses is not None:
        asked = found.witnesses
        lines.append(
            f"{asked.workflows} workflows asked, {asked.lagging} with rows that lag, "
            f"{asked.silent} silent"
        )
    return "\n".join(lines)
