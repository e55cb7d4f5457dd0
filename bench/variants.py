"""The case with a recorder that tries a local activity first, to measure what that would save."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError
from typing_extensions import override

with workflow.unsafe.imports_passed_through():
    from activities.contract import Recorded
    from activities.record import RecordActivities
    from domain.carried import Carried, CaseEnd, CaseStart
    from domain.case import open_case
    from domain.projection import CaseRecord

from workflows.case import CaseWorkflow
from workflows.recorder import Recorder

_ONE_TRY = RetryPolicy(maximum_attempts=1)
_TRY_FOR = timedelta(seconds=2)


class LocalRecorder(Recorder):
    """Tries a local activity first.

    Cheaper, but its write is seen before the task that decided it is kept: a worker killed in
    between leaves a row that says what its workflow never did.
    """

    @override
    async def _write(self, record: CaseRecord) -> Recorded:
        try:
            return await workflow.execute_local_activity_method(
                RecordActivities.record_case,
                record,
                schedule_to_close_timeout=_TRY_FOR,
                retry_policy=_ONE_TRY,
            )
        except ActivityError:
            return await super()._write(record)


@workflow.defn
class LocallyRecordedCase(CaseWorkflow):
    """The shipped case in all but its recorder."""

    @workflow.init
    def __init__(self, start: CaseStart) -> None:
        super().__init__(start)
        self._recorder = LocalRecorder(_carried(start), lambda: self._case, self._show)

    @override
    @workflow.run
    async def run(self, start: CaseStart) -> CaseEnd:
        return await super().run(start)


def _carried(start: CaseStart) -> Carried:
    return start.carried or Carried(case=open_case(start.submission))
