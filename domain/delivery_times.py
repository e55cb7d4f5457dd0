"""When a delivery leaves: what is gathered, how long, and how often it is tried again."""

from datetime import datetime, timedelta

from domain.delivery import Template

GATHERED_FOR = timedelta(minutes=15)
"""How long after a delivery the next ones to the same person are gathered into one [S45b]."""

TRIED_FOR = timedelta(hours=24)
"""How long a delivery that is not taken is tried again."""

_FIRST_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(hours=1)
_MOST_DOUBLINGS = 6
_MANY = {Template.CITIZEN: Template.CITIZEN_MANY, Template.STAFF: Template.STAFF_MANY}


def tried_again_at(attempts: int, first_tried_at: datetime, at: datetime) -> datetime | None:
    """Return when a delivery that failed for the *attempts*-th time, at *at*, is tried again.

    After 1 minute, then twice as long each time up to 1 hour; None once `TRIED_FOR` is over.
    """
    pause = min(_FIRST_PAUSE * 2 ** min(attempts - 1, _MOST_DOUBLINGS), _LONGEST_PAUSE)
    again = at + pause
    return again if again - first_tried_at <= TRIED_FOR else None


def due_after(last: datetime | None, at: datetime) -> datetime:
    """Return when something not urgent that is addressed at *at* leaves.

    *last* is when its person was last told by the same channel: None, or too long ago to matter,
    means at once.
    """
    return at if last is None else max(at, last + GATHERED_FOR)


def gathered(template: Template, other: Template) -> Template:
    """Return the text for two notices that leave together: what presses most, else `…_many`."""
    if Template.STAFF_LATE in {template, other}:
        return Template.STAFF_LATE
    return _MANY.get(template, template)
