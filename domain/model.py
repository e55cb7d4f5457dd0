"""The base of every value that travels: frozen, and open to fields a newer release adds."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

_ALLOWED_CONTROLS = "\n\t"
_CONTROL_OR_SURROGATE = frozenset({"Cc", "Cs"})
_NONCHARACTERS = range(0xFDD0, 0xFDF0)
_LAST_TWO_OF_A_PLANE = 0xFFFE


class Model(BaseModel):
    """A frozen value; an unknown field is left out, so an older worker reads a newer history.

    An error names the field and never quotes what was in it, since errors reach logs.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)


def is_storable(text: str) -> bool:
    """Whether every store takes *text*: no control sign, lone surrogate or noncharacter."""
    return not any(_is_unstorable(sign) for sign in text if sign not in _ALLOWED_CONTROLS)


def _is_unstorable(sign: str) -> bool:
    code = ord(sign)
    is_last_two = code & _LAST_TWO_OF_A_PLANE == _LAST_TWO_OF_A_PLANE
    is_noncharacter = code in _NONCHARACTERS or is_last_two
    return unicodedata.category(sign) in _CONTROL_OR_SURROGATE or is_noncharacter


def _check_storable(text: str) -> str:
    if not is_storable(text):
        raise ValueError("unstorable_text")
    return text


Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=2000),
    AfterValidator(_check_storable),
]
ShortText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(_check_storable),
]
HsaId = Annotated[
    str,
    StringConstraints(pattern=r"^[Ss][Ee][0-9]{10}-[A-Za-z0-9]{1,18}$", to_upper=True),
]
"""A unit's or a person's id in the HSA catalogue, at most 31 signs [S61]; case does not count."""
