"""Asks one case to absorb another."""

from temporalio import activity
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from domain.merging import Absorbed, OfferAnswer, OfferRefusal, OfferTo
from domain.submission import CaseId, workflow_id_for

_KNOWN = frozenset(OfferRefusal)


class MergingActivities:
    """Carries a case's offer to the workflow of the case that is to be kept."""

    def __init__(self, client: Client) -> None:
        self._client = client

    @activity.defn
    async def offer_case(self, made: OfferTo) -> OfferAnswer:
        """Send the update `absorb` and return its answer; raises while Temporal gives none.

        Safe to repeat: the update's id is the offering case's, and the kept case knows whom it
        absorbed.
        """
        handle = self._client.get_workflow_handle(workflow_id_for(CaseId(made.into)))
        try:
            await handle.execute_update(
                "absorb",
                made.offer,
                id=f"absorb-{made.offer.from_case}",
                result_type=Absorbed,
            )
        except WorkflowUpdateFailedError as error:
            return OfferAnswer(refusal=_refusal(error))
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return OfferAnswer(refusal=OfferRefusal.NOT_OPEN)
            raise ApplicationError(error.status.name, type="temporal_away") from None
        return OfferAnswer()


def _refusal(error: WorkflowUpdateFailedError) -> OfferRefusal:
    cause = error.cause
    if isinstance(cause, ApplicationError) and cause.type in _KNOWN:
        return OfferRefusal(cause.type)
    raise ApplicationError(type(cause).__name__, type="absorb_failed") from None
