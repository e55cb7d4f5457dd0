"""Answers that depend on another answer, told at the field that lacks or breaks the rule."""

from typing import TypeVar

from pydantic import AfterValidator, ValidationInfo

from domain.forms.codes import AnswerCode

_AnswerT = TypeVar("_AnswerT")


def required_if(other: str, value: object, code: AnswerCode) -> AfterValidator:
    """Return the rule that an optional field is answered when *other*, asked before it, is *value*.

    The field needs `Field(validate_default=True)`, else its absence would go unseen.
    """

    def check(answer: _AnswerT, info: ValidationInfo) -> _AnswerT:
        if answer is None and info.data.get(other) == value:
            raise ValueError(code)
        return answer

    return AfterValidator(check)


def at_least_one(other: str, code: AnswerCode) -> AfterValidator:
    """Return the rule that this field or *other*, asked before it, is answered."""

    def check(answer: _AnswerT, info: ValidationInfo) -> _AnswerT:
        if other in info.data and answer is None and info.data[other] is None:
            raise ValueError(code)
        return answer

    return AfterValidator(check)


def one_of_two(other: str, code: AnswerCode) -> AfterValidator:
    """Return the rule that exactly one of this field and *other*, asked before it, is answered."""

    def check(answer: _AnswerT, info: ValidationInfo) -> _AnswerT:
        if other in info.data and (answer is None) == (info.data[other] is None):
            raise ValueError(code)
        return answer

    return AfterValidator(check)
