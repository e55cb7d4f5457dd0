"""What operations may read in clear of a case: fixed sentences, states, codes and instants.

Every text begins with `ops:`, the one mark the payload codec lets through, and is made here of
nothing a patient wrote or is. A protected person's unit and role are left out, also after
the protection has ended.
"""

from datetime import datetime

from domain.case import Case
from domain.ladders import Mark
from domain.marks import next_mark
from domain.vocabulary import CaseState

OPS = "ops:"
RECEIVED = f"{OPS} a case was received"
ADMITTING = f"{OPS} look up unit, role and rules, and claim the case id"
RECORDING = f"{OPS} record what changed"
MERGING = f"{OPS} ask the case that it repeats to absorb it"
PLANNING = f"{OPS} compute the deadlines"
RECORD_AGAIN = f"{OPS} quarantined, recorded again in an hour"

_WAITS_FOR = {
    CaseState.RECEIVED: "waits for the registers to admit it",
    CaseState.QUEUED: "waits for someone to take it",
    CaseState.ASSIGNED: "waits for its assignee",
    CaseState.AWAITING_PATIENT: "waits for the patient to answer",
    CaseState.RESOLVED: "can be reopened until it closes",
    CaseState.CLOSED: "is closed",
    CaseState.UNDELIVERABLE: "waits for a unit with somebody in the role",
    CaseState.REJECTED: "was refused by the gate",
}
_FOR_A_DECIDER = "was handed over, waits for someone who may decide to take it"


def current_details(case: Case, *, quarantined: bool = False) -> str:
    """Return where the case stands and what it waits for."""
    waits_for = _FOR_A_DECIDER if case.waits_for_decider else _WAITS_FOR[case.state]
    parts = [f"{OPS} {case.state}{_place(case)}", waits_for]
    clocks = case.plan.clocks if case.plan else None
    if clocks and case.is_open and case.facts.first_response_at is None:
        parts.append(f"first response by {_at(clocks.first_response.due_at)}")
    if clocks and case.is_open and not case.is_paused:
        parts.append(f"resolution by {_at(clocks.resolution.due_at)}")
    if case.is_overdue:
        parts.append(f"overdue, told to {case.escalation}")
    if quarantined:
        parts.append("quarantined: the database refuses its record")
    return ", ".join(parts)


def timer_summary(mark: Mark) -> str:
    """Return what an armed timer is for."""
    step = f" {mark.step}" if mark.step else ""
    return f"{OPS} {mark.ladder} {mark.kind}{step} at {_at(mark.at)}"


def mark_of(case: Case) -> str:
    """Return the summary of the next timer, or an empty text when none is armed."""
    mark = next_mark(case)
    return timer_summary(mark) if mark else ""


def _place(case: Case) -> str:
    if case.route is None or case.is_hidden:
        return ""
    return f" at {case.route.unit}, role {case.route.role}"


def _at(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"
