"""What is read from answers as they were sent, so that no other fault hides it."""

from collections.abc import Iterator

import pytest
from pydantic import JsonValue

from domain.forms.codes import leading_code
from domain.forms.registry import FORMS
from tests.unit.form_samples import GONE, changed, problems, said

RENEWAL, FOOD, BOOKING = "prescription_renewal", "special_food", "booking_change"
START, OSTOMY = "contraception.start", "medical_aid.ostomy"
LISTS = [
    (RENEWAL, "items", 10),
    (OSTOMY, "products", 20),
    (FOOD, "products", 20),
    (BOOKING, "wishes", 3),
]


@pytest.mark.parametrize("action", [GONE, "x", 7, ["start"], None])
def test_call_for_help_needs_no_variant(action: JsonValue) -> None:
    answers = changed(START, action=action, alarm_symptoms=["thrombosis", "heavy_bleeding"])

    found = said(START, answers)

    assert ("/alarm_symptoms/0", "stop_call_112") in found
    assert ("/alarm_symptoms/1", "stop_call_1177") in found
    assert leading_code([code for _, code in found]) == "stop_call_112"


@pytest.mark.parametrize("form", [RENEWAL, "contraception"])
def test_call_for_help_needs_no_other_answer(form: str) -> None:
    field = "severe_symptoms" if form == RENEWAL else "alarm_symptoms"

    found = said(form, {field: [{}, None, *["cough"] * 30, "chest_pain"]})

    assert (f"/{field}/32", "stop_call_112") in found
    assert (f"/{field}", "too_many_items") in found
    assert (f"/{field}", "stop_call_112") in said(form, {field: "chest_pain"})


ITEM: dict[str, JsonValue] = {
    "dose_now": "1 tablet",
    "taken_as_prescribed": True,
    "effect": "good",
    "side_effects": False,
    "supply_left_days": 20,
}


def of_length(kind: str, count: int) -> list[JsonValue]:
    """Return *count* items of the list that *kind* has, no two alike."""
    one: dict[str, dict[str, JsonValue]] = {
        RENEWAL: {**ITEM, "not_found_text": "Medicine {}"},
        OSTOMY: {"name": "Bag {}", "quantity": 1},
        FOOD: {"name": "Drink {}", "amount_per_day": "1"},
        BOOKING: {"from_at": "2026-12-08T09:00Z", "until_at": "2026-12-09T09:00Z"},
    }
    return [
        {
            name: told.format(at) if isinstance(told, str) else told
            for name, told in one[kind].items()
        }
        for at in range(count)
    ]


@pytest.mark.parametrize(("kind", "field", "most"), LISTS)
@pytest.mark.parametrize("wrong", [0, -1], ids=["the first", "the last"])
def test_too_many_are_told_beside_a_wrong_one(kind: str, field: str, most: int, wrong: int) -> None:
    items = of_length(kind, most + 1)
    items[wrong] = 5

    found = said(kind, changed(kind, **{field: items}))

    place = f"/{field}/{wrong % len(items)}"
    assert found == {(f"/{field}", "too_many_items"), (place, "wrong_type")}


@pytest.mark.parametrize(("kind", "field", "most"), LISTS)
def test_a_full_list_is_not_too_long(kind: str, field: str, most: int) -> None:
    assert said(kind, changed(kind, **{field: of_length(kind, most)})) == set()


def test_of_a_list_without_end_little_is_read() -> None:
    found = problems(RENEWAL, changed(RENEWAL, items=[{}] * 5_000))

    assert ("/items", "too_many_items") in {(one.pointer, one.code) for one in found}
    assert len(found) < 200


def limits(schema: JsonValue, path: str = "") -> Iterator[tuple[str, int]]:
    for name, value in schema.items() if isinstance(schema, dict) else ():
        if name == "maxItems" and isinstance(value, int):
            yield path, value
        yield from limits(value, f"{path}/{name}")


@pytest.mark.parametrize("form", FORMS)
def test_every_limited_list_is_one_that_is_counted(form: str) -> None:
    """Nested lists would be counted by nobody."""
    told = FORMS[form].schema()
    members = {one["$ref"].rpartition("/")[2] for one in told.get("oneOf", ())}

    for path, most in limits(told):
        *where, properties, field = path.split("/")
        assert properties == "properties"
        assert where in ([""], *(["", "$defs", member] for member in members))
        assert FORMS[form].longest[field] == most


@pytest.mark.parametrize(
    ("products", "repeats"),
    [
        ([{"article_number": "7", "name": "Bag"}, {"name": "bag"}], {1}),
        ([{"name": "Bag"}, {"article_number": "7", "name": " BAG "}], {1}),
        ([{"article_number": "7", "name": "Bag"}, {"article_number": "7"}], {1}),
        ([{"article_number": "7", "name": "Bag"}, {"article_number": "8", "name": "Bag"}], set()),
        ([{"article_number": "7"}, {"name": "Bag"}], set()),
    ],
    ids=["number first", "name first", "numbers", "two sizes", "two aids"],
)
def test_an_aid_is_known_by_its_number_or_by_its_name_alone(
    products: list[dict[str, str]], repeats: set[int]
) -> None:
    answers = changed(OSTOMY, products=[{**one, "quantity": 1} for one in products])

    assert said(OSTOMY, answers) == {
        (f"/products/{place}", "same_product_twice") for place in repeats
    }
