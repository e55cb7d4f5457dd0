"""The shipped services, and answers to them that tests change one thing at a time."""

from datetime import datetime, timedelta

from hypothesis import strategies as st
from pydantic import JsonValue

from domain.catalogue import ServiceEntry
from domain.forms.form import Occasion, Reading
from domain.forms.problems import AnswerProblem
from domain.forms.registry import FORMS
from runtime.region import load_catalogue
from runtime.role_names import read_role_names
from tests.region import SHIPPED
from tests.unit.opening_samples import HEALTH_CENTRE, at

Answers = dict[str, JsonValue]

CATALOGUE = load_catalogue(SHIPPED / "catalogue.toml", read_role_names(SHIPPED / "roles.csv"))
MONDAY_NOON = at("2026-11-23 12:00")
GONE: JsonValue = "(left out)"
"""Stands for a field to leave out."""

WHENEVER = st.datetimes(min_value=datetime(2025, 6, 1), max_value=datetime(2028, 6, 1)).map(
    lambda local: at(local.isoformat())
)


def entry(service: str) -> ServiceEntry:
    found = CATALOGUE.find_service(service)
    assert found is not None
    return found


def occasion(
    service: str,
    received_at: datetime = MONDAY_NOON,
    *,
    age: int | None = 40,
    rules: ServiceEntry | None = None,
) -> Occasion:
    """Return when and how answers are judged in these tests, by the shipped rules if no other."""
    return Occasion(
        received_at=received_at,
        service=rules or entry(service),
        calendar=HEALTH_CENTRE,
        age=age,
    )


def example(kind: str) -> Answers:
    """Return the first example of a service or variant, such as `medical_aid.ostomy`."""
    form = FORMS[kind.partition(".")[0]]
    made = form.examples(occasion(form.code))
    return next(one for one in made if kind in {form.variant(one), form.code})


def changed(kind: str, **fields: JsonValue) -> Answers:
    """Return an example with top-level fields replaced, or left out when `GONE`."""
    answers = {**example(kind), **fields}
    return {name: value for name, value in answers.items() if value != GONE}


def problems(kind: str, answers: Answers, on: Occasion | None = None) -> list[AnswerProblem]:
    code = kind.partition(".")[0]
    return FORMS[code].problems(answers, on or occasion(code))


def said(kind: str, answers: Answers, on: Occasion | None = None) -> set[tuple[str, str]]:
    """Return what is wrong as pairs of place and code."""
    return {(problem.pointer, problem.code) for problem in problems(kind, answers, on)}


def reading(kind: str, answers: Answers, on: Occasion | None = None) -> Reading:
    """Return what answers tell; they must fit."""
    code = kind.partition(".")[0]
    assert not problems(kind, answers, on)
    return FORMS[code].reading(answers, on or occasion(code))


def days_from_now(days: int) -> str:
    return (HEALTH_CENTRE.local_day(MONDAY_NOON) + timedelta(days=days)).isoformat()
