"""The body of a submission."""

from typing import Annotated

from pydantic import AfterValidator, Field, JsonValue, StringConstraints

from api.callers import Identity
from api.strict_model import StrictModel
from domain.model import HsaId
from domain.vocabulary import Channel

_UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"

CaseIdText = Annotated[str, StringConstraints(pattern=_UUID)]
ServiceCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{2,40}$")]


def _trimmed(value: JsonValue) -> JsonValue:
    """Return *value* with no white space around any of its texts; staff see what is kept."""
    match value:
        case str():
            return value.strip()
        case list():
            return [_trimmed(item) for item in value]
        case dict():
            return {name: _trimmed(item) for name, item in value.items()}
        case _:
            return value


class SubmitCase(StrictModel):
    """A form to submit. Without `clinic` the case goes where the patient is listed.

    `on_behalf_of` is the identity of a child whose guardian submits. `not_duplicate_of` names
    open cases that this one does not repeat.
    """

    service: ServiceCode
    answers: Annotated[dict[str, JsonValue], AfterValidator(_trimmed)]
    clinic: HsaId | None = None
    on_behalf_of: Identity | None = None
    not_duplicate_of: Annotated[list[CaseIdText], Field(max_length=10, default_factory=list)]
    channel: Annotated[Channel, Field(strict=False)] = Channel.MVG_APP
