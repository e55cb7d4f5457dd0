"""Finds a case for the one who asks: in its row, else in its workflow, else in its memo."""

from dataclasses import dataclass

from api.callers import CitizenCaller, StaffCaller
from api.database import QUICK, DatabaseAwayError, database
from api.ownership import may_read
from api.problems import ProblemError
from api.rights import access_of, may_move, may_see, sight
from api.sights import note_sights
from api.state import Desk
from domain.case import open_case
from domain.events import EventKind
from domain.projection import Snapshot, project
from domain.submission import CaseId, CaseMemo, Submission
from store.case_views import find_case
from store.duplicates import find_candidates_of
from store.listings import find_citizen
from store.pool import Connection
from store.staff import StaffAccess
from store.staff_tasks import has_lost_contact


@dataclass(frozen=True, slots=True)
class StaffReading:
    """A case with the rights of its reader and the patient's name in the register.

    `in_full` is False for those who run the system: nothing of the patient may be shown them.
    `duplicates` are the cases that it may repeat; `contact_lost` says that text messages to the
    citizen come back.
    """

    snapshot: Snapshot
    access: StaffAccess
    patient_name: str | None
    in_full: bool = True
    duplicates: tuple[str, ...] = ()
    contact_lost: bool = False


async def read_own(desk: Desk, citizen: CitizenCaller, case_id: CaseId) -> Snapshot:
    """Return the citizen's own case; 404 for another's as for none.

    While PostgreSQL is away the workflow tells; when neither does, 503.
    """
    try:
        async with database(desk.pool, QUICK) as conn:
            snapshot = await find_case(conn, case_id)
            is_theirs = snapshot is None or await may_read(desk, conn, citizen, snapshot.submission)
    except DatabaseAwayError:
        return await _read_unrecorded(desk, citizen, case_id, is_new=False)
    if not is_theirs:
        raise ProblemError("not_found")
    return snapshot or await _read_unrecorded(desk, citizen, case_id, is_new=True)


async def _read_unrecorded(
    desk: Desk, citizen: CitizenCaller, case_id: CaseId, *, is_new: bool
) -> Snapshot:
    memo = await desk.engine.find_memo(case_id)
    if memo is None or not desk.owns(citizen.identity, memo):
        raise ProblemError("not_found")
    snapshot = await desk.engine.find_view(case_id)
    if snapshot is None and not is_new:
        raise DatabaseAwayError
    return snapshot or received(case_id, memo, citizen.identity)


def received(case_id: CaseId, memo: CaseMemo, identity: str) -> Snapshot:
    """Return what is known of a case that no worker has touched; its answers are not."""
    submission = Submission(
        case_id=case_id,
        service=memo.service,
        answers={},
        patient=identity,
        submitted_by=identity,
        received_at=memo.received_at,
        fingerprint=memo.fingerprint,
    )
    return snapshot_of(submission)


def snapshot_of(submission: Submission) -> Snapshot:
    """Return a case that has been received and nothing else."""
    case = open_case(submission)
    return Snapshot(submission=submission, projection=project(case), events=case.events)


async def read_as_staff(
    desk: Desk, conn: Connection, staff: StaffCaller, case_id: CaseId, action: str
) -> StaffReading:
    """Return a case of the reader's unit and role, after the sight of it has been logged.

    404 for any other case as for none.
    """
    access = await access_of(conn, staff, desk.today(desk.now()))
    snapshot = await find_case(conn, case_id)
    return await _read_in_full(desk, conn, access, snapshot, action)


async def read_to_move(
    desk: Desk,
    conn: Connection,
    staff: StaffCaller,
    case_id: CaseId,
    action: str,
    *,
    action_id: str | None = None,
) -> StaffReading:
    """Return a case as `read_as_staff` does, and an undeliverable one to operations.

    Operations see it without the patient, so no sight of one is logged. The transfer with this
    *action_id* may be repeated after it has taken the case away.
    """
    access = await access_of(conn, staff, desk.today(desk.now()))
    snapshot = await find_case(conn, case_id)
    if snapshot is not None and not may_see(access, snapshot.projection, desk.region.catalogue):
        can_move = may_move(access, snapshot.projection, desk.region.catalogue)
        if can_move or _has_moved(snapshot, access, action_id):
            return StaffReading(snapshot, access, None, in_full=False)
    return await _read_in_full(desk, conn, access, snapshot, action)


def _has_moved(snapshot: Snapshot, access: StaffAccess, action_id: str | None) -> bool:
    mine = [event for event in snapshot.events if event.actor.id == access.hsa_id]
    return any(
        event.kind is EventKind.TRANSFERRED and event.action_id == action_id for event in mine
    )


async def _read_in_full(
    desk: Desk, conn: Connection, access: StaffAccess, snapshot: Snapshot | None, action: str
) -> StaffReading:
    if snapshot is None or not may_see(access, snapshot.projection, desk.region.catalogue):
        raise ProblemError("not_found")
    patient = await find_citizen(conn, snapshot.submission.patient)
    submission = snapshot.submission
    entry = sight(access, submission.patient, submission.case_id, action)
    await note_sights(conn, [entry])
    duplicates = await find_candidates_of(conn, submission.case_id)
    name = patient.name if patient else None
    is_lost = await has_lost_contact(conn, submission.case_id)
    return StaffReading(snapshot, access, name, duplicates=duplicates, contact_lost=is_lost)
