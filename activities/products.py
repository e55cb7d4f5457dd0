"""What the register of medicines adds to a case: flags on the products it asks for."""

from collections.abc import Mapping

from domain.catalogue import Catalogue, ServiceEntry
from domain.forms.renewal_products import products_of
from domain.medicines import derived_flags
from domain.submission import Submission
from domain.vocabulary import Flag
from store.medicines import Product, find_products, has_medicines
from store.pool import Connection

Products = Mapping[str, Product]
"""Products of the register, by `npl_id`."""


async def find_named_products(
    conn: Connection, entry: ServiceEntry | None, submission: Submission
) -> Products:
    """Return the products that a submission names and the register has."""
    named = products_of(entry, submission.answers).npl_ids if entry else {}
    return await find_products(conn, named.values()) if named else {}


async def find_product_flags(
    conn: Connection,
    catalogue: Catalogue,
    entry: ServiceEntry,
    submission: Submission,
    found: Products,
) -> tuple[Flag, ...]:
    """Return what staff should notice of the products named in answers that fit [R3, R5, R6].

    *found* are those that the register has; one that it lacks is `unmatched_product`, and an
    empty register says nothing. No class is refused.
    """
    npl_ids = set(products_of(entry, submission.answers).npl_ids.values())
    if not npl_ids:
        return ()
    addictive = derived_flags(
        submission.answers.get("addictive_declared") is True,
        [product.narcotic_class or "" for product in found.values()],
        [product.atc for product in found.values()],
        catalogue.addictive,
    )
    is_lacking = len(found) < len(npl_ids) and await has_medicines(conn)
    return (*addictive, Flag.UNMATCHED_PRODUCT) if is_lacking else addictive


def atc_codes_of(
    entry: ServiceEntry, submission: Submission, found: Products
) -> tuple[str, ...] | None:
    """Return the ATC codes of every medicine asked for, sorted; None when one is not known."""
    named = products_of(entry, submission.answers)
    npl_ids = set(named.npl_ids.values())
    if named.texts or not npl_ids:
        return None
    codes = {product.atc for product in found.values()}
    return tuple(sorted(codes)) if len(found) == len(npl_ids) else None
