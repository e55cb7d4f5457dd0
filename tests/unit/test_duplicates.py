"""Content keys: what two submissions about the same thing have in common."""

import pytest
from pydantic import JsonValue

from domain.duplicates import content_keys
from domain.forms.registry import FORMS
from tests.unit.form_samples import occasion

Answers = dict[str, JsonValue]


def renewal(*items: dict[str, JsonValue]) -> Answers:
    return {"items": list(items)}


def visit(starts_at: str, unit: str | None = None) -> Answers:
    return {"action": "cancel", "booking": {"starts_at": starts_at, "unit": unit, "kind": "Test"}}


SAME = {
    "one product of several": (
        "prescription_renewal",
        renewal({"npl_id": "20001103000015"}, {"npl_id": "20990101000012"}),
        renewal({"npl_id": "20990101000012"}),
    ),
    "a name spelt otherwise": (
        "prescription_renewal",
        renewal({"not_found_text": "Omeprazol  TEVA"}),
        renewal({"not_found_text": "omeprazol teva"}),
    ),
    "a visit in another offset": (
        "booking_change",
        visit("2026-03-02T09:00:00+01:00"),
        visit("2026-03-02T08:00:00Z"),
    ),
    "a visit whose unit is written or not": (
        "booking_change",
        visit("2026-03-02T08:00:00Z", "SE1-A"),
        visit("2026-03-02T08:00:00Z"),
    ),
    "an aid": (
        "medical_aid",
        {"aid_kind": "ostomy", "products": [{"name": "Bag"}]},
        {"aid_kind": "ostomy", "products": [{"name": "Cream"}, {"name": "bag", "quantity": 3}]},
    ),
    "a food": (
        "special_food",
        {"products": [{"name": "Drink"}, {"name": "Gel"}]},
        {"products": [{"name": "drink"}]},
    ),
    "a certificate": (
        "certificate",
        {"action": "new", "type": "school", "recipient": "The School"},
        {"action": "renew", "type": "school", "recipient": "the school"},
    ),
    "a method": (
        "contraception",
        {"action": "renew", "current_method": "ring", "message": "One"},
        {"action": "renew", "current_method": "ring"},
    ),
    "contraception": ("contraception", {"action": "stop"}, {"action": "stop"}),
    "all of a form that names nothing of its own": (
        "a_new_form",
        {"topic": "invoice", "message": "I paid\n twice.", "prefers": None},
        {"message": "i paid twice.", "topic": "invoice"},
    ),
}
OTHER = {
    "product": (
        "prescription_renewal",
        renewal({"npl_id": "20001103000015"}),
        renewal({"npl_id": "20990101000012"}),
    ),
    "visit": (
        "booking_change",
        visit("2026-03-02T08:00:00Z", "SE1-A"),
        visit("2026-03-02T08:15:00Z", "SE1-A"),
    ),
    "recipient": (
        "certificate",
        {"action": "new", "type": "school", "recipient": "One"},
        {"action": "new", "type": "school", "recipient": "Two"},
    ),
    "action": ("contraception", {"action": "stop"}, {"action": "renew"}),
    "method": (
        "contraception",
        {"action": "renew", "current_method": "ring"},
        {"action": "renew", "current_method": "implant"},
    ),
    "aid": (
        "medical_aid",
        {"aid_kind": "ostomy", "products": [{"name": "Bag"}]},
        {"aid_kind": "ostomy", "products": [{"name": "Cream"}]},
    ),
    "word of a form that names nothing of its own": (
        "a_new_form",
        {"topic": "invoice", "wishes": [{"text": "Pay once"}]},
        {"topic": "invoice", "wishes": [{"text": "Pay twice"}]},
    ),
}


@pytest.mark.parametrize(("form", "one", "other"), SAME.values(), ids=SAME)
def test_answers_about_the_same_share_a_key(form: str, one: Answers, other: Answers) -> None:
    assert content_keys(form, one) & content_keys(form, other)


@pytest.mark.parametrize(("form", "one", "other"), OTHER.values(), ids=OTHER)
def test_answers_about_something_else_share_none(form: str, one: Answers, other: Answers) -> None:
    assert not content_keys(form, one) & content_keys(form, other)


@pytest.mark.parametrize(
    ("codes", "is_same"),
    [
        (("A02BC01", "A02BC01"), True),
        (("A02BC01", "A02BC02"), False),
        (("A02BC", "A02BC"), False),
        (("A02BC01", ""), False),
    ],
    ids=["a substance", "another substance", "a group", "an unknown product"],
)
def test_two_products_of_one_substance_are_about_the_same(
    codes: tuple[str, str], *, is_same: bool
) -> None:
    ids = ("20001103000015", "20990101000012")
    known = {npl_id: code for npl_id, code in zip(ids, codes, strict=True) if code}

    one, other = (
        content_keys("prescription_renewal", renewal({"npl_id": id_}), known) for id_ in ids
    )

    assert bool(one & other) is is_same


def test_of_a_list_no_more_is_read_than_a_form_takes() -> None:
    items: list[Answers] = [{"not_found_text": f"Medicine {number}"} for number in range(5_000)]

    assert len(content_keys("prescription_renewal", renewal(*items))) == 20


@pytest.mark.parametrize("form", FORMS)
def test_every_example_is_about_something_and_its_keys_say_no_word(form: str) -> None:
    for answers in FORMS[form].examples(occasion(form)):
        keys = content_keys(form, answers)
        assert keys
        assert all(len(key) == 64 and int(key, 16) >= 0 for key in keys)


@pytest.mark.parametrize("form", FORMS)
def test_no_two_examples_of_a_form_are_about_the_same(form: str) -> None:
    """One citizen may send every example, one after another."""
    keys = [
        key
        for answers in FORMS[form].examples(occasion(form))
        for key in content_keys(form, answers)
    ]

    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("form", [*FORMS, "no_such_form"])
@pytest.mark.parametrize(
    "value", [None, 7, "x", [], [7], {}, {"starts_at": "9999-12-31"}, "\ud800"]
)
def test_answers_that_do_not_fit_are_about_nothing_or_keyed_all_the_same(
    form: str, value: JsonValue
) -> None:
    names = ("items", "booking", "aid_kind", "products", "action", "type", "recipient")

    keys = content_keys(form, dict.fromkeys(names, value))

    assert all(len(key) == 64 for key in keys)


@pytest.mark.parametrize("form", [*FORMS, "a_new_form"])
def test_no_answers_are_about_nothing(form: str) -> None:
    """Contraception is about its action, told or not."""
    assert bool(content_keys(form, {})) is (form == "contraception")


def test_visit_at_the_end_of_time_has_no_key() -> None:
    assert content_keys("booking_change", visit("0001-01-01T00:00:00+14:00")) == frozenset()
