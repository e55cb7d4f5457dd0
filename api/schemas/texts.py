"""What people write in the body of a message: storable texts that carry nobody's identity."""

from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from domain import model
from domain.identities import carries_identity


def _check_nameless(text: str) -> str:
    if carries_identity(text):
        raise PydanticCustomError("identity_not_allowed", "identity_not_allowed")
    return text


Text = Annotated[model.Text, AfterValidator(_check_nameless)]
ShortText = Annotated[model.ShortText, AfterValidator(_check_nameless)]
