"""`arende retention run`, `proof` and `replay`: erasing, and what shows that it was done."""

import json
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from commands.disposal import proofs
from commands.disposal.arguments import AsJson, RunArgument
from commands.disposal.erasing import Eraser, RunResult
from commands.disposal.office import Office, temporal, work
from commands.exits import FAILED, explained

_STOPPED = 3

app = typer.Typer()


@app.command("run")
def carry_out(run: RunArgument, as_json: AsJson = False) -> None:
    """Erase what an approved run lists; a repeat goes on where the last one ended.

    Nothing is erased when a listed case is open, held, changed or no longer due. There is no way
    back: keep what `arende retention proof --json` prints apart from the database.

    Exit codes: 0 all erased, 1 not approved, or no database or Temporal, 2 usage, 3 stopped.
    """

    async def erase(office: Office) -> RunResult:
        eraser = Eraser(office.pool, await temporal(office), office.region, office.now)
        return await eraser.run(str(run))

    with explained():
        result = work(erase)
    if as_json:
        typer.echo(result.model_dump_json())
    else:
        typer.echo(f"{result.erased} of {result.listed} cases erased")
        if result.leaving:
            typer.echo(
                f"Temporal removes {result.leaving} workflows; repeat the run to see it done"
            )
        for stop in result.stopped:
            typer.echo(f"stopped at {stop.case_id}: {stop.hindrance}", err=True)
    if result.stopped:
        raise typer.Exit(_STOPPED)


@app.command()
def proof(
    run: Annotated[UUID | None, typer.Argument(help="The run; every run without it.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print the sealed proof of what was erased, compared with what is stored now.

    Exit codes: 0 printed, 1 erased cases and proofs do not agree, or no database, 2 usage.
    """

    async def read(office: Office) -> proofs.ProofFile:
        async with office.pool.acquire() as conn:
            return await proofs.read_proofs(conn, office.secret, str(run) if run else None)

    with explained():
        found = work(read)
    if as_json:
        typer.echo(found.model_dump_json())
    else:
        for each in found.proofs:
            typer.echo(f"{each.case_id}  {each.retention_class}  erased {each.erased_at:%Y-%m-%d}")
        typer.echo(f"{len(found.proofs)} proofs, seal {found.seal}")
        for case_id in (*found.altered, *found.unproved):
            typer.echo(f"{case_id} is not as its proof says", err=True)
    if found.altered or found.unproved:
        raise typer.Exit(FAILED)


@app.command()
def replay(
    files: Annotated[
        list[Path],
        typer.Option("--from", exists=True, dir_okay=False, help="What `proof --json` printed."),
    ],
    as_json: AsJson = False,
) -> None:
    """Erase again, in a restored database and before it takes traffic, what was erased before.

    Exit codes: 0 erased, 1 a file is not sealed by us, or no database or Temporal, 2 usage.
    """

    async def erase(office: Office) -> dict[str, int]:
        told = [proof for file in files for proof in proofs.load_proofs(file, office.secrets)]
        eraser = Eraser(office.pool, await temporal(office), office.region, office.now)
        return await eraser.replay(told)

    with explained():
        counts = work(erase)
    said = [f"{name}: {count}" for name, count in counts.items()]
    typer.echo(json.dumps(counts) if as_json else "\n".join(said))
