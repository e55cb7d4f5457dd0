"""CaseWorkflow: carries one case from its receipt to a recorded end."""

import asyncio
from contextlib import suppress

from temporalio import workflow
from temporalio.exceptions import ActivityError
from typing_extensions import override

with workflow.unsafe.imports_passed_through():
    from activities.planning import plan_deadlines
    from domain import messages, ops_texts
    from domain.admission import Admission
    from domain.carried import Acted, Carried, CaseEnd, CaseStart
    from domain.case import open_case
    from domain.intake import refusal_of, take_in
    from domain.marks import next_mark, pass_marks
    from domain.merging import Absorbed, Offer, absorb, end_merging, judge_offer, seen_after
    from domain.progress import admit, adopt_plan, plan_request, redeliver
    from domain.projection import Snapshot, project
    from domain.protection import Protection, protect
    from domain.seen import Seen
    from workflows.admitting import request_admission
    from workflows.forgetting import forget_earlier_runs
    from workflows.listening import ABSENT, Listener
    from workflows.merging import offer
    from workflows.options import CALCULATION
    from workflows.recorder import Recorder
    from workflows.refusing import refuse
    from workflows.runs import RunEnd, go_on, handlers_finished
    from workflows.signs import Shown, show, tells_place


@workflow.defn
class CaseWorkflow(Listener):
    """One case. Its state is the truth while it is open; PostgreSQL follows (design 3.2).

    Signals and the update `act` take the same messages. The update refuses in its validator, so
    only the sender hears it; a signal's refusal is recorded. No handler ever raises.
    """

    @workflow.init
    def __init__(self, start: CaseStart) -> None:
        carried = start.carried or Carried(case=open_case(start.submission, start.salt))
        self._case, self._seen, self._run_end = carried.case, carried.seen, RunEnd()
        self._shown: Shown = {}
        self._delivery_wanted = False
        self._forgets = start.forgets
        self._sheds = False
        self._news: Protection | None = None
        self._recorder = Recorder(carried, lambda: self._case, self._show)

    @workflow.run
    async def run(self, start: CaseStart) -> CaseEnd:
        self._show()
        others = (self._recorder.run(), self._deliver(), self._merge(), self._forget())
        beside = [asyncio.create_task(other) for other in others]
        end = await self._live()
        for task in beside:
            task.cancel()
        return end

    async def _live(self) -> CaseEnd:
        if self._case.admission is None and not await self._admit():
            return CaseEnd(state=self._case.state, already_recorded=True)
        while self._must_shed or not self._case.is_over:
            await self._step()
        self._show()
        await workflow.wait_condition(lambda: self._is_settled and workflow.all_handlers_finished())
        return CaseEnd(state=self._case.state, outcome=self._case.outcome)

    async def _step(self) -> None:
        """Do the one thing that is next: a plan, a new run, or wait for a mark."""
        if self._case.turns:
            await self._lay_plan()
        elif self._goes_on:
            await self._continue_as_new()
        else:
            self._case = pass_marks(self._case, workflow.now())
            self._show()
            await self._wait_for_change()

    async def _admit(self) -> bool:
        """Learn unit, role and rules; False when this case id was a case before."""
        admission = await self._ask_for_admission()
        if admission.already_recorded:
            return False
        self._case = admit(self._case, admission, workflow.now())
        if self._news is not None:  # heard while the registers were asked, and newer than they were
            self._case = protect(self._case, self._news, workflow.now())
        return True

    async def _ask_for_admission(self) -> Admission:
        while True:
            try:
                return await request_admission(self._case.submission)
            except ActivityError as refused:  # only what no retry can mend comes back
                await self._recorder.quarantine(refused)

    async def _deliver(self) -> None:
        """Look for a holder whenever asked, beside the main line: no deadline waits for it."""
        while True:
            await workflow.wait_condition(lambda: self._delivery_wanted)
            self._delivery_wanted = False
            with suppress(ActivityError):  # what no retry can mend is tried again when asked again
                admission = await request_admission(self._case.submission, workflow.now())
                self._case = redeliver(self._case, admission, workflow.now())

    async def _merge(self) -> None:
        """Offer the case to the one it repeats, beside the main line, whenever it is merging."""
        while True:
            await workflow.wait_condition(lambda: self._case.merging is not None)
            refusal = await offer(self._case)
            self._seen = seen_after(self._case, self._seen, refusal)
            self._case = end_merging(self._case, refusal, workflow.now())

    async def _lay_plan(self) -> None:
        turn = self._case.turns[0]
        request = plan_request(self._case, turn)
        if request is not None:
            plan = await workflow.execute_local_activity(plan_deadlines, request, **CALCULATION)
            self._case = adopt_plan(self._case, turn, plan)

    async def _wait_for_change(self) -> None:
        mark = next_mark(self._case)
        left = mark.at - workflow.now() if mark else None
        with suppress(TimeoutError):
            await workflow.wait_condition(
                lambda: self._is_stirred or next_mark(self._case) != mark,
                timeout=left,
                timeout_summary=ops_texts.mark_of(self._case) or None,
            )

    @property
    def _is_stirred(self) -> bool:
        return bool(self._case.turns) or self._goes_on or self._case.is_over

    @property
    def _goes_on(self) -> bool:
        """Whether a new run is due: the history is long, or shows what has to be hidden now."""
        return self._must_shed or self._run_end.is_due(self._case)

    @property
    def _must_shed(self) -> bool:
        return self._sheds and self._case.merging is None

    @property
    def _is_settled(self) -> bool:
        return self._recorder.is_done and not self._forgets

    async def _continue_as_new(self) -> None:
        """Go on as a new run, unless what it waits for needs a plan laid first."""
        await handlers_finished(unless=lambda: bool(self._case.turns))
        if not self._case.turns:
            go_on(self._recorder.hand_over(self._seen), forgets=self._sheds or self._forgets)

    async def _forget(self) -> None:
        """Have the earlier runs deleted, beside the main line, when they show too much."""
        if self._forgets:
            await forget_earlier_runs(self._case.submission.case_id)
            self._forgets = False

    def _show(self) -> None:
        before = self._shown
        self._shown = show(self._case, before, quarantined=self._recorder.quarantined)
        self._sheds = self._sheds or (tells_place(before) and self._case.is_hidden)

    def _take_in(self, message: messages.AnyMessage) -> Seen:
        taken_in = take_in(self._case, self._seen, message, workflow.now())
        self._case, self._seen = taken_in.case, taken_in.seen
        self._show()
        return taken_in.answer

    @override
    def _hear(self, message: messages.AnyMessage | None) -> None:
        if message is not None:
            self._take_in(message)

    @workflow.update
    async def act(self, act: messages.Act) -> Acted:
        """Take in a message; answers when its plan is laid, or when a merge has its answer."""
        answer = self._take_in(act.message)
        await workflow.wait_condition(lambda: self._case.is_settled)
        answer = self._seen.get(act.message.action_id, answer) if answer.refusal is None else answer
        rev = max(answer.rev, self._case.rev)
        return Acted(rev=rev, refusal=answer.refusal, snapshot=self.view())

    @act.validator
    def _check_act(self, act: messages.Act) -> None:
        refuse(refusal_of(self._case, self._seen, act.message))

    @workflow.update
    def absorb(self, offered: Offer) -> Absorbed:
        """Keep this case instead of another of the same patient; once for each other case."""
        self._case = absorb(self._case, offered, workflow.now())
        return Absorbed(rev=self._case.rev)

    @absorb.validator
    def _check_absorb(self, offered: Offer) -> None:
        refuse(judge_offer(self._case, offered))

    @workflow.query
    def view(self) -> Snapshot:
        """The whole case, for tests, repair and readers that come before its row."""
        row = project(self._case, quarantined=self._recorder.quarantined)
        return Snapshot(submission=self._case.submission, projection=row, events=self._case.events)

    @workflow.signal
    def record_again(self) -> None:
        """Write the whole case to PostgreSQL once more (the reconciler asks for it)."""
        self._case = self._case.changed()
        self._recorder.record_again()

    @workflow.signal
    def deliver_again(self) -> None:
        """Look for a unit and a role holder once more, if the case has none."""
        self._delivery_wanted = True

    @workflow.signal
    def renew_run(self) -> None:
        """Go on as a new run, sealed with the first key of the ring (`arende keys rekey`)."""
        self._run_end.ask()

    @workflow.signal
    def protect(self, news: Protection = ABSENT) -> None:
        """Learn that the patient's protected identity began or ended (the daily check tells)."""
        if news is not None:
            self._news = news
            self._case = protect(self._case, news, workflow.now())
            self._show()
