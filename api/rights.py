"""Which member of staff may see which cases, by the rights the register gives now (design 7)."""

from collections.abc import Sequence
from datetime import date

import structlog

from api.callers import StaffCaller
from api.problems import ProblemError
from domain.access import AccessAction, AccessKind
from domain.catalogue import Catalogue
from domain.projection import Projection
from domain.vocabulary import CaseState
from store.access_log import AccessEntry, Seen
from store.pool import Connection
from store.staff import StaffAccess, find_access

log = structlog.get_logger()


async def access_of(conn: Connection, staff: StaffCaller, on: date) -> StaffAccess:
    """Return what *staff* may do in the commission chosen at login on the local day *on*.

    Looked up on each request. 403 when the commission is not, or no longer, theirs.
    """
    access = await find_access(conn, staff.hsa_id, staff.commission, on)
    if access is None:
        raise ProblemError("forbidden")
    return access


def refuse_own(access: StaffAccess, patient: str) -> None:
    """Refuse, 403 `own_case`, the case of the reader themselves, their child or guardian."""
    if patient in access.close_to:
        log.warning("access_denied", reason="own_case")
        raise ProblemError("own_case")


def leads(access: StaffAccess, catalogue: Catalogue) -> bool:
    """Whether this is a coordinator or a unit manager."""
    leading = {catalogue.system_roles.coordinator, catalogue.system_roles.unit_manager}
    return not leading.isdisjoint(access.roles)


def may_see(access: StaffAccess, case: Projection, catalogue: Catalogue) -> bool:
    """Whether the case is theirs to see: of their unit, and of their role or under their lead.

    Those whose role prepares it see it as those do whose role decides. A case that no unit has may
    be seen by whoever leads one, for they may give it a unit.
    """
    if case.unit is None:
        return case.state is CaseState.UNDELIVERABLE and leads(access, catalogue)
    is_of_role = not {case.role, case.preparer_role}.isdisjoint(access.roles)
    is_theirs = is_of_role or leads(access, catalogue)
    return access.unit == case.unit and is_theirs


def may_move(access: StaffAccess, case: Projection, catalogue: Catalogue) -> bool:
    """Whether those who run the system may give the case a place: it has none.

    They are shown where it lies and what is promised, and nothing of the patient.
    """
    is_operator = catalogue.system_roles.operations in access.roles
    return is_operator and case.state is CaseState.UNDELIVERABLE


def watches_region(access: StaffAccess, catalogue: Catalogue) -> bool:
    """Whether cases that no unit has are theirs to hear of: they keep the roles or the system."""
    watching = {catalogue.system_roles.operations, catalogue.system_roles.role_catalogue_owner}
    return access.unit is None and not watching.isdisjoint(access.roles)


def has_tasks(access: StaffAccess, catalogue: Catalogue) -> bool:
    """Whether any task could be theirs: they work at a unit, or keep the roles or the system."""
    return access.unit is not None or watches_region(access, catalogue)


def inbox_roles(access: StaffAccess, catalogue: Catalogue) -> tuple[str, ...]:
    """Return the roles whose cases fill their inbox: their own, or every role under their lead."""
    return tuple(sorted(catalogue.role_names)) if leads(access, catalogue) else access.roles


def reviews_log(access: StaffAccess, catalogue: Catalogue) -> bool:
    """Whether this is a log reviewer, who judges the accesses of their own care provider [L3]."""
    return catalogue.system_roles.log_reviewer in access.roles


def sight(
    access: StaffAccess,
    patient: str,
    case_id: str,
    action: str,
    kind: AccessKind = AccessKind.ORDINARY,
) -> AccessEntry:
    """Return the log's line of this member of staff seeing or changing this patient's case."""
    return sight_of([(patient, case_id)], access, AccessAction(action), kind)


def sight_of(
    seen: Sequence[Seen],
    access: StaffAccess,
    action: AccessAction,
    kind: AccessKind = AccessKind.ORDINARY,
) -> AccessEntry:
    """Return the one line of a view that shows all of *seen*."""
    return AccessEntry(
        staff=access.hsa_id,
        commission=access.commission,
        unit=access.unit,
        provider=access.provider,
        action=action,
        kind=kind,
        seen=tuple(seen),
    )
