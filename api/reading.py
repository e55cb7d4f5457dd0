"""Finds a case for the one who asks: in its row, else in its workflow, else in its memo."""

from dataclasses import dataclass

from api.callers import CitizenCaller, StaffCaller
from api.database import QUICK, DatabaseAwayError, database
from api.ownership import may_read
from api.problems import ProblemError
from api.protection import Guard, guard_for
from api.rights import access_of, may_move, may_see, refuse_own, sight
from api.sights import note_sights
from api.state import Desk
from domain.case import open_case
from domain.projection import Snapshot, project
from domain.submission import CaseId, CaseMemo, Submission
from store.case_views import find_outline, has_transferred, is_erased, with_events
from store.duplicates import find_candidates_of
from store.listings import find_citizen
from store.pool import Connection
from store.protection import is_protected_now
from store.staff import StaffAccess
from store.staff_tasks import has_lost_contact

_NO_CASE = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True)
class StaffReading:
    """A case with the rights of its reader and the patient's name in the register.

    `in_full` is False for those who run the system: nothing of the patient may be shown them.
    `duplicates` are the cases that it may repeat; `contact_lost` says that text messages to the
    citizen come back. `handles_protected`: the patient has protected identity, and the reader is
    one of those who handle such cases.
    """

    snapshot: Snapshot
    access: StaffAccess
    patient_name: str | None
    in_full: bool = True
    duplicates: tuple[str, ...] = ()
    contact_lost: bool = False
    handles_protected: bool = False


async def read_own(desk: Desk, citizen: CitizenCaller, case_id: CaseId) -> Snapshot:
    """Return the citizen's own case; 404 for another's and for an erased one as for none.

    While PostgreSQL is away the workflow tells the patient; anybody else gets 503, and so does the
    patient of a case that no workflow knows any more.
    """
    try:
        async with database(desk.pool, QUICK) as conn:
            outline = await find_outline(conn, case_id)
            if outline is not None and await may_read(desk, conn, citizen, outline.submission):
                return await with_events(conn, outline)
            is_known = await is_erased(conn, case_id) or outline is not None
    except DatabaseAwayError:
        return await _read_without_registers(desk, citizen, case_id)
    if is_known:
        # The same way as for a case that is not there, so that nobody can tell the two apart.
        await desk.engine.find_memo(case_id)
        raise ProblemError("not_found")
    return await _read_unrecorded(desk, citizen, case_id)


async def _read_without_registers(desk: Desk, citizen: CitizenCaller, case_id: CaseId) -> Snapshot:
    """Return the patient's own case; nobody can tell now whether a guardian still may read it."""
    memo = await desk.engine.find_memo(case_id)
    is_own = memo is not None and desk.is_patient_of(citizen.identity, memo)
    snapshot = await desk.engine.find_view(case_id) if is_own else None
    if snapshot is None:
        raise DatabaseAwayError
    return snapshot


async def _read_unrecorded(desk: Desk, citizen: CitizenCaller, case_id: CaseId) -> Snapshot:
    """Return a case that has no row yet, of which a guardian's right is judged as of any other."""
    memo = await desk.engine.find_memo(case_id)
    if memo is None or not desk.owns(citizen.identity, memo):
        raise ProblemError("not_found")
    snapshot = await desk.engine.find_view(case_id)
    if snapshot is None:
        return received(case_id, memo, citizen.identity)
    async with database(desk.pool) as conn:
        if not await may_read(desk, conn, citizen, snapshot.submission):
            raise ProblemError("not_found")
    return snapshot


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
    reading = await find_as_staff(desk, conn, staff, case_id)
    await _log(conn, reading, action)
    return reading


async def read_to_move(
    desk: Desk, conn: Connection, staff: StaffCaller, case_id: CaseId, action: str
) -> StaffReading:
    """Return a case as `read_as_staff` does, and an undeliverable one to operations.

    Operations see it without the patient, so no sight of one is logged.
    """
    reading = await find_to_move(desk, conn, staff, case_id)
    if reading.in_full:
        await _log(conn, reading, action)
    return reading


async def _log(conn: Connection, reading: StaffReading, action: str) -> None:
    submission = reading.snapshot.submission
    entry = sight(reading.access, submission.patient, submission.case_id, action)
    await note_sights(conn, [entry])


async def find_as_staff(
    desk: Desk, conn: Connection, staff: StaffCaller, case_id: CaseId
) -> StaffReading:
    """Return a case of the caller's unit and role, else 404; nothing is logged.

    403 for a case of their own or of their child or guardian.
    The caller logs what it is for before anything of the case leaves.
    """
    access = await access_of(conn, staff, desk.today(desk.now()))
    outline = await find_outline(conn, case_id)
    return await _in_full(desk, conn, access, outline)


async def find_to_move(
    desk: Desk,
    conn: Connection,
    staff: StaffCaller,
    case_id: CaseId,
    *,
    action_id: str | None = None,
) -> StaffReading:
    """Return a case as `find_as_staff` does, and an undeliverable one to operations.

    The transfer with this *action_id* may be repeated after it has taken the case away.
    """
    access = await access_of(conn, staff, desk.today(desk.now()))
    outline = await find_outline(conn, case_id)
    is_theirs, _ = await _guarded(desk, conn, access, outline)
    has_moved = await has_transferred(conn, case_id, access.hsa_id, action_id or "")
    if outline is not None and not is_theirs:
        can_move = may_move(access, outline.projection, desk.region.catalogue)
        if can_move or has_moved:
            refuse_own(access, outline.submission.patient)
            snapshot = await with_events(conn, outline)
            return StaffReading(snapshot, access, None, in_full=False)
    return await _in_full(desk, conn, access, outline)


async def _in_full(
    desk: Desk, conn: Connection, access: StaffAccess, outline: Snapshot | None
) -> StaffReading:
    is_theirs, guard = await _guarded(desk, conn, access, outline)
    if outline is None or not is_theirs:
        raise ProblemError("not_found")
    refuse_own(access, outline.submission.patient)
    patient = await find_citizen(conn, outline.submission.patient)
    duplicates = await find_candidates_of(conn, outline.submission.case_id)
    name = patient.name if patient else None
    is_lost = await has_lost_contact(conn, outline.submission.case_id)
    return StaffReading(
        await with_events(conn, outline),
        access,
        name,
        duplicates=duplicates,
        handles_protected=guard.is_handler,
        contact_lost=is_lost,
    )


async def _guarded(
    desk: Desk, conn: Connection, access: StaffAccess, snapshot: Snapshot | None
) -> tuple[bool, Guard]:
    """Return whether the case is the reader's to see, and how its protection guards it."""
    if snapshot is None:
        # The same way as for a case of another unit, so that nobody can tell the two apart.
        await is_protected_now(conn, _NO_CASE)
        return False, Guard(is_protected=False)
    guard = await guard_for(conn, desk.region, access, snapshot, desk.today(desk.now()))
    by_role = may_see(access, snapshot.projection, desk.region.catalogue)
    return guard.lets(by_role=by_role), guard
