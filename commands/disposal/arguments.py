"""The arguments that the commands of `arende retention` share, and how they are checked."""

import re
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from pydantic import TypeAdapter, ValidationError

from api.identity_digits import has_identity_digits
from domain.model import HsaId

_DECISION = re.compile(r"\w[\w ./:()-]{0,79}")
_HSA_ID = TypeAdapter[str](HsaId)


def _to_decision(value: str) -> str:
    if not _DECISION.fullmatch(value) or has_identity_digits(value):
        raise typer.BadParameter("a reference of at most 80 letters, digits and ./:()- signs")
    return value


def _to_hsa_id(value: str) -> str:
    try:
        return _HSA_ID.validate_python(value)
    except ValidationError:
        raise typer.BadParameter("an HSA-id is written SE2321000198-XXXX") from None


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
PersonOption = Annotated[str, typer.Option("--as", callback=_to_hsa_id, help="Your own HSA-id.")]
