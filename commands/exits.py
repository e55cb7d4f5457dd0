"""How a command ends when something is wrong: one line on stderr and an exit code."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from runtime.errors import OperatorError

FAILED = 1


@contextmanager
def explained() -> Iterator[None]:
    """Turn what a person can put right into one message and exit code 1."""
    try:
        yield
    except OperatorError as error:
        typer.echo(f"arende: {error}", err=True)
        raise typer.Exit(FAILED) from None
