"""What can be wrong with a question about working time."""

from typing import ClassVar


class WorktimeError(Exception):
    """A question about working time has no answer."""

    code: ClassVar[str]


class NaiveInstantError(WorktimeError):
    """An instant came without a time zone, so it could mean several."""

    code = "naive_instant"

    def __init__(self) -> None:
        super().__init__("Working time is counted between instants with a time zone.")


class NegativeAmountError(WorktimeError):
    """Working time and working days are counted in amounts of zero or more."""

    code = "negative_amount"

    def __init__(self) -> None:
        super().__init__("An amount of working time or working days cannot be negative.")


class NoOpeningError(WorktimeError):
    """The unit stays closed for longer than any plan can wait."""

    code = "no_opening"

    def __init__(self, *, searched_days: int) -> None:
        super().__init__(f"The calendar has no opening within {searched_days} days.")


class DateNotCoveredError(WorktimeError):
    """The region's calendar does not reach around a date, so its holidays are unknown."""

    code = "date_not_covered"

    def __init__(self) -> None:
        super().__init__(
            "The region's calendar does not cover the date with the months around it; "
            "widen its years."
        )
