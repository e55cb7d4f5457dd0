"""Asks the register of medicines whether a renewal names something that can be renewed [A§17]."""

from collections.abc import Container, Mapping

from domain.forms.codes import AnswerCode
from domain.forms.problems import AnswerProblem
from domain.forms.renewal_products import NamedProducts
from domain.medicines import names_a_company_only
from store.medicines import has_medicines, list_companies, search_products
from store.pool import Connection


async def find_product_problems(
    conn: Connection, named: NamedProducts, found: Container[str]
) -> tuple[AnswerProblem, ...]:
    """Return the items whose id no product has, and those whose text names a company alone.

    *found* are the ids that the register has. An empty one finds nothing wrong, and a renewal of
    known products costs no query.
    """
    unknown = [place for place, npl_id in named.npl_ids.items() if npl_id not in found]
    companies = await _companies(conn, named.texts)
    if not (unknown or companies) or not await has_medicines(conn):
        return ()
    return (
        *(_problem(place, "npl_id", AnswerCode.PRODUCT_NOT_FOUND) for place in unknown),
        *(_problem(place, "not_found_text", AnswerCode.COMPANY_NAME_ONLY) for place in companies),
    )


async def _companies(conn: Connection, texts: Mapping[int, str]) -> list[int]:
    """Return the places of texts that name a company and for which the search has no product."""
    if not texts:
        return []
    companies = await list_companies(conn)
    return [
        place
        for place, text in texts.items()
        if names_a_company_only(text, companies, product_names=())
        and not await search_products(conn, text, limit=1)
    ]


def _problem(place: int, field: str, code: AnswerCode) -> AnswerProblem:
    return AnswerProblem(pointer=f"/items/{place}/{field}", code=code)
