"""`arende retention`: what is over and may go, who said so, and the proof that it went."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import UUID

import typer

from commands import erasure
from commands.disposal import approving
from commands.disposal.arguments import (
    AsJson,
    CaseArgument,
    Decision,
    PersonOption,
    RunArgument,
    TokenFile,
)
from commands.disposal.due_cases import RetentionPlan, list_due
from commands.disposal.office import Office, work
from commands.exits import explained
from commands.signing_in import NotSignedInError, Signatory, read_token, sign_in
from runtime.errors import OperatorError
from store.pool import Connection
from store.retention_holds import HoldChange, place_hold, release_hold

app = typer.Typer(
    help="Keep and erase closed cases. What writes takes the database login that migrates.",
    no_args_is_help=True,
)
app.add_typer(erasure.app)


class NoSuchHoldError(OperatorError):
    """There is nothing to hold, or it is held already, or nothing to release."""


@app.command()
def hold(case_id: CaseArgument, decision: Decision, token_file: TokenFile = None) -> None:
    """Keep a case from being erased, until it is released.

    Exit codes: 0 held, 1 no such case, held already, or not yours to hold, 2 usage.
    """

    async def place(conn: Connection, change: HoldChange) -> None:
        placed = await place_hold(conn, change)
        if not placed:
            raise NoSuchHoldError("There is no such case" if placed is None else "It is held")

    with explained():
        _change_hold(place, case_id, decision, token_file)
        typer.echo("held")


@app.command()
def release(case_id: CaseArgument, decision: Decision, token_file: TokenFile = None) -> None:
    """End the hold of a case. Who held and released it, when and why, stays on record.

    Exit codes: 0 released, 1 not held, or not yours to release, 2 usage.
    """

    async def end(conn: Connection, change: HoldChange) -> None:
        if not await release_hold(conn, change):
            raise NoSuchHoldError("The case is not held")

    with explained():
        _change_hold(end, case_id, decision, token_file)
        typer.echo("released")


@app.command()
def plan(as_json: AsJson = False) -> None:
    """List the closed cases whose time is over and that nothing holds; writes nothing.

    Exit codes: 0 listed, 1 no database, 2 usage.
    """

    async def look(office: Office) -> RetentionPlan:
        async with office.pool.acquire() as conn, conn.transaction(readonly=True):
            return await list_due(conn, office.region, office.now)

    with explained():
        due = work(look)
    if as_json:
        typer.echo(json.dumps(_told(due)))
        return
    for case in due.cases:
        closed = f"closed {case.closed_at:%Y-%m-%d}"
        typer.echo(f"{case.case_id}  {case.retention_class}  {closed}  kept until {case.until}")
    typer.echo(_counted(due))


@app.command()
def propose(decision: Decision, token_file: TokenFile = None, as_json: AsJson = False) -> None:
    """Freeze what is due now as a run that two others have to approve; prints its id.

    Exit codes: 0 proposed, or nothing is due, 1 not yours to propose, 2 usage.
    """

    async def store(office: Office) -> tuple[RetentionPlan, str | None]:
        async with office.pool.acquire() as conn:
            signatory = await _sign_in(office, conn, token)
            due = await list_due(conn, office.region, office.now)
            if not due.cases:
                return due, None
            run = await approving.propose(conn, due, decision, signatory, office.now)
            return due, run.run

    with explained():
        token = read_token(token_file)
        due, run = work(store)
    if as_json:
        typer.echo(json.dumps({"run": run, "counts": due.counts()}))
        return
    typer.echo(_counted(due))
    if run is not None:
        typer.echo(run)


@app.command()
def approve(
    run: RunArgument,
    person: PersonOption,
    token_file: TokenFile = None,
) -> None:
    """Say yes to a run, as system operations or as log reviewer; it takes one of each.

    The token proves who says it. Who proposed the run may not approve it.

    Exit codes: 0 approved, 1 not yours to approve, 2 usage.
    """

    async def say_yes(office: Office) -> list[str]:
        async with office.pool.acquire() as conn:
            signatory = await _sign_in(office, conn, token)
            if signatory.hsa_id != person:
                raise NotSignedInError("The token is somebody else's")
            return [*await approving.approve(conn, str(run), signatory, office.now)]

    with explained():
        token = read_token(token_file)
        left = work(say_yes)
    typer.echo(f"approved; still to approve: {', '.join(left) or 'nobody'}")


def _change_hold(
    change: Callable[[Connection, HoldChange], Awaitable[None]],
    case_id: UUID,
    decision: str,
    token_file: Path | None,
) -> None:
    token = read_token(token_file)

    async def write(office: Office) -> None:
        async with office.pool.acquire() as conn:
            signatory = await _sign_in(office, conn, token)
            by = signatory.hsa_id
            told = HoldChange(case_id=str(case_id), decision=decision, at=office.now, by=by)
            await change(conn, told)

    work(write)


async def _sign_in(office: Office, conn: Connection, token: str) -> Signatory:
    return await sign_in(conn, office.settings, office.region, token, office.now)


def _told(due: RetentionPlan) -> dict[str, object]:
    cases = [
        case.model_dump(mode="json") | ({"service": None} if case.case_id in due.protected else {})
        for case in due.cases
    ]
    return {"on": due.on.isoformat(), "counts": due.counts(), "cases": cases}


def _counted(due: RetentionPlan) -> str:
    counts = [f"{code} {count}" for code, count in due.counts().items()]
    return f"due on {due.on}: {', '.join(counts) or 'nothing'}"
