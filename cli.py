"""The `arende` command: gathers the sub-commands from commands/."""

import typer

from commands import case, demo, doctor, notices, openapi, reconcile, register, stack, token

app = typer.Typer(
    name="arende",
    help="Durable case processing for the digital services of a health-care region.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
)
app.add_typer(stack.app)
app.add_typer(notices.app, name="notices")
app.add_typer(reconcile.app)
app.add_typer(demo.app)
app.add_typer(doctor.app)
app.add_typer(openapi.app)
app.add_typer(case.app, name="case")
app.add_typer(register.app, name="import")
app.add_typer(token.app, name="token")

if __name__ == "__main__":
    app()
