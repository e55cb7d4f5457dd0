"""Turns a case into what its readers may see of it."""

from collections.abc import Iterator

from api.reading import StaffReading
from api.schemas.cases import (
    CaseSummary,
    CaseView,
    HandledBy,
    InboxItem,
    MessageView,
    NextMark,
    NoteView,
    PatientView,
    Promise,
    RoleView,
    StaffCaseView,
    UnitView,
)
from api.state import Desk
from api.view_texts import promise_text
from domain.catalogue import BilingualText
from domain.events import Event, EventKind
from domain.projection import Projection, Snapshot
from domain.submission import reference_for
from store.inboxes import InboxRow

_FROM_PATIENT = frozenset({EventKind.PATIENT_ANSWERED})
_FROM_UNIT = frozenset({EventKind.PATIENT_ASKED, EventKind.REPLIED, EventKind.RESOLVED})
_FIRST_REV = 1


def rev_of(snapshot: Snapshot) -> int:
    """Return the case's rev; a row that is only claimed stands for the first one."""
    return max(snapshot.projection.rev, _FIRST_REV)


def citizen_view(desk: Desk, snapshot: Snapshot) -> CaseView:
    """Return the patient's view: no note, no name of staff, no flag."""
    messages = list(_messages(snapshot.events))
    return CaseView.model_validate(_summary(desk, snapshot) | {"messages": messages})


def citizen_item(desk: Desk, snapshot: Snapshot) -> CaseSummary:
    """Return one line of the patient's own list."""
    return CaseSummary.model_validate(_summary(desk, snapshot))


def reader_view(desk: Desk, reading: StaffReading, snapshot: Snapshot) -> CaseView:
    """Return the case as staff who read it so may see it as it now stands.

    Those who run the system see where it lies and what is promised, and no word of the patient's.
    """
    if reading.in_full:
        return _staff_view(desk, reading, snapshot)
    return CaseView.model_validate(_summary(desk, snapshot) | {"messages": []})


def inbox_item(desk: Desk, row: InboxRow) -> InboxItem:
    """Return one line of an inbox; that of a protected patient does not say who it is [L10]."""
    snapshot = row.snapshot
    named = PatientView(identity=snapshot.submission.patient, name=row.patient_name)
    whom = {"patient": None if row.protected else named}
    fields = _summary(desk, snapshot) | _staff_fields(snapshot, protected=row.protected) | whom
    return InboxItem.model_validate(fields)


def _staff_view(desk: Desk, reading: StaffReading, snapshot: Snapshot) -> StaffCaseView:
    submission = snapshot.submission
    renews = desk.region.renews_prescriptions(submission.service)
    in_full = {
        "patient": PatientView(identity=submission.patient, name=reading.patient_name),
        "messages": list(_messages(snapshot.events)),
        "answers": submission.answers,
        "duplicates": list(reading.duplicates),
        "verified_against_prescription": False if renews else None,
        "contact_lost": reading.contact_lost,
        "notes": list(_notes(snapshot.events)),
    }
    marked = _staff_fields(snapshot, protected=reading.handles_protected)
    fields = _summary(desk, snapshot) | marked | in_full
    return StaffCaseView.model_validate(fields)


def _summary(desk: Desk, snapshot: Snapshot) -> dict[str, object]:
    submission, case = snapshot.submission, snapshot.projection
    return {
        "case_id": submission.case_id,
        "reference": reference_for(submission.case_id),
        "service": submission.service,
        "state": case.state,
        "rev": rev_of(snapshot),
        "received_at": submission.received_at,
        "outcome": case.outcome,
        "handled_by": _handled_by(case),
        "promise": _promise(desk, case),
        "paused": case.paused,
    }


def _handled_by(case: Projection) -> HandledBy | None:
    if case.unit is None or case.role is None:
        return None
    unit = UnitView(hsa_id=case.unit, name=case.unit_name or case.unit, phone=case.unit_phone)
    name = case.role_name or BilingualText(sv=case.role, en=case.role)
    return HandledBy(unit=unit, role=RoleView(code=case.role, name=name))


def _promise(desk: Desk, case: Projection) -> Promise | None:
    if case.first_response_by is None:
        return None
    return Promise(
        first_response_by=case.first_response_by,
        resolution_by=case.resolution_by,
        text=promise_text(desk.texts, case, desk.local, desk.now()),
    )


def _staff_fields(snapshot: Snapshot, *, protected: bool) -> dict[str, object]:
    case = snapshot.projection
    mark_at, mark = case.next_mark_at, case.next_mark
    return {
        "protected": protected,
        "flags": list(case.flags),
        "urgency": case.urgency,
        "assigned_to": case.assigned_to,
        "prepared_by": case.prepared_by,
        "handed_over_at": case.handed_over_at,
        "first_response_at": case.first_response_at,
        "due_at": case.due_at,
        "next_mark": NextMark(at=mark_at, kind=mark) if mark_at and mark else None,
        "escalation": case.escalation,
        "overdue": case.overdue,
    }


def _messages(events: tuple[Event, ...]) -> Iterator[MessageView]:
    for event in events:
        text = event.detail.get("text")
        if text and event.kind in _FROM_PATIENT:
            yield MessageView(sender="patient", at=event.at, text=text)
        elif text and event.kind in _FROM_UNIT:
            yield MessageView(sender="unit", at=event.at, text=text)


def _notes(events: tuple[Event, ...]) -> Iterator[NoteView]:
    for event in events:
        if event.kind is EventKind.NOTED:
            yield NoteView(sender=event.actor.id, at=event.at, text=event.detail.get("text", ""))
