"""Comparison workflows: the same messages as a case's life, with less or nothing behind them."""

from contextlib import suppress
from datetime import timedelta
from enum import StrEnum

from temporalio import activity, workflow

with workflow.unsafe.imports_passed_through():
    from domain.messages import Act, AnyMessage
    from domain.model import Model
    from domain.submission import Submission

_ARMED_FOR = timedelta(days=1)
_LIMIT = timedelta(seconds=10)
_AT_START = 2
_AFTER = {"take": 1, "ask_patient": 2, "answer": 2, "resolve": 2}


class Work(StrEnum):
    """What a comparison does where a case would plan and record."""

    REGULAR = "regular"
    LOCAL = "local"
    NONE = "none"


class PlainStart(Model):
    """The same submission as a case starts with, so that payloads weigh the same."""

    submission: Submission
    work: Work


class PlainAnswer(Model):
    rev: int


class EmptyActivities:
    """Activities that do nothing but count."""

    def __init__(self) -> None:
        self.done = 0

    @activity.defn
    async def do_nothing(self) -> None:
        """Count one more."""
        self.done += 1


@workflow.defn
class PlainWorkflow:
    """What a life costs without any rule: messages by update, one armed timer, empty activities.

    Does as many activities as a case, all of one kind: at its start those of admission, then a
    plan where a clock turns and a record after each message. It answers a message at once.
    """

    @workflow.init
    def __init__(self, start: PlainStart) -> None:
        self._work = start.work
        self._taken_in: list[AnyMessage] = []

    @workflow.run
    async def run(self, start: PlainStart) -> None:
        await self._do_nothing(_AT_START)
        handled, is_resolved = 0, False
        while not is_resolved:
            await self._wait_for_more_than(handled)
            message = self._taken_in[handled]
            await self._do_nothing(_AFTER[message.kind])
            handled += 1
            is_resolved = message.kind == "resolve"
        await workflow.wait_condition(workflow.all_handlers_finished)

    @workflow.update
    async def act(self, act: Act) -> PlainAnswer:
        """Take in a message."""
        self._taken_in.append(act.message)
        return PlainAnswer(rev=len(self._taken_in))

    async def _wait_for_more_than(self, handled: int) -> None:
        is_timed = self._work is not Work.NONE
        with suppress(TimeoutError):
            await workflow.wait_condition(
                lambda: len(self._taken_in) > handled, timeout=_ARMED_FOR if is_timed else None
            )

    async def _do_nothing(self, times: int) -> None:
        for _ in range(times):
            if self._work is Work.REGULAR:
                await workflow.execute_activity_method(
                    EmptyActivities.do_nothing, start_to_close_timeout=_LIMIT
                )
            elif self._work is Work.LOCAL:
                await workflow.execute_local_activity_method(
                    EmptyActivities.do_nothing, start_to_close_timeout=_LIMIT
                )
