"""Reads the body of a message by the message's name in the URL."""

from dataclasses import dataclass

from fastapi.exceptions import RequestValidationError
from pydantic import JsonValue, ValidationError

from api.problems import ProblemError
from api.schemas.messages import MESSAGES
from api.strict_model import StrictModel


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message as it came over HTTP; nothing of its content has been read yet."""

    name: str
    content: dict[str, JsonValue]
    action_id: str
    expected_rev: int | None
    respond_async: bool


def read_body(parcel: Parcel) -> StrictModel:
    """Return the body as its model.

    Raises `ProblemError` 404 for a message there is not, and what a wrong body raises anywhere.
    """
    if parcel.name not in MESSAGES:
        raise ProblemError("not_found")
    model, _ = MESSAGES[parcel.name]
    try:
        return model.model_validate(parcel.content)
    except ValidationError as error:
        found = [{**detail, "loc": ("body", *detail["loc"])} for detail in error.errors()]
        raise RequestValidationError(found, body=parcel.content) from None
