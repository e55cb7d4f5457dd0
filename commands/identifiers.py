"""Identifiers given on a command line: checked, and refused without being repeated."""

from collections.abc import Callable
from typing import Any

import typer
from pydantic import TypeAdapter, ValidationError

from api.callers import Identity
from domain.model import HsaId


def _checked(kind: Any, complaint: str) -> Callable[[str], str]:  # noqa: ANN401 - any annotated type
    adapter = TypeAdapter[str](kind)

    def check(value: str) -> str:
        try:
            return adapter.validate_python(value)
        except ValidationError:
            raise typer.BadParameter(complaint) from None

    return check


to_hsa_id = _checked(HsaId, "an HSA-id is written SE2321000198-XXXX")
to_identity = _checked(Identity, "an identity has 12 digits and a right check digit")
