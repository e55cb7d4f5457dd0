"""Rules about medicines: what is addictive, and names that are no product."""

import pytest

from domain.medicines import derived_flags, names_a_company_only
from domain.vocabulary import Flag
from tests.unit.form_samples import CATALOGUE

COMPANIES = ["Teva Sweden AB", "Sandoz A/S", "Orion Pharma", "Abcur AB", "2care4 ApS"]
PRODUCTS = ["Omeprazol Teva", "Alvedon", "Abcur", "Losartan Sandoz"]
DERIVED, MISMATCH = Flag.ADDICTIVE_DERIVED, Flag.ADDICTIVE_MISMATCH


@pytest.mark.parametrize(
    "query",
    [
        "Teva",
        "Sandoz",
        "sandoz ",
        "TEVA 20 mg",
        "teva sweden",
        "Teva Sweden AB",
        "Sandoz A/S",
        "Sandoz AS",
        "Teva 500mg",
        "TEVA 2,5 mg/ml",
        "Sandoz 20 mikrogram/ml",
        "2care4",
        "Teva 1.5.2",
        "Teva 2,5mg,3",
        "Orion",
        "\uff34\uff25\uff36\uff21",
    ],
)
def test_company_alone_is_no_product(query: str) -> None:
    assert names_a_company_only(query, COMPANIES, PRODUCTS)


@pytest.mark.parametrize(
    "query",
    [
        "Omeprazol Teva 20 mg enterokapsel",
        "Omeprazol Teva",
        "Losartan Sandoz 50 mg",
        "Alvedon 500 mg",
        "Abcur",
        "The white tablets for my blood pressure",
        "Tevaspray",
        "20 mg",
        "Teva 2,5x",
        "Teva 12mgx",
        "",
    ],
)
def test_anything_more_or_else_than_a_company_is_taken(query: str) -> None:
    assert not names_a_company_only(query, COMPANIES, PRODUCTS)


@pytest.mark.parametrize(
    ("declared", "classes", "atc", "flags"),
    [
        (False, ["IV"], ["N05BA01"], (DERIVED, MISMATCH)),
        (True, ["IV"], ["N05BA01"], (DERIVED,)),
        (True, [], ["A02BC01"], ()),
        (False, [], ["A02BC01"], ()),
        (False, ["", "NA"], ["N02BF02"], (DERIVED, MISMATCH)),
        (False, [], ["n02aa01 "], (DERIVED, MISMATCH)),
        (False, ["ii"], [], (DERIVED, MISMATCH)),
        (False, [], ["N02BE01"], ()),
        (True, [], [], ()),
    ],
)
def test_register_adds_to_what_the_patient_declares(
    declared: bool, classes: list[str], atc: list[str], flags: tuple[Flag, ...]
) -> None:
    assert derived_flags(declared, classes, atc, CATALOGUE.addictive) == flags


@pytest.mark.parametrize("narcotic", ["I", "II", "III", "IV", "V"])
def test_every_narcotic_class_is_flagged_and_none_refused(narcotic: str) -> None:
    assert DERIVED in derived_flags(True, [narcotic], [], CATALOGUE.addictive)
