"""A telephone number a unit may call: E.164, no short or premium number."""

from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from domain.forms.codes import AnswerCode

_SWEDISH_PREMIUM = ("+46900", "+46939", "+46944", "+4699")


def _check_ordinary(number: str) -> str:
    if number.startswith(_SWEDISH_PREMIUM):
        raise ValueError(AnswerCode.WRONG_PHONE_NUMBER)
    return number


PhoneNumber = Annotated[
    str,
    StringConstraints(strip_whitespace=True, pattern=r"^\+[1-9][0-9]{7,14}$"),
    AfterValidator(_check_ordinary),
]
