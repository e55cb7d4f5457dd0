"""How long a run of a case may become."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from domain.case import Case
    from workflows import options


def is_long(case: Case) -> bool:
    """Whether the case should go on as a new run; one that is merging waits for its answer."""
    info = workflow.info()
    length = info.get_current_history_length()
    is_due = length >= options.CONTINUE_AT_EVENTS or info.is_continue_as_new_suggested()
    return is_due and case.merging is None
