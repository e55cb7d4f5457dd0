"""Answers of any shape: nothing raises, no value is told back, what is taken can be stored."""

import json
import re

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from domain.forms.codes import AnswerCode
from domain.forms.registry import FORMS
from tests.unit.form_samples import Answers, occasion

UNSTORABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
MARK = "kn4rk0n"
INT32 = range(-(2**31), 2**31)
NASTY = st.sampled_from(
    [
        f"{MARK}\x00",
        f"\ud800{MARK}",
        f"\x85{MARK}\x0b",
        f" {MARK} ",
        "\u200b",
        MARK,
        "",
        "2026-02-30",
    ]
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(st.characters(exclude_categories=()), max_size=8)
    | NASTY
)
ANYTHING: st.SearchStrategy[JsonValue] = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=8) | NASTY, inner, max_size=3)
    ),
    max_leaves=8,
)


def places(value: JsonValue, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    below: list[tuple[str | int, ...]] = []
    if isinstance(value, dict):
        below = [place for name, one in value.items() for place in places(one, (*path, name))]
    if isinstance(value, list):
        below = [place for at, one in enumerate(value) for place in places(one, (*path, at))]
    return [path, *below] if path else below


def put(value: JsonValue, path: tuple[str | int, ...], new: JsonValue) -> JsonValue:
    if not path:
        return new
    first, *rest = path
    if isinstance(value, dict):
        return {k: put(v, tuple(rest), new) if k == first else v for k, v in value.items()}
    assert isinstance(value, list)
    return [put(v, tuple(rest), new) if k == first else v for k, v in enumerate(value)]


@st.composite
def broken_answers(draw: st.DrawFn) -> tuple[str, Answers]:
    """An example with up to three answers replaced or added, or answers of no known shape."""
    form = draw(st.sampled_from(list(FORMS.values())))
    if draw(st.booleans()) and draw(st.booleans()):
        return form.code, draw(st.dictionaries(st.text(max_size=12), ANYTHING, max_size=5))
    answers: JsonValue = draw(st.sampled_from(form.examples(occasion(form.code))))
    for _ in range(draw(st.integers(1, 3))):
        answers = put(answers, draw(st.sampled_from(places(answers))), draw(ANYTHING))
    assert isinstance(answers, dict)
    extra = draw(st.dictionaries(st.just("message") | st.text(max_size=4), ANYTHING, max_size=1))
    return form.code, {**answers, **extra}


def leaves(value: JsonValue) -> list[JsonValue]:
    if isinstance(value, dict):
        return [*value, *(leaf for one in value.values() for leaf in leaves(one))]
    if isinstance(value, list):
        return [leaf for one in value for leaf in leaves(one)]
    return [value]


def is_storable(leaf: JsonValue) -> bool:
    if isinstance(leaf, str):
        return UNSTORABLE.search(leaf) is None
    return not isinstance(leaf, int) or leaf in INT32


@settings(max_examples=600, deadline=None)
@given(made=broken_answers())
def test_answers_are_judged_whatever_they_are(made: tuple[str, Answers]) -> None:
    code, answers = made
    form, on = FORMS[code], occasion(code)

    found = form.problems(answers, on)

    assert {problem.code for problem in found} <= set(AnswerCode)
    assert MARK not in "".join(problem.pointer for problem in found)
    form.variant(answers)
    form.reading(answers, on)
    if not found:
        assert all(is_storable(leaf) for leaf in leaves(answers))
        assert json.loads(json.dumps(answers, allow_nan=False)) == answers


@settings(max_examples=200, deadline=None)
@given(text=st.text(st.characters(exclude_categories=()), max_size=30) | NASTY)
def test_free_text_that_is_taken_can_be_stored(text: str) -> None:
    for form in FORMS.values():
        on = occasion(form.code)
        field = "reason" if form.code == "booking_change" else "message"
        answers = {**form.examples(on)[-1], field: text}

        found = form.problems(answers, on)

        assert {problem.pointer for problem in found} <= {f"/{field}"}
        assert found or UNSTORABLE.search(text) is None
