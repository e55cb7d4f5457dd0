"""Medicines of a renewal: unknown ones and makers are refused at once, and no class ever is."""

from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from tests.api.calling import RENEWAL, Api
from tests.api.people import GORAN, PHYSICIANS

pytestmark = pytest.mark.asyncio(loop_scope="session")

UNKNOWN = "20991231999999"
OF_CLASS = {
    "I": "20991230000001",
    "II": "20996681624473",
    "III": "20997158410522",
    "IV": "20999258035880",
    "V": "20994443171676",
}


def renewal(*products: dict[str, str], declared: bool = False) -> dict[str, Any]:
    """Return answers that ask for *products*, each an `npl_id` or a `not_found_text`."""
    (item,) = RENEWAL["items"]
    common = {name: value for name, value in item.items() if name != "npl_id"}
    items = [common | product for product in products]
    return RENEWAL | {"items": items, "addictive_declared": declared}


@pytest_asyncio.fixture(loop_scope="session")
async def class_one(database: str) -> None:
    """A made-up product of class I, of which there is none in practice."""
    conn = await asyncpg.connect(database)
    await conn.execute(
        "INSERT INTO medicines (npl_id, name, strength, form, atc, substance, narcotic_class, "
        "company) VALUES ($1, 'Klassettin', '1 mg', 'tablett', 'N07XX99', 'klassettin', 'I', "
        "'Nordlaven') ON CONFLICT DO NOTHING",
        OF_CLASS["I"],
    )
    await conn.close()


async def test_an_unknown_product_is_refused_at_its_place(api: Api) -> None:
    answers = renewal({"npl_id": RENEWAL["items"][0]["npl_id"]}, {"npl_id": UNKNOWN})

    answer = await api.citizen(GORAN).submit(answers)

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "product_not_found")
    assert [(one["pointer"], one["code"]) for one in problem["errors"]] == [
        ("/answers/items/1/npl_id", "product_not_found")
    ]
    assert UNKNOWN not in answer.text


@pytest.mark.parametrize("text", ["Teva", "sandoz ", "TEVA 20 mg", "Hälsinge Pharma AB"])
async def test_a_company_is_no_medicine(api: Api, text: str) -> None:
    answer = await api.citizen(GORAN).submit(renewal({"not_found_text": text}))

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "invalid_answers")
    assert [(one["pointer"], one["code"]) for one in problem["errors"]] == [
        ("/answers/items/0/not_found_text", "company_name_only")
    ]


@pytest.mark.parametrize("text", ["1" * 60_000 + "x", "1.1" * 20_000, "Teva " * 12_000])
async def test_a_text_that_is_too_long_is_told_so_and_asked_of_no_register(
    api: Api, text: str
) -> None:
    answer = await api.citizen(GORAN).submit(renewal({"not_found_text": text}))

    assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [
        ("/answers/items/0/not_found_text", "too_long")
    ]


@pytest.mark.parametrize("text", ["Omeprazol Teva 20 mg enterokapsel", "Mina gula tabletter"])
async def test_a_medicine_in_words_is_accepted_and_flagged(api: Api, text: str) -> None:
    case = await api.citizen(GORAN).submit_admitted(renewal({"not_found_text": text}))

    assert await flags_of(api, case["case_id"]) == ["unmatched_product"]


async def test_unknown_products_are_told_with_everything_else(api: Api) -> None:
    answers = renewal({"npl_id": UNKNOWN}, {"not_found_text": "Teva"}) | {"contact_phone": "070"}

    answer = await api.citizen(GORAN).submit(answers)

    assert answer.json()["code"] == "invalid_answers"
    assert {(one["pointer"], one["code"]) for one in answer.json()["errors"]} == {
        ("/answers/items/0/npl_id", "product_not_found"),
        ("/answers/items/1/not_found_text", "company_name_only"),
        ("/answers/contact_phone", "invalid_format"),
    }


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        pytest.param(True, ["addictive_declared", "addictive_derived"], id="declared"),
        pytest.param(False, ["addictive_derived", "addictive_mismatch"], id="not declared"),
    ],
)
@pytest.mark.parametrize("narcotic_class", OF_CLASS)
async def test_no_narcotic_class_is_refused(
    api: Api, class_one: None, narcotic_class: str, declared: bool, expected: list[str]
) -> None:
    answers = renewal({"npl_id": OF_CLASS[narcotic_class]}, declared=declared)

    case = await api.citizen(GORAN).submit_admitted(answers)

    assert await flags_of(api, case["case_id"]) == expected


async def flags_of(api: Api, case_id: str) -> list[str]:
    view = await api.staff(PHYSICIANS[0]).get(f"/v1/cases/{case_id}")
    flags: list[str] = view.json()["flags"]
    return flags
