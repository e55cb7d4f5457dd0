"""What operators do about dead addresses: take a bounce, and let what was stopped lead on."""

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from activities.bounces import lose_contact
from activities.contacts import Way
from commands.delivery_desk import on_database, read_instant
from commands.exits import explained
from domain.delivery import DeliveryChannel
from domain.delivery_errors import DeliveryError
from runtime.delivery_status import MOST_BYTES, read_bounced_key
from store.contacts import resume_channels
from store.delivery_desk import fail_sent, find_reader
from store.pool import Connection
from store.staff_tasks import end_lost_contacts

_NOT_OURS = 3

app = typer.Typer()


@app.command()
def bounced() -> None:
    """Take a delivery status mail (RFC 3464) from standard input: the address is dead.

    The delivery counts as failed, mail to that address of its person stops, and their manager
    gets a task. Safe to repeat. Exit codes: 0 taken, 1 no database, 2 usage, 3 not about a
    delivery of ours, or not final.
    """
    key = read_bounced_key(sys.stdin.buffer.read(MOST_BYTES))
    now = datetime.now(UTC)
    with explained():
        is_taken = key is not None and on_database(lambda conn: _take_bounce(conn, key, now))
    if not is_taken:
        typer.echo("arende: this tells of no delivery of ours that failed for good", err=True)
        raise typer.Exit(_NOT_OURS)
    typer.echo("1 delivery bounced")


@app.command()
def resume(
    channel: Annotated[
        DeliveryChannel | None, typer.Option(help="Only those of this channel.")
    ] = None,
    error: Annotated[
        DeliveryError | None, typer.Option(help="Only those stopped by this error code.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(help="Only those stopped from then on, as 2026-11-23T12:00+01:00."),
    ] = None,
) -> None:
    """Let channels lead on that were stopped although no address was dead.

    For what a wrong answer of a mail server or a gateway did; at least one option says which.
    The tasks that the stops opened are done with it. What failed meanwhile leaves again by
    `arende notices retry`. Safe to repeat. Exit codes: 0 done, also when none was stopped, 1 no
    database or no instant, 2 usage.
    """
    if (channel, error, since) == (None, None, None):
        raise typer.BadParameter("name a channel, an error or an instant: most stops are right")
    now = datetime.now(UTC)
    with explained():
        at = None if since is None else read_instant(since)
        stops, tasks = on_database(lambda conn: _resume(conn, channel, error, at, now))
    typer.echo(f"{stops} stopped channels lead on, {tasks} tasks are done")


async def _take_bounce(conn: Connection, key: str, at: datetime) -> bool:
    reader = await find_reader(conn, key)
    if reader is None or reader.channel is not DeliveryChannel.MAIL:
        return False
    lost, code = Way(channel=reader.channel, person=reader.person), DeliveryError.BOUNCED
    async with conn.transaction():
        await fail_sent(conn, key, code, at)
        await lose_contact(conn, key, lost, code, at, address=reader.address_digest)
    return True


async def _resume(
    conn: Connection,
    channel: DeliveryChannel | None,
    error: DeliveryError | None,
    since: datetime | None,
    at: datetime,
) -> tuple[int, int]:
    async with conn.transaction():
        people = await resume_channels(conn, channel, error, since)
        return len(people), await end_lost_contacts(conn, people, at)
