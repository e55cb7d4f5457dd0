"""How an update says no: in its validator, so that only the sender hears it."""

from enum import StrEnum

from temporalio.exceptions import ApplicationError


def refuse(refusal: StrEnum | None) -> None:
    """Refuse an update for a reason, let it in for none.

    Raises:
        ApplicationError: its type is the refusal's word.
    """
    if refusal is not None:
        raise ApplicationError(refusal, type=refusal, non_retryable=True)
