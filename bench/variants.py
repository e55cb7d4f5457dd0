"""A case whose recorder always takes a regular activity, to measure the shipped one against."""

from temporalio import workflow
from typing_extensions import override

with workflow.unsafe.imports_passed_through():
    from activities.contract import Recorded
    from activities.record import RecordActivities
    from domain.carried import Carried, CaseEnd, CaseStart
    from domain.case import open_case
    from domain.projection import CaseRecord

from workflows import options
from workflows.case import CaseWorkflow
from workflows.recorder import Recorder


class RegularRecorder(Recorder):
    """Never tries a local activity first."""

    @override
    async def _write(self, record: CaseRecord) -> Recorded:
        return await workflow.execute_activity_method(
            RecordActivities.record_case, record, **options.RECORDING
        )


@workflow.defn
class RegularlyRecordedCase(CaseWorkflow):
    """The shipped case in all but its recorder."""

    @workflow.init
    def __init__(self, start: CaseStart) -> None:
        super().__init__(start)
        carried = start.carried or Carried(case=open_case(start.submission))
        self._recorder = RegularRecorder(carried, lambda: self._case, self._show)

    @override
    @workflow.run
    async def run(self, start: CaseStart) -> CaseEnd:
        return await super().run(start)
