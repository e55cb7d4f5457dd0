"""Examples: answers that anyone may submit today, at any hour, and that reach a role."""

from datetime import datetime

import pytest
from hypothesis import given, settings

from domain.forms.form import Form
from domain.forms.registry import FORMS
from domain.vocabulary import Flag, Urgency
from tests.unit.form_samples import CATALOGUE, WHENEVER, entry, occasion

KINDS = [kind for form in FORMS.values() for kind in (form.variants or (form.code,))]
NEVER_IN_AN_EXAMPLE = {Flag.COMBINED_CONTRAINDICATION, Flag.NEED_CHANGED, Flag.MUNICIPAL_CARE}


@pytest.mark.parametrize("kind", KINDS)
def test_every_variant_has_two_examples(kind: str) -> None:
    form = FORMS[kind.partition(".")[0]]

    made = form.examples(occasion(form.code))

    assert len([one for one in made if (form.variant(one) or form.code) == kind]) >= 2


@settings(max_examples=60, deadline=None)
@given(received_at=WHENEVER)
def test_every_example_fits_at_any_hour_of_any_day(received_at: datetime) -> None:
    for form in FORMS.values():
        on = occasion(form.code, received_at)
        for answers in form.examples(on):
            assert form.problems(answers, on) == []
            told = form.reading(answers, on)
            assert told.urgency is not Urgency.URGENT
            assert not NEVER_IN_AN_EXAMPLE & set(told.flags)


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_every_example_goes_to_a_role_of_the_catalogue(form: Form[object]) -> None:
    service = entry(form.code)

    for answers in form.examples(occasion(form.code)):
        rules = service.handling_for(form.variant(answers))
        assert rules.role in CATALOGUE.role_names
        assert rules.role in CATALOGUE.routed_roles()
        assert rules.variant == (None if form.asks_alike else form.variant(answers))


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_schema_has_a_branch_for_each_variant_and_takes_no_other_field(form: Form[object]) -> None:
    schema = form.schema()

    branches = [
        schema["$defs"][branch["$ref"].rpartition("/")[2]] for branch in schema.get("oneOf", [])
    ] or [schema]
    assert len(branches) == (1 if form.asks_alike else max(len(form.kinds), 1))
    assert all(branch["additionalProperties"] is False for branch in branches)
    if form.tag and not form.asks_alike:
        assert {branch["properties"][form.tag]["const"] for branch in branches} == set(form.kinds)


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_what_the_schema_requires_is_what_the_form_misses(form: Form[object]) -> None:
    schema = form.schema()
    on = occasion(form.code)

    for answers in form.examples(on):
        branch, union_tag = schema, None if form.asks_alike else form.tag
        if union_tag:
            kind = str(answers[union_tag])
            name = schema["discriminator"]["mapping"][kind].rpartition("/")[2]
            branch = schema["$defs"][name]
        assert set(branch["required"]) <= answers.keys() <= branch["properties"].keys()
        for field in set(branch["required"]) - {union_tag}:
            left = {name: value for name, value in answers.items() if name != field}
            assert (f"/{field}", "missing") in {
                (problem.pointer, problem.code) for problem in form.problems(left, on)
            }
