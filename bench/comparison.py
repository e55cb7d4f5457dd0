"""Comparison workflows: the same messages as a case's life, with less or nothing behind them."""

import asyncio
from collections import deque
from datetime import timedelta
from enum import StrEnum

from temporalio import activity, workflow

with workflow.unsafe.imports_passed_through():
    from domain.messages import Act, AnyMessage
    from domain.model import Model
    from domain.submission import Submission

_ARMED_FOR = timedelta(days=1)
_LIMIT = timedelta(seconds=10)
_ADMISSION = ("regular", "regular")
_AFTER = {
    "take": ("regular",),
    "ask_patient": ("local", "regular"),
    "answer": ("local", "regular"),
    "resolve": ("local", "regular"),
}


class Work(StrEnum):
    """What a comparison does where a case would plan and record."""

    ALIKE = "alike"
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

    Does as many activities as a case: at its start admission and a record, then a plan where a
    clock turns and a record after each message; of the same kinds (ALIKE) or all of one. It
    answers a message at once.
    """

    @workflow.init
    def __init__(self, start: PlainStart) -> None:
        self._work = start.work
        self._is_timed = start.work is not Work.NONE
        self._taken_in = 0
        self._waiting: deque[AnyMessage] = deque()

    @workflow.run
    async def run(self, start: PlainStart) -> None:
        message = await self._work_until_message(_ADMISSION)
        while message.kind != "resolve":
            message = await self._work_until_message(_AFTER[message.kind])
        await self._do_nothing(_AFTER[message.kind])
        await workflow.wait_condition(workflow.all_handlers_finished)

    @workflow.update
    async def act(self, act: Act) -> PlainAnswer:
        """Take in a message."""
        self._waiting.append(act.message)
        self._taken_in += 1
        return PlainAnswer(rev=self._taken_in)

    async def _work_until_message(self, activities: tuple[str, ...]) -> AnyMessage:
        timer = asyncio.create_task(workflow.sleep(_ARMED_FOR)) if self._is_timed else None
        await self._do_nothing(activities)
        await workflow.wait_condition(lambda: bool(self._waiting))
        if timer is not None:
            timer.cancel()
        return self._waiting.popleft()

    async def _do_nothing(self, activities: tuple[str, ...]) -> None:
        for kind in activities if self._work is not Work.NONE else ():
            chosen = kind if self._work is Work.ALIKE else self._work
            if chosen == Work.REGULAR:
                await workflow.execute_activity_method(
                    EmptyActivities.do_nothing, start_to_close_timeout=_LIMIT
                )
            else:
                await workflow.execute_local_activity_method(
                    EmptyActivities.do_nothing, start_to_close_timeout=_LIMIT
                )
