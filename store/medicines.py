"""The tables of medicines and companies: products by id, and the search for one by its words."""

from collections.abc import Iterable
from typing import Literal

from domain.model import Model
from store.pool import Connection

_HAS_MEDICINES = "SELECT EXISTS (SELECT FROM medicines)"

_FIND_PRODUCTS = """
SELECT npl_id, name, strength, form, atc, substance, narcotic_class
FROM medicines
WHERE npl_id = ANY ($1::text[])
"""

# A company's name tells nothing about a medicine, unless a product begins with it too [A§17].
_SEARCH_PRODUCTS = """
WITH given AS (
    SELECT word, format('''%s'':*', word) AS beginning, EXISTS (
               SELECT FROM companies WHERE companies.words[1] = word
           ) AND NOT EXISTS (
               SELECT FROM medicines WHERE first_word = word
           ) AS names_company
    FROM unnest(search_words($1)) AS word
),
wanted AS (
    SELECT string_agg(beginning, ' & ')::tsquery AS each_word,
           (string_agg(beginning, ' | ') FILTER (WHERE NOT names_company))::tsquery AS some_word
    FROM given
)
SELECT npl_id, name, strength, form, atc, substance, narcotic_class
FROM medicines, wanted
WHERE words @@ each_word AND telling @@ some_word
ORDER BY first_word NOT IN (SELECT word FROM given),
         name,
         replace(substring(strength FROM '^[0-9]+(?:,[0-9]+)?'), ',', '.')::numeric,
         strength,
         npl_id
LIMIT $2
"""

_LIST_COMPANIES = "SELECT name FROM companies ORDER BY name"

NarcoticClass = Literal["I", "II", "III", "IV", "V"]


class Product(Model):
    """A medicine of one strength and form; *narcotic_class* by the Swedish lists, or None [S26]."""

    npl_id: str
    name: str
    strength: str | None
    form: str
    atc: str
    substance: str
    narcotic_class: NarcoticClass | None


async def has_medicines(conn: Connection) -> bool:
    """Whether the register holds any product: an empty one cannot say that an id is unknown."""
    found: bool = await conn.fetchval(_HAS_MEDICINES)
    return found


async def find_products(conn: Connection, npl_ids: Iterable[str]) -> dict[str, Product]:
    """Return the products with these 14-digit ids, by id; unknown ones are left out."""
    rows = await conn.fetch(_FIND_PRODUCTS, list(set(npl_ids)))
    return {row["npl_id"]: Product.model_validate(dict(row)) for row in rows}


async def search_products(conn: Connection, query: str, limit: int) -> list[Product]:
    """Return at most *limit* products for which every word of *query* begins one of their words.

    Case and accents do not count. At least one word must be of the name or substance: a company,
    a strength or a form alone finds nothing [A§17]. Those whose name begins so come first.
    """
    rows = await conn.fetch(_SEARCH_PRODUCTS, query, limit)
    return [Product.model_validate(dict(row)) for row in rows]


async def list_companies(conn: Connection) -> list[str]:
    """Return the names of all companies of the register, sorted.

    With the names of `search_products` they are what `names_a_company_only` judges by.
    """
    return [row["name"] for row in await conn.fetch(_LIST_COMPANIES)]
