"""The recorder: keeps PostgreSQL in step with one case, and never lets the case wait for it."""

from collections.abc import Callable
from contextlib import suppress

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.contract import DATA_ERROR, Recorded
    from activities.record import RecordActivities
    from domain import ops_texts
    from domain.carried import Carried
    from domain.case import Case
    from domain.notices import Notice
    from domain.projection import CaseRecord, project
    from domain.seen import Seen
    from workflows import options


class Recorder:
    """Sends what changed, the latest state with all events and notices since, as one write.

    Safe to repeat: rows are guarded by rev, events and notices by their keys. While a write
    waits for a dead database, later changes gather and leave together with the next one.
    """

    def __init__(
        self, carried: Carried, case_now: Callable[[], Case], show: Callable[[], None]
    ) -> None:
        self._case_now = case_now
        self._show = show
        self.recorded_rev = carried.recorded_rev
        self.recorded_seq = carried.recorded_seq
        self.quarantined = carried.quarantined
        self._in_full = False
        self._try_now = False

    @property
    def is_behind(self) -> bool:
        """Whether the case has settled changes that PostgreSQL has not."""
        case = self._case_now()
        is_settled = case.admission is not None and not (case.turns and case.plan)
        return is_settled and case.rev > self.recorded_rev

    @property
    def is_done(self) -> bool:
        return not self.is_behind and not self.quarantined

    def record_again(self) -> None:
        """Send everything once more, and at once if quarantined."""
        self._in_full = True
        self._try_now = True

    def hand_over(self, seen: dict[str, Seen]) -> Carried:
        """Return what the next run needs; notices that are recorded stay behind."""
        case = self._case_now()
        return Carried(
            case=case.model_copy(update={"notices": self._unrecorded_notices(case)}),
            seen=seen,
            recorded_rev=self.recorded_rev,
            recorded_seq=self.recorded_seq,
            quarantined=self.quarantined,
        )

    async def run(self) -> None:
        """Record for as long as the case lives."""
        while True:
            await workflow.wait_condition(lambda: self.is_behind)
            await self._record()

    async def _record(self) -> None:
        record = self._compose()
        try:
            recorded = await self._write(record)
        except ActivityError as refused:  # only what no retry can mend comes back
            await self.quarantine(refused)
            return
        if recorded.missing:
            self._in_full = True
            return
        if recorded.rev != record.projection.rev:  # the row went another way: a restore went wrong
            await self.quarantine()
            return
        self.recorded_rev = record.projection.rev
        self.recorded_seq = record.events[-1].seq if record.events else self.recorded_seq
        self._in_full = self._try_now = False
        self._set_quarantined(to=False)

    async def _write(self, record: CaseRecord) -> Recorded:
        """Write by a regular activity: what it writes was decided by a task that is kept.

        A local activity costs less, but its effect is seen before the workflow task is durable;
        a worker killed in between leaves a row that tells of what never happened (ADR 0002).
        """
        return await workflow.execute_activity_method(
            RecordActivities.record_case, record, **options.RECORDING
        )

    async def quarantine(self, refused: ActivityError | None = None) -> None:
        """Mark the case as one that PostgreSQL refuses, and wait an hour or until told to try.

        Being told during the attempt that failed counts: what it failed on may be mended since.
        The line in the log names what *refused* was about.
        """
        self._set_quarantined(to=True)
        workflow.logger.error("case_quarantined", extra={"fields": _names_in(refused)})
        with suppress(TimeoutError):
            await workflow.wait_condition(
                lambda: self._try_now,
                timeout=options.TRY_AGAIN_AFTER,
                timeout_summary=ops_texts.RECORD_AGAIN,
            )
        self._try_now = False

    def _set_quarantined(self, *, to: bool) -> None:
        if self.quarantined is not to:
            self.quarantined = to
            self._show()

    def _compose(self) -> CaseRecord:
        """Gather what is unrecorded; in full repeats events, never a notice."""
        case = self._case_now()
        since_seq = 0 if self._in_full else self.recorded_seq
        return CaseRecord(
            case_id=case.submission.case_id,
            run_id=workflow.info().first_execution_run_id,
            projection=project(case),
            events=case.events[since_seq:],
            notices=self._unrecorded_notices(case),
            submission=case.submission if self._in_full else None,
            content_keys=self._content_keys(case),
        )

    def _content_keys(self, case: Case) -> tuple[str, ...]:
        return case.admission.content_keys if self._in_full and case.admission else ()

    def _unrecorded_notices(self, case: Case) -> tuple[Notice, ...]:
        return tuple(notice for notice in case.notices if notice.rev > self.recorded_rev)


def _names_in(refused: ActivityError | None) -> dict[str, str]:
    """Return what PostgreSQL named; nothing of a failure from before names were kept."""
    cause = refused.cause if refused else None
    if not isinstance(cause, ApplicationError) or cause.type != DATA_ERROR:
        return {}
    return dict(*cause.details)
