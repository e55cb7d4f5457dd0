"""How a case that has become protected has its earlier runs removed from Temporal."""

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities.forgetting import EarlierRuns, ForgettingActivities
    from domain.submission import CaseId
    from workflows.options import FORGETTING


async def forget_earlier_runs(case_id: CaseId) -> None:
    """Have every run before the present one deleted; what fails for a day is left, and logged."""
    last_run = workflow.info().continued_run_id
    if last_run is None:
        return
    try:
        await workflow.execute_activity_method(
            ForgettingActivities.forget_runs,
            EarlierRuns(case_id=case_id, last_run=last_run),
            **FORGETTING,
        )
    except ActivityError:
        workflow.logger.error("runs_not_forgotten")
