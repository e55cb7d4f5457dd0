"""The case as PostgreSQL keeps it: what lists, views and follow-up read."""

from pydantic import AwareDatetime

from domain.authority import preparer_role_of
from domain.case import Case
from domain.catalogue import BilingualText
from domain.events import Event
from domain.marks import next_mark
from domain.model import Model
from domain.notices import Notice
from domain.submission import Submission
from domain.vocabulary import CaseState, Escalation, Flag, Outcome, Urgency

_SECONDS_PER_MINUTE = 60


class Projection(Model):
    """One row of `cases` but for what was submitted; every value is told by the workflow.

    Minutes: `paused_minutes` of calendar time, `worked_minutes` of working time. `due_at` is
    the next instant a promise would be broken, None while nothing is promised. `preparer_role` is
    the role whose holders prepare the case where it now lies.
    """

    state: CaseState
    rev: int
    outcome: Outcome | None
    unit: str | None
    provider: str | None
    unit_name: str | None
    unit_phone: str | None
    role: str | None
    role_name: BilingualText | None
    assigned_to: str | None
    flags: tuple[Flag, ...]
    urgency: Urgency
    protected: bool
    first_response_by: AwareDatetime | None
    resolution_by: AwareDatetime | None
    paused: bool
    due_at: AwareDatetime | None
    next_mark_at: AwareDatetime | None
    next_mark: str | None
    overdue: bool
    escalation: Escalation
    queued_at: AwareDatetime | None
    first_taken_at: AwareDatetime | None
    first_response_at: AwareDatetime | None
    resolved_at: AwareDatetime | None
    closed_at: AwareDatetime | None
    first_response_promised: AwareDatetime | None
    resolution_promised: AwareDatetime | None
    first_response_breached: bool
    resolution_breached: bool
    reminders: int
    escalations: int
    transfers: int
    returns: int
    reopens: int
    qualified_contact: bool | None
    documented_in_record: str | None
    preparer_role: str | None = None
    prepared_by: str | None = None
    handed_over_at: AwareDatetime | None = None
    paused_minutes: int
    worked_minutes: int
    quarantined: bool = False


class Snapshot(Model):
    """A whole case as a reader gets it, from its row or from its workflow."""

    submission: Submission
    projection: Projection
    events: tuple[Event, ...]


class CaseRecord(Model):
    """What one record transaction writes: the row, the new events and the new notices.

    `run_id` is the case's first run. `submission` and `content_keys` are sent along
    only to restore a lost row.
    """

    case_id: str
    run_id: str
    projection: Projection
    events: tuple[Event, ...]
    notices: tuple[Notice, ...]
    submission: Submission | None = None
    content_keys: tuple[str, ...] = ()


def project(case: Case, *, quarantined: bool = False) -> Projection:
    """Return the row of *case*."""
    mark = next_mark(case)
    told = {
        "state": case.state,
        "rev": case.rev,
        "outcome": case.outcome,
        "assigned_to": case.assigned_to,
        "preparer_role": preparer_role_of(case),
        "prepared_by": case.prepared_by,
        "handed_over_at": case.handed_over_at,
        "flags": case.flags,
        "urgency": case.urgency,
        "protected": case.is_protected,
        "paused": case.is_paused,
        "next_mark_at": mark.at if mark else None,
        "next_mark": f"{mark.ladder}_{mark.kind}" if mark else None,
        "overdue": case.is_overdue,
        "escalation": case.escalation,
        "quarantined": quarantined,
    }
    facts = case.facts.model_dump()
    return Projection.model_validate(told | _place(case) | _promise(case) | facts)


def _place(case: Case) -> dict[str, object]:
    route = case.route
    return {
        "unit": route.unit if route else None,
        "provider": route.provider if route else None,
        "unit_name": route.unit_name if route else None,
        "unit_phone": route.phone if route else None,
        "role": route.role if route else None,
        "role_name": route.role_name if route else None,
    }


def _promise(case: Case) -> dict[str, object]:
    clocks = case.plan.clocks if case.plan else None
    first = clocks.first_response.due_at if clocks else None
    due = clocks.resolution.due_at if clocks and not case.is_paused else None
    answered = case.facts.first_response_at is not None
    ahead = [at for at in (None if answered else first, due) if at is not None]
    paused = clocks.paused if clocks else None
    worked = clocks.worked if clocks else None
    return {
        "first_response_by": first,
        "resolution_by": case.new_date if due and case.new_date else due,
        "due_at": min(ahead) if ahead and case.is_open else None,
        "paused_minutes": int(paused.total_seconds() // _SECONDS_PER_MINUTE) if paused else 0,
        "worked_minutes": int(worked.total_seconds() // _SECONDS_PER_MINUTE) if worked else 0,
    }
