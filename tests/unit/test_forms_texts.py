"""Each code of a form has its words in both languages, and a status it is answered with."""

import pytest

from api.problem_texts import load_problem_texts
from api.statuses import STATUS_OF
from domain.forms.codes import AnswerCode, leading_code
from tests.region import SHIPPED

TEXTS = load_problem_texts(SHIPPED / "texts" / "problems.toml").by_code
UNPROCESSABLE = 422


@pytest.mark.parametrize("code", AnswerCode)
def test_code_has_words_in_both_languages(code: AnswerCode) -> None:
    text = TEXTS[code]

    assert text.title
    assert text.sv
    assert text.en
    assert text.sv != text.en


@pytest.mark.parametrize("code", AnswerCode)
def test_code_is_answered_as_unprocessable_content(code: AnswerCode) -> None:
    """On its own where it has a status of its own, else as one of the wrong answers."""
    assert STATUS_OF.get(leading_code([code]), UNPROCESSABLE) == UNPROCESSABLE
    assert STATUS_OF["invalid_answers"] == UNPROCESSABLE


@pytest.mark.parametrize(
    ("code", "numbers"),
    [(AnswerCode.STOP_CALL_112, {"112"}), (AnswerCode.STOP_CALL_1177, {"1177", "112"})],
)
def test_call_for_help_names_its_number(code: AnswerCode, numbers: set[str]) -> None:
    assert all(number in TEXTS[code].sv for number in numbers)
    assert all(number in TEXTS[code].en for number in numbers)
