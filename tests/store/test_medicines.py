"""The register of medicines: products by id, and the search by the beginnings of words."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from asyncpg.pool import PoolConnectionProxy

from domain.medicines import names_a_company_only
from store import medicines
from store.medicines import (
    find_products,
    has_medicines,
    list_companies,
    search_products,
)

EXAMPLE = "20001103000015"
MOST = 20

Conn = PoolConnectionProxy


@pytest.fixture
async def shipped(region_pool: asyncpg.Pool) -> AsyncIterator[Conn]:
    """A connection to the shipped region's registers."""
    async with region_pool.acquire() as acquired:
        yield acquired


async def found(conn: Conn, query: str) -> list[str]:
    products = await search_products(conn, query, MOST)
    return [f"{product.name} {product.strength}" for product in products]


async def add(conn: Conn, npl_id: str, name: str, company: str, strength: str | None) -> None:
    await conn.execute("INSERT INTO companies VALUES ($1) ON CONFLICT DO NOTHING", company)
    await conn.execute(
        "INSERT INTO medicines (npl_id, name, strength, form, atc, substance, company) "
        "VALUES ($1, $2, $3, 'tablett', 'N02BE01', 'paracetamol', $4)",
        npl_id,
        name,
        strength,
        company,
    )


async def test_product_of_the_examples_is_an_ordinary_one(shipped: Conn) -> None:
    products = await find_products(shipped, [EXAMPLE, EXAMPLE, "20001103999999"])

    assert list(products) == [EXAMPLE]
    assert products[EXAMPLE].atc == "C09AA02"
    assert products[EXAMPLE].narcotic_class is None


async def test_register_says_whether_it_holds_anything(shipped: Conn, conn: Conn) -> None:
    assert await has_medicines(shipped)
    assert not await has_medicines(conn)


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("Omeprazol Teva 20 mg enterokapsel", id="as on the package"),
        pytest.param("omep teva 20mg", id="words just begun"),
        pytest.param("ÖMEPRÄZOL, tevá: 20 MG", id="case, accents and signs"),
        pytest.param("20 mg teva omeprazol", id="another order"),
    ],
)
async def test_product_is_found_by_its_words(shipped: Conn, query: str) -> None:
    assert await found(shipped, query) == ["Omeprazol Teva 20 mg"]


async def test_product_is_found_by_its_substance_whatever_its_name(conn: Conn) -> None:
    await add(conn, "20990000000001", "Ödemax", "Nordlaven", "500 mg")

    assert await found(conn, "paracet") == ["Ödemax 500 mg"]
    assert await found(conn, "odemax") == ["Ödemax 500 mg"]


async def test_strengths_come_by_size_and_not_by_spelling(conn: Conn) -> None:
    for place, strength in enumerate(["10 mg", "2,5 mg", "5 mg", None]):
        await add(conn, f"2099000000000{place}", "Alvix", "Nordlaven", strength)

    strengths = [product.strength for product in await search_products(conn, "alvix", MOST)]

    assert strengths == ["2,5 mg", "5 mg", "10 mg", None]


async def test_names_that_begin_with_the_query_come_first(conn: Conn) -> None:
    await add(conn, "20990000000001", "Alfa", "Nordlaven", "500 mg")
    await add(conn, "20990000000002", "Paracetamol Nordlaven", "Nordlaven", "500 mg")

    assert await found(conn, "paracetamol") == ["Paracetamol Nordlaven 500 mg", "Alfa 500 mg"]


@pytest.mark.parametrize("query", ["", "20 mg", "tablett", "'; drop", "%", ":*", "nordlaven"])
async def test_what_names_no_medicine_finds_nothing(shipped: Conn, query: str) -> None:
    assert await search_products(shipped, query, MOST) == []


async def test_signs_of_a_query_language_are_only_signs(shipped: Conn) -> None:
    assert await found(shipped, "!omeprazol:* & | (teva) 'mg \\ 20") == ["Omeprazol Teva 20 mg"]


@pytest.mark.parametrize("query", ["Teva", "Sandoz", "sandoz ", "TEVA 20 mg"])
async def test_company_alone_finds_no_product(shipped: Conn, query: str) -> None:
    """One cannot ask for a maker [A§17]; which names are makers is the register's to say."""
    assert await found(shipped, query) == []
    assert names_a_company_only(query, await list_companies(shipped), ())


async def test_company_in_anothers_product_name_still_finds_nothing(conn: Conn) -> None:
    """A parallel importer sells under the maker's name."""
    await add(conn, "20990000000001", "Alvix Teva", "Parallella AB", "500 mg")
    await conn.execute("INSERT INTO companies VALUES ('Teva Sweden AB')")

    assert await found(conn, "teva") == []
    assert await found(conn, "alvix teva") == ["Alvix Teva 500 mg"]


async def test_product_named_as_its_company_is_found(conn: Conn) -> None:
    await add(conn, "20990000000001", "Alvix", "Alvix AB", "500 mg")

    assert await found(conn, "alvix") == ["Alvix 500 mg"]


async def test_search_uses_its_index(shipped: Conn) -> None:
    await shipped.execute("SET enable_seqscan = off")
    plan = await shipped.fetch(f"EXPLAIN {medicines._SEARCH_PRODUCTS}", "omeprazol 20", MOST)

    assert any("medicines_by_words" in row[0] for row in plan)
