"""When a run of a case ends, and how the case goes on as the next."""

from collections.abc import Callable
from typing import NoReturn

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from domain.carried import Carried, CaseStart
    from domain.case import Case
    from workflows import options


class RunEnd:
    """Says when a case should go on as a new run: when its history is long, or when asked to."""

    def __init__(self) -> None:
        self._is_asked_for = False

    def ask(self) -> None:
        """Let the case go on as a new run as soon as it can."""
        self._is_asked_for = True

    def is_due(self, case: Case) -> bool:
        """Whether the run should end now; a case that is merging waits for its answer."""
        info = workflow.info()
        is_long = info.get_current_history_length() >= options.CONTINUE_AT_EVENTS
        is_due = self._is_asked_for or is_long or info.is_continue_as_new_suggested()
        return is_due and case.merging is None


async def handlers_finished(unless: Callable[[], bool]) -> None:
    """Wait until no message is being handled, or *unless* says yes."""
    await workflow.wait_condition(lambda: unless() or workflow.all_handlers_finished())


def go_on(carried: Carried, *, forgets: bool) -> NoReturn:
    """End this run and begin the next, which has this one deleted when it *forgets*.

    The memo is handed over by value: left to itself it would stay sealed with the key of the
    first run for as long as the case lives.
    """
    start = CaseStart(submission=carried.case.submission, carried=carried, forgets=forgets)
    workflow.continue_as_new(start, memo=dict(workflow.memo()))
