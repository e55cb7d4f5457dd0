"""How a case asks the registers where it lies, at first and again."""

from datetime import datetime

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.admission import AdmissionActivities
    from domain.admission import Admission, AdmissionRequest
    from domain.submission import Submission
    from workflows.options import ADMISSION


async def request_admission(submission: Submission, again_at: datetime | None = None) -> Admission:
    """Return what admission says, however long PostgreSQL is away.

    `again_at`: the instant at which a case that was let in looks for a place once more.

    Raises:
        ActivityError: PostgreSQL refuses what no retry can mend.
    """
    request = AdmissionRequest(
        submission=submission,
        run_id=workflow.info().first_execution_run_id,
        again_at=again_at,
    )
    return await workflow.execute_activity_method(
        AdmissionActivities.admit_case, request, **ADMISSION
    )
