"""Which products of a renewal a register is asked about: only what the form would take."""

import pytest
from pydantic import JsonValue

from domain.forms.renewal_products import products_of
from domain.medicines import names_a_company_only
from tests.unit.form_samples import entry

RENEWAL = entry("prescription_renewal")
SHAPES = {
    "digits": "1" * 60_000,
    "digits and a letter": "1" * 60_000 + "x",
    "decimals": "1.1" * 20_000 + "x",
    "units": "1mg" * 20_000,
    "initials": "a." * 30_000,
    "words": "teva " * 12_000,
    "a sign too many": "x" * 201,
    "nothing seen": "\u200b",
    "unstorable": "Teva\x00",
}


def named(*texts: JsonValue) -> dict[int, str]:
    items: list[JsonValue] = [{"not_found_text": text} for text in texts]
    return dict(products_of(RENEWAL, {"items": items}).texts)


@pytest.mark.parametrize("text", SHAPES.values(), ids=SHAPES)
def test_no_register_sees_a_text_that_the_form_refuses(text: str) -> None:
    assert named(text, "Omeprazol") == {1: "Omeprazol"}


def test_a_text_as_long_as_the_field_takes_is_seen() -> None:
    assert named("x" * 200, f" {'x' * 200} ").keys() == {0, 1}


@pytest.mark.parametrize("text", SHAPES.values(), ids=SHAPES)
def test_no_shape_of_a_text_is_a_company(text: str) -> None:
    """Were a pattern quadratic, this would not end before the test is given up."""
    is_teva_alone = set(text.split()) == {"teva"} or text == SHAPES["unstorable"]

    assert names_a_company_only(text, ["Teva"], ()) is (is_teva_alone and len(text) < 10)
