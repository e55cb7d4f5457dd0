"""What leads look at: how much lies in an inbox, and who covers which role."""

from enum import StrEnum

from api.schemas.view import View


class InboxCounts(View):
    """How many open cases there are, in all, by state and by what presses."""

    open: int
    queued: int
    assigned: int
    awaiting_patient: int
    undeliverable: int
    mine: int
    overdue: int
    urgent: int


class Level(StrEnum):
    """Red: nobody holds the role. Amber: fewer than three do."""

    RED = "red"
    AMBER = "amber"
    GREEN = "green"


class CoverageView(View):
    """How many hold a role at a unit, and how many of them subscribe to its notices."""

    unit: str
    role: str
    holders: int
    subscribers: int
    level: Level
