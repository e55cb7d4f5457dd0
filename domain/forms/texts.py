"""Texts that people write in forms: storable, and with something to read in them."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator

from domain.forms.codes import AnswerCode
from domain.model import ShortText, Text

_PRIVATE_USE = "Co"
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"})


def _check_seen(text: str) -> str:
    if all(unicodedata.category(sign) in _UNSEEN for sign in text):
        raise ValueError(AnswerCode.TOO_SHORT)
    return text


def _check_known(line: str) -> str:
    if any(unicodedata.category(sign) == _PRIVATE_USE for sign in line):
        raise ValueError(AnswerCode.INVALID_FORMAT)
    return line


FreeText = Annotated[Text, AfterValidator(_check_seen)]
"""Up to 2,000 signs."""

Line = Annotated[ShortText, AfterValidator(_check_seen), AfterValidator(_check_known)]
"""Up to 200 signs, none of them for private use: a name that each font shows otherwise is none."""
