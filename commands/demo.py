"""`arende demo`: a stack of its own, a case of each service, and the story of them."""

import asyncio
from typing import Annotated

import typer

from commands.exits import explained
from commands.story.telling import tell
from runtime.interrupts import until_interrupted
from runtime.local import LocalStack
from runtime.settings import Settings, load_settings

app = typer.Typer()


@app.command()
def demo(
    keep: Annotated[
        bool, typer.Option(envvar="KEEP", help="Leave the stack running until Ctrl-C.")
    ] = False,
) -> None:
    """Show one case handled and another run out of time, on a stack started for it.

    Starts what `arende up` starts, submits a case of each service over HTTP, walks one to its
    outcome, moves another's time until it has been escalated, and prints the story. Nothing is
    left running unless --keep (or KEEP=1).

    Exit codes: 0 told, 1 could not start or the story went wrong, 2 usage.
    """
    with explained():
        settings = load_settings("local")
        stack = LocalStack(settings, say=typer.echo)
        asyncio.run(until_interrupted(_run(stack, settings, keep=keep), stack.kill_now))


async def _run(stack: LocalStack, settings: Settings, *, keep: bool) -> None:
    typer.echo("Arende starts on this machine: PostgreSQL, Temporal, a worker and the API.")
    async with stack:
        await tell(stack, settings, typer.echo)
        if keep:
            typer.echo(f"\nAPI {stack.api_url} · Temporal UI {stack.ui_url} · Ctrl-C stops it.")
            await stack.watch()
    typer.echo("\nEverything has been stopped. KEEP=1 make demo leaves it running.")
