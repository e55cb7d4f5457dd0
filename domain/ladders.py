"""The marks of a plan: instants at which something happens, in lines of their own."""

from enum import StrEnum

from pydantic import AwareDatetime

from domain.model import Model


class Ladder(StrEnum):
    """One line of marks, lowest first; marks passed unseen take effect as the highest of them."""

    VISIT = "visit"
    PATIENT = "patient"
    CLOSING = "closing"
    FIRST_RESPONSE = "first_response"
    RESOLUTION = "resolution"
    NEW_CASE = "new_case"
    HAND_OVER = "hand_over"


class MarkKind(StrEnum):
    TOLD = "told"
    WARNING = "warning"
    BREACH = "breach"
    OVERDUE = "overdue"
    SILENCE = "silence"
    GAVE_UP = "gave_up"
    VISIT_STARTED = "visit_started"
    CLOSING = "closing"


class Mark(Model):
    """An instant of the plan. `day_from` begins its local day, for "once a working day".

    `step` is the percent of a warning, the days of a silence or the count of an overdue notice.
    `new_date` is what the citizen is told when the mark is the first to find the case late, or
    finds that the date told before has come.
    """

    at: AwareDatetime
    ladder: Ladder
    kind: MarkKind
    step: int = 0
    day_from: AwareDatetime
    new_date: AwareDatetime | None = None


def is_visit_near(mark: Mark) -> bool:
    """Whether *mark* escalates a case that is still open shortly before its visit [domain B5]."""
    return mark.ladder is Ladder.VISIT and mark.kind is MarkKind.BREACH
