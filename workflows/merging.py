"""How a case offers itself to the one it repeats."""

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities.merging import MergingActivities
    from domain.case import Case
    from domain.merging import OfferAnswer, OfferRefusal, offer_of
    from workflows.options import MERGING


async def offer(case: Case) -> OfferRefusal | None:
    """Return what the kept case says, None for yes; silence is a no."""
    made = offer_of(case)
    if made is None:
        return OfferRefusal.NOT_OPEN
    try:
        answer: OfferAnswer = await workflow.execute_activity_method(
            MergingActivities.offer_case, made, **MERGING
        )
    except ActivityError:
        return OfferRefusal.SILENT
    return answer.refusal
