"""The arguments that the commands of `arende retention` share, and how they are checked."""

import re
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from api.identity_digits import has_identity_digits
from commands.identifiers import to_hsa_id

_DECISION = re.compile(r"\w[\w ./:()-]{0,79}")


def _to_decision(value: str) -> str:
    if not _DECISION.fullmatch(value) or has_identity_digits(value):
        raise typer.BadParameter("a reference of at most 80 letters, digits and ./:()- signs")
    return value


CaseArgument = Annotated[UUID, typer.Argument(help="The case id.")]
RunArgument = Annotated[UUID, typer.Argument(help="The run, as `propose` printed it.")]
Decision = Annotated[
    str,
    typer.Option(callback=_to_decision, help="The number of the decision; it names no patient."),
]
TokenFile = Annotated[
    Path | None,
    typer.Option(
        exists=True, dir_okay=False, help="Holds your bearer token; else standard input does."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
PersonOption = Annotated[str, typer.Option("--as", callback=to_hsa_id, help="Your own HSA-id.")]
