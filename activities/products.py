"""What the register of medicines adds to a case: flags on the products it asks for."""

from domain.catalogue import Catalogue, ServiceEntry
from domain.forms.renewal_products import products_of
from domain.medicines import derived_flags
from domain.submission import Submission
from domain.vocabulary import Flag
from store.medicines import find_products, has_medicines
from store.pool import Connection


async def find_product_flags(
    conn: Connection, catalogue: Catalogue, entry: ServiceEntry, submission: Submission
) -> tuple[Flag, ...]:
    """Return what staff should notice of the products named in answers that fit [R3, R5, R6].

    A product that the register lacks is `unmatched_product`; an empty register says nothing. No
    class is refused.
    """
    npl_ids = set(products_of(entry, submission.answers).npl_ids.values())
    if not npl_ids:
        return ()
    found = await find_products(conn, npl_ids)
    addictive = derived_flags(
        submission.answers.get("addictive_declared") is True,
        [product.narcotic_class or "" for product in found.values()],
        [product.atc for product in found.values()],
        catalogue.addictive,
    )
    is_lacking = len(found) < len(npl_ids) and await has_medicines(conn)
    return (*addictive, Flag.UNMATCHED_PRODUCT) if is_lacking else addictive


async def find_atc_codes(
    conn: Connection, entry: ServiceEntry, submission: Submission
) -> tuple[str, ...] | None:
    """Return the ATC codes of every medicine asked for, sorted; None when one is not known."""
    named = products_of(entry, submission.answers)
    npl_ids = set(named.npl_ids.values())
    if named.texts or not npl_ids:
        return None
    found = await find_products(conn, npl_ids)
    codes = {product.atc for product in found.values()}
    return tuple(sorted(codes)) if len(found) == len(npl_ids) else None
