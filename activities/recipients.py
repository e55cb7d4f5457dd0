"""Which staff a notice reaches: looked up when it is sent, so nobody who left is told."""

from datetime import date

from domain.catalogue import SystemRoles
from domain.model import Model
from domain.notices import REPLACEMENTS, Recipient
from store.notices import Subject
from store.pool import Connection
from store.protected_handlers import list_handlers
from store.staff import list_holders

_ENOUGH_SUBSCRIBERS = 3


class Recipients(Model):
    """HSA-ids to tell, and the codes of roles that should have been told but that nobody holds."""

    staff: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()


async def find_recipients(
    conn: Connection, recipient: Recipient, subject: Subject, system_roles: SystemRoles, on: date
) -> Recipients:
    """Return whom *recipient* means on the local day *on* for a case that stands as *subject*.

    A role at the unit: its holders. `role_subscribers`: those who subscribe, or every holder when
    fewer than three do [S45b]. `owner`: the assignee while he holds the role, else all who do.
    When nobody is found, the next of `REPLACEMENTS` stands in (design section 4, Notices).
    `operations`: those who run the system, wherever the case lies. Of a protected patient's case
    nobody at the unit is told but those who handle it, `owner` being one of them [L10]. Nobody is
    told of a case of their own, or of those close to them.
    """
    found = await _find_direct(conn, recipient, subject, system_roles, on)
    if found:
        return Recipients(staff=found)
    if subject.protected:
        recipient = Recipient.OPERATIONS_MANAGER
    is_leading = recipient in REPLACEMENTS
    gaps = [] if is_leading or subject.role is None else [subject.role]
    for role in _chain(recipient if is_leading else Recipient.COORDINATOR, system_roles):
        holders = await _holders(conn, subject, role, on)
        if holders:
            return Recipients(staff=holders, gaps=tuple(gaps))
        gaps.append(role)
    return Recipients(gaps=tuple(gaps))


async def _find_direct(
    conn: Connection, recipient: Recipient, subject: Subject, system_roles: SystemRoles, on: date
) -> tuple[str, ...]:
    if recipient is Recipient.OPERATIONS:
        return await _holders(conn, subject, system_roles.operations, on)
    if subject.protected and subject.unit is not None:
        return await _handlers(conn, recipient, subject, system_roles, on)
    if recipient in REPLACEMENTS or subject.role is None:
        return ()
    if recipient is Recipient.ROLE_SUBSCRIBERS:
        return await _subscribers(conn, subject, subject.role, on)
    holders = await _holders(conn, subject, subject.role, on)
    is_owned = recipient is Recipient.OWNER and subject.assigned_to in holders
    return (subject.assigned_to,) if is_owned and subject.assigned_to else holders


async def _handlers(
    conn: Connection, recipient: Recipient, subject: Subject, system_roles: SystemRoles, on: date
) -> tuple[str, ...]:
    handlers = await list_handlers(
        conn, subject.unit or "", system_roles.unit_manager, on, patient=subject.patient
    )
    is_owned = recipient is Recipient.OWNER and subject.assigned_to in handlers
    return (subject.assigned_to,) if is_owned and subject.assigned_to else handlers


async def _subscribers(conn: Connection, subject: Subject, role: str, on: date) -> tuple[str, ...]:
    holders = await list_holders(conn, subject.unit or "", role, on, patient=subject.patient)
    subscribers = [holder for holder in holders if holder.subscribes]
    told = subscribers if len(subscribers) >= _ENOUGH_SUBSCRIBERS else holders
    return tuple(holder.hsa_id for holder in told)


async def _holders(conn: Connection, subject: Subject, role: str, on: date) -> tuple[str, ...]:
    # Without a unit only a role whose reach is the region has a holder.
    holders = await list_holders(conn, subject.unit or "", role, on, patient=subject.patient)
    return tuple(holder.hsa_id for holder in holders)


def _chain(first: Recipient, system_roles: SystemRoles) -> tuple[str, ...]:
    codes = {
        Recipient.COORDINATOR: system_roles.coordinator,
        Recipient.UNIT_MANAGER: system_roles.unit_manager,
        Recipient.OPERATIONS_MANAGER: system_roles.operations_manager,
        Recipient.ROLE_CATALOGUE_OWNER: system_roles.role_catalogue_owner,
    }
    return tuple(codes[one] for one in REPLACEMENTS[REPLACEMENTS.index(first) :])
