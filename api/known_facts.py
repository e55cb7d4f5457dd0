"""What the registers know of a submission, looked up in one go before it is judged."""

from dataclasses import dataclass

from api.database import QUICK, DatabaseAwayError, database
from api.proxies import may_act_for
from api.state import Desk
from domain.projection import Snapshot
from domain.submission import Submission
from store.case_views import find_case
from store.listings import find_listing
from store.units import Unit, find_unit


@dataclass(frozen=True, slots=True)
class KnownFacts:
    """*recorded* is the case that this submission already became.

    *unit* is where it would go: the clinic chosen, else where the patient is listed. It may be
    closed.
    """

    recorded: Snapshot | None
    unit: Unit | None
    is_listed: bool
    may_act_for: bool


async def find_facts(desk: Desk, submission: Submission) -> KnownFacts | None:
    """Return what PostgreSQL knows, or None when it does not tell within half a second."""
    try:
        async with database(desk.pool, QUICK) as conn:
            recorded = await find_case(conn, submission.case_id)
            on = desk.today(submission.received_at)
            listed_at = await find_listing(conn, submission.patient, on)
            hsa_id = submission.clinic or listed_at
            is_own = submission.patient == submission.submitted_by
            return KnownFacts(
                recorded=recorded,
                unit=await find_unit(conn, hsa_id, on) if hsa_id else None,
                is_listed=listed_at is not None,
                may_act_for=is_own
                or await may_act_for(conn, submission.submitted_by, submission.patient),
            )
    except DatabaseAwayError:
        return None
