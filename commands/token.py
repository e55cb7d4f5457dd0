"""`arende token`: bearer tokens of the local issuer, and the made-up people they are for."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import typer

from commands.exits import explained
from commands.identifiers import to_hsa_id, to_identity
from commands.register import DatabaseAwayError
from runtime.errors import OperatorError
from runtime.issuer import LocalIssuer
from runtime.region import load_region
from runtime.settings import Settings, load_settings
from store.people import CitizenPerson, Person, list_people
from store.pool import DATABASE_ERRORS, Connection, open_pool
from store.staff import find_commissions

REFUSED = 2

_Found = TypeVar("_Found")

app = typer.Typer(
    help="Make bearer tokens for a local stack; each lives one hour. Exit codes: 0 made, "
    "1 the person or the database cannot be found, 2 usage, or not in local mode.",
    invoke_without_command=True,
)


class CommissionError(OperatorError):
    """A member of staff has no commission, or several and none was chosen."""

    def __init__(self, commissions: list[str]) -> None:
        known = ", ".join(commissions) or "none"
        super().__init__(f"Choose one with --commission; this person's are: {known}")


@app.callback()
def token(
    context: typer.Context,
    lists: Annotated[bool, typer.Option("--list", help="List people to make tokens for.")] = False,
    special: Annotated[
        bool, typer.Option("--special", help="With --list: those some rule treats otherwise.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --list: as JSON.")] = False,
) -> None:
    """Make a bearer token for a local stack, or list who there is."""
    if context.invoked_subcommand is not None:
        return
    if not lists:
        typer.echo(context.get_help())
        raise typer.Exit(REFUSED)
    settings, _ = _local_stack()
    with explained():
        people = asyncio.run(_list_people(settings, special))
    if as_json:
        listed = [person.model_dump(mode="json") for person in people]
        typer.echo(json.dumps(listed, ensure_ascii=False))
        return
    for person in people:
        typer.echo(_line(person))


@app.command()
def citizen(identity: Annotated[str, typer.Argument(callback=to_identity)]) -> None:
    """Print a token for the citizen with this IDENTITY (12 digits) as the last line."""
    _, issuer = _local_stack()
    typer.echo(issuer.citizen_token(identity, _now()))


@app.command()
def staff(
    hsa_id: Annotated[str, typer.Argument(callback=to_hsa_id)],
    commission: Annotated[
        str | None, typer.Option(help="HSA-id of the commission; may be left out if only one.")
    ] = None,
) -> None:
    """Print a token for the member of staff with this HSA_ID as the last line."""
    settings, issuer = _local_stack()
    with explained():
        chosen = to_hsa_id(commission) if commission else _only_commission(settings, hsa_id)
    typer.echo(issuer.staff_token(hsa_id, chosen, _now()))


def _local_stack() -> tuple[Settings, LocalIssuer]:
    try:
        settings = load_settings()
        return settings, LocalIssuer(settings)
    except OperatorError as error:
        typer.echo(f"arende: {error}", err=True)
        raise typer.Exit(REFUSED) from None


def _only_commission(settings: Settings, hsa_id: str) -> str:
    async def find(conn: Connection) -> list[str]:
        return await find_commissions(conn, hsa_id)

    commissions = asyncio.run(_ask(settings, find))
    if len(commissions) != 1:
        raise CommissionError(commissions)
    return commissions[0]


async def _list_people(settings: Settings, special: bool) -> list[Person]:
    region = load_region(settings.region_dir)
    catalogue = region.catalogue
    leading = list(catalogue.system_roles.model_dump().values())

    async def find(conn: Connection) -> list[Person]:
        return await list_people(
            conn,
            special=special,
            service_roles=catalogue.routed_roles(),
            leading_roles=leading,
            on=region.calendars.default.local_day(_now()),
        )

    return await _ask(settings, find)


async def _ask(settings: Settings, question: Callable[[Connection], Awaitable[_Found]]) -> _Found:
    async with await open_pool(settings.database_url, 1) as pool:
        try:
            async with pool.acquire() as conn:
                return await question(conn)
        except DATABASE_ERRORS as error:
            raise DatabaseAwayError from error


def _line(person: Person) -> str:
    if isinstance(person, CitizenPerson):
        parts = [person.kind, person.identity, person.name, person.listed_unit or "-"]
    else:
        roles = ",".join(person.roles)
        parts = [
            person.kind,
            person.hsa_id,
            person.name,
            person.unit or "-",
            person.commission,
            roles,
        ]
    return "\t".join([*parts, *([person.why] if person.why else [])])


def _now() -> datetime:
    return datetime.now(UTC)
