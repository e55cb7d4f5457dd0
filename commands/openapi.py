"""`arende openapi`: prints the contract of the HTTP API."""

import json

import typer

app = typer.Typer()


@app.command()
def openapi() -> None:
    """Print the OpenAPI document of the API; the repository keeps it as openapi.json.

    Needs no settings and no service. Exit codes: 0, 2 usage.
    """
    from api.app import bare_app  # noqa: PLC0415 - other commands start without it

    typer.echo(document(bare_app().openapi()), nl=False)


def document(contract: dict[str, object]) -> str:
    """Return *contract* as the file has it: two spaces deep, with a newline at the end."""
    return json.dumps(contract, indent=2, ensure_ascii=False) + "\n"
