"""The `arende` command: gathers the sub-commands from commands/."""

import typer

from commands import stack

app = typer.Typer(
    name="arende",
    help="Durable case processing for the digital services of a health-care region.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
)
app.add_typer(stack.app)

if __name__ == "__main__":
    app()
