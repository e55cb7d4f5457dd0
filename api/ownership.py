"""Whose a case is: the patient's, and the guardian's who sent it while they still may."""

from api.callers import CitizenCaller
from api.proxies import may_act_for
from api.state import Desk
from domain.submission import Submission
from store.pool import Connection


async def may_read(
    desk: Desk, conn: Connection, citizen: CitizenCaller, submission: Submission
) -> bool:
    """Whether the case is the citizen's own, judged now.

    A guardian's right ends with the child's 13th birthday, when the register no longer names
    them, when either gets protected identity, or when the region no longer has the service.
    """
    if citizen.identity == submission.patient:
        return True
    if citizen.identity != submission.submitted_by:
        return False
    entry = desk.region.catalogue.find_service(submission.service)
    if entry is None:
        return False
    local = desk.local(desk.now())
    return await may_act_for(conn, citizen.identity, submission.patient, entry, local)
