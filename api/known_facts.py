"""What the registers know of a submission, looked up in one go before it is judged."""

from collections.abc import Mapping
from dataclasses import dataclass

from api.database import QUICK, DatabaseAwayError, database
from api.product_problems import find_product_problems
from api.proxies import may_act_for
from api.state import Desk
from domain.catalogue import ServiceEntry
from domain.forms.problems import AnswerProblem
from domain.forms.renewal_products import NamedProducts, products_of
from domain.projection import Snapshot
from domain.submission import Submission
from store.case_views import find_case, is_erased
from store.duplicates import Candidate, find_candidates
from store.listings import find_listing
from store.medicines import Product, find_products
from store.pool import Connection
from store.units import Unit, find_unit


@dataclass(frozen=True, slots=True)
class KnownFacts:
    """*recorded* is the case that this submission already became.

    *unit* is where it would go: the clinic chosen, else where the patient is listed. It may be
    closed. *product_problems* are items that name nothing the register of medicines has.
    *duplicates* are the sender's cases that it may repeat, newest first. *is_erased*: it became a
    case whose time is over.
    """

    recorded: Snapshot | None
    unit: Unit | None
    is_listed: bool
    may_act_for: bool
    product_problems: tuple[AnswerProblem, ...]
    duplicates: tuple[Candidate, ...] = ()
    is_erased: bool = False


async def find_facts(desk: Desk, submission: Submission) -> KnownFacts | None:
    """Return what PostgreSQL knows, or None when it does not tell within half a second."""
    try:
        async with database(desk.pool, QUICK) as conn:
            return await _look_up(desk, conn, submission)
    except DatabaseAwayError:
        return None


async def _look_up(desk: Desk, conn: Connection, submission: Submission) -> KnownFacts:
    entry = desk.region.catalogue.find_service(submission.service)
    recorded = await find_case(conn, submission.case_id)
    on = desk.today(submission.received_at)
    listed_at = await find_listing(conn, submission.patient, on)
    hsa_id = submission.clinic or listed_at
    named = products_of(entry, submission.answers) if entry else NamedProducts()
    products = await find_products(conn, named.npl_ids.values()) if named.npl_ids else {}
    return KnownFacts(
        recorded=recorded,
        unit=await find_unit(conn, hsa_id, on) if hsa_id else None,
        is_listed=listed_at is not None,
        may_act_for=await _may_act_for(desk, conn, submission, entry),
        product_problems=await find_product_problems(conn, named, products),
        duplicates=await _duplicates(desk, conn, submission, products),
        is_erased=recorded is None and await is_erased(conn, submission.case_id),
    )


async def _may_act_for(
    desk: Desk, conn: Connection, submission: Submission, entry: ServiceEntry | None
) -> bool:
    if submission.patient == submission.submitted_by:
        return True
    if entry is None:
        return False
    local = desk.local(submission.received_at)
    return await may_act_for(conn, submission.submitted_by, submission.patient, entry, local)


async def _duplicates(
    desk: Desk, conn: Connection, submission: Submission, products: Mapping[str, Product]
) -> tuple[Candidate, ...]:
    atc_codes = {npl_id: product.atc for npl_id, product in products.items()}
    keys = desk.region.content_keys_of(submission, atc_codes)
    return await find_candidates(conn, submission, keys, visible_to=submission.submitted_by)
