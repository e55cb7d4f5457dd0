"""Cases of patients with protected identity: in whose hands they are, looked up at each contact."""

from dataclasses import dataclass
from datetime import date, datetime

from api.field_errors import FieldError
from api.problems import ProblemError
from api.state import Desk
from domain.actors import Actor
from domain.messages import AnyMessage, Assign, Colleague, Destination, HandOver, Merge, Transfer
from domain.projection import Snapshot
from domain.region import Region
from store.case_views import find_case
from store.pool import Connection
from store.protected_handlers import is_handler, list_handlers
from store.protection import is_protected_now
from store.staff import StaffAccess


@dataclass(frozen=True, slots=True)
class Guard:
    """Whether a case's patient is protected now, and whether the reader handles such cases there.

    `is_handler` is False for every case that is not protected.
    """

    is_protected: bool
    is_handler: bool = False

    def lets(self, *, by_role: bool) -> bool:
        """Whether the reader may see the case; *by_role* is what counts where none is protected."""
        return self.is_handler if self.is_protected else by_role


async def guard_for(
    conn: Connection, region: Region, access: StaffAccess, snapshot: Snapshot, on: date
) -> Guard:
    """Return how the case is guarded from this reader on that day [L10]."""
    if not await is_protected_now(conn, snapshot.submission.case_id):
        return Guard(is_protected=False)
    is_here = access.unit is not None and access.unit == snapshot.projection.unit
    manager = region.catalogue.system_roles.unit_manager
    return Guard(
        is_protected=True, is_handler=is_here and await is_handler(conn, access, manager, on)
    )


async def handled_roles(desk: Desk, conn: Connection, access: StaffAccess) -> tuple[str, ...]:
    """Return the roles whose protected cases the reader sees: all of them, or none."""
    catalogue = desk.region.catalogue
    on = desk.today(desk.now())
    if await is_handler(conn, access, catalogue.system_roles.unit_manager, on):
        return tuple(sorted(catalogue.role_names))
    return ()


async def entrust(
    conn: Connection, region: Region, before: Snapshot, message: AnyMessage, *, at: datetime
) -> AnyMessage:
    """Return *message* with its look-ups made fit for a protected patient; others as they are.

    Raises `ProblemError` 422: `no_named_handler` for a transfer to a unit where nobody handles
    such cases, `invalid_body` for a merge into a protected case that is not the sender's to see.
    """
    if isinstance(message, Merge):
        await _check_kept(conn, message, message.actor)
    if not isinstance(message, Assign | HandOver | Transfer):
        return message
    if not await is_protected_now(conn, before.submission.case_id):
        return message
    if isinstance(message, Transfer):
        destination = await _entrusted_destination(conn, region, before, message, at)
        return message.model_copy(update={"destination": destination})
    unit = before.projection.unit
    handlers = await _handlers_at(conn, region, unit, before, at) if unit else ()
    return message.model_copy(update={"colleague": _entrusted_colleague(message, before, handlers)})


def _entrusted_colleague(
    message: Assign | HandOver, before: Snapshot, handlers: tuple[str, ...]
) -> Colleague | None:
    """Return the colleague if they handle such cases; they stand in for the role of an assigned."""
    case = before.projection
    if message.to is None or message.to not in handlers:
        return None
    if message.colleague is not None or isinstance(message, HandOver):
        return message.colleague
    return Colleague(id=message.to, unit=case.unit or "", roles=(case.role or "",))


async def _entrusted_destination(
    conn: Connection, region: Region, before: Snapshot, message: Transfer, at: datetime
) -> Destination:
    found = message.destination
    if not await _handlers_at(conn, region, found.route.unit, before, at):
        raise ProblemError(
            "no_named_handler", errors=[FieldError("no_named_handler", pointer="/unit")]
        )
    calendar = region.calendar_for(found.route.unit, at)
    return found.model_copy(update={"has_holder": True, "calendar": calendar})


async def _handlers_at(
    conn: Connection, region: Region, unit: str, before: Snapshot, at: datetime
) -> tuple[str, ...]:
    manager = region.catalogue.system_roles.unit_manager
    on = region.calendars.default.local_day(at)
    return await list_handlers(conn, unit, manager, on, patient=before.submission.patient)


async def _check_kept(conn: Connection, message: Merge, actor: Actor) -> None:
    """Refuse a protected case as one that does not exist, unless the sender handles such cases."""
    kept = await find_case(conn, message.into)
    is_protected = await is_protected_now(conn, message.into)
    is_theirs = kept is not None and actor.handles_protected and actor.unit == kept.projection.unit
    if is_protected and not is_theirs:
        raise ProblemError("invalid_body", errors=[FieldError("invalid_value", pointer="/into")])
