"""The search for a product of the register of medicines."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AfterValidator, StringConstraints
from pydantic_core import PydanticCustomError

from api.access import AnyCaller, GuardedRoute
from api.database import database
from api.field_errors import FieldError
from api.problems import ProblemError
from api.schemas.products import ProductView
from api.schemas.view import Page
from api.state import TheDesk
from domain.medicines import names_a_company_only
from domain.model import is_storable
from store.medicines import Product, list_companies, search_products
from store.pool import Connection

_MOST_PRODUCTS = 20
_COMPANY_DETAIL = (
    "The query names a company. Give the name of the medicine or of its substance, "
    "such as stands on the package."
)


def _check_storable(query: str) -> str:
    if not is_storable(query):
        raise PydanticCustomError("unstorable_text", "unstorable_text")
    return query


SearchText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=2, max_length=100),
    AfterValidator(_check_storable),
    Query(description="The beginnings of words of a product, at least two signs in all."),
]

router = APIRouter(prefix="/v1/products", tags=["products"], route_class=GuardedRoute)


@router.get("")
async def find_products(_caller: AnyCaller, desk: TheDesk, q: SearchText) -> Page[ProductView]:
    """List up to 20 products that have every word of `q`, best match first.

    Case and accents do not count, and a word may be just begun. A company's name alone is 422
    `product_not_found`: one asks for a medicine, not for its maker [A§17].
    """
    async with database(desk.pool) as conn:
        products = await search_products(conn, q, _MOST_PRODUCTS)
        await _refuse_company(conn, q, products)
    return Page(items=[ProductView.model_validate(product.model_dump()) for product in products])


async def _refuse_company(conn: Connection, query: str, products: list[Product]) -> None:
    if products:
        return
    if names_a_company_only(query, await list_companies(conn), product_names=()):
        error = FieldError("company_name_only", parameter="q")
        raise ProblemError("product_not_found", errors=[error], detail=_COMPANY_DETAIL)
