"""What a message needs from the registers, looked up by its sender (design section 5)."""

from dataclasses import dataclass
from datetime import datetime

from activities.places import route_to
from api.field_errors import FieldError
from api.handing_over import receiver_of
from api.problems import ProblemError
from api.schemas.messages import (
    MESSAGES,
    AssignBody,
    HandOverBody,
    MergeBody,
    TransferBody,
)
from api.strict_model import StrictModel
from domain.actors import Actor, ActorKind
from domain.messages import AnyMessage, Colleague, Destination
from domain.projection import Snapshot
from domain.region import Region
from store.case_views import find_case
from store.pool import Connection
from store.staff import StaffAccess, list_holders
from store.units import find_unit

_MESSAGE_OF = dict(MESSAGES.values())


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who sends a message, and by what id and expectation."""

    actor: Actor
    action_id: str
    expected_rev: int | None = None


def actor_of_citizen(identity: str) -> Actor:
    """Return the citizen with this 12-digit identity as an actor."""
    return Actor(kind=ActorKind.CITIZEN, id=identity)


def actor_of_staff(access: StaffAccess, *, handles_protected: bool = False) -> Actor:
    """Return a member of staff as an actor, with the rights of the chosen commission.

    *handles_protected* is for a protected patient's case: whether it is in their hands [L10].
    """
    return Actor(
        kind=ActorKind.STAFF,
        id=access.hsa_id,
        commission=access.commission,
        unit=access.unit,
        provider=access.provider,
        roles=access.roles,
        prescriber=access.prescribing.is_prescriber,
        licence=access.licence,
        prescribing=access.prescribing,
        handles_protected=handles_protected,
    )


def plain_message(body: StrictModel, envelope: Envelope, **found: object) -> AnyMessage:
    """Return the message that *body* is of, with what was *found* for it in registers."""
    model = _MESSAGE_OF[type(body)]
    return model.model_validate(
        {
            **body.model_dump(),
            **found,
            "action_id": envelope.action_id,
            "actor": envelope.actor,
            "expected_rev": envelope.expected_rev,
        }
    )


def message_of_citizen(region: Region, body: StrictModel, envelope: Envelope) -> AnyMessage:
    """Return a citizen's message, with the word whether it may mean danger [domain 2.0].

    What is no message of theirs is left for the case to refuse.
    """
    alarms = region.red_flags.stand_in_any(body.model_dump(mode="json"))
    return plain_message(body, envelope, red_flag_words=alarms)


async def compose_message(
    conn: Connection,
    region: Region,
    snapshot: Snapshot,
    body: StrictModel,
    envelope: Envelope,
    *,
    at: datetime,
) -> AnyMessage:
    """Return the message with its look-ups made at *at*: a colleague's roles, a new route.

    Raises `ProblemError` 422 `unknown_unit`, `unknown_role`, or `invalid_body` for a transfer
    that names neither and for a merge into a case that the sender does not see.
    """
    match body:
        case AssignBody():
            colleague = await colleague_for(conn, region, snapshot, body.to, at)
            return plain_message(body, envelope, colleague=colleague)
        case TransferBody():
            destination = await destination_for(conn, region, snapshot, body, at)
            return plain_message(body, envelope, destination=destination)
        case HandOverBody():
            found = await receiver_of(conn, region, snapshot, body, at)
            return plain_message(body, envelope, **found)
        case MergeBody():
            await _check_kept(conn, envelope.actor, body.into)
            return plain_message(body, envelope)
        case _:
            return plain_message(body, envelope)


async def _check_kept(conn: Connection, actor: Actor, case_id: str) -> None:
    """Refuse a case that is not the sender's to see as one that does not exist."""
    found = await find_case(conn, case_id)
    case = found.projection if found else None
    if case is None or not (case.role and case.unit and actor.holds(case.role, case.unit)):
        raise ProblemError("invalid_body", errors=[FieldError("invalid_value", pointer="/into")])


async def colleague_for(
    conn: Connection, region: Region, snapshot: Snapshot, hsa_id: str, at: datetime
) -> Colleague | None:
    """Return the colleague if they hold the case's role at its unit now, else None.

    Nobody is given their own case, or that of a child or guardian of theirs.
    """
    case = snapshot.projection
    if case.unit is None or case.role is None:
        return None
    on = region.calendars.default.local_day(at)
    patient = snapshot.submission.patient
    holders = await list_holders(conn, case.unit, case.role, on, patient=patient)
    if hsa_id not in {holder.hsa_id for holder in holders}:
        return None
    return Colleague(id=hsa_id, unit=case.unit, roles=(case.role,))


async def destination_for(
    conn: Connection, region: Region, snapshot: Snapshot, body: TransferBody, at: datetime
) -> Destination:
    """Return where a transfer leads: what it does not name stays as it is.

    A case that has no unit goes to its service's role. A destination nobody can handle the case
    at counts by the region's own calendar.
    """
    if body.role is None and body.unit is None:
        missing = [FieldError("missing", pointer="/role"), FieldError("missing", pointer="/unit")]
        raise ProblemError("invalid_body", errors=missing)
    role = body.role or snapshot.projection.role or _first_role(region, snapshot)
    if role not in region.catalogue.role_names:
        raise ProblemError("unknown_role", errors=[FieldError("unknown_role", pointer="/role")])
    on = region.calendars.default.local_day(at)
    hsa_id = body.unit or snapshot.projection.unit
    unit = await find_unit(conn, hsa_id, on) if hsa_id else None
    if unit is None or unit.closed:
        raise ProblemError("unknown_unit", errors=[FieldError("unknown_unit", pointer="/unit")])
    patient = snapshot.submission.patient
    has_holder = bool(await list_holders(conn, unit.hsa_id, role, on, patient=patient))
    return Destination(
        route=route_to(unit, role, region.catalogue),
        calendar=region.calendar_for(unit.hsa_id if has_holder else None, at),
        has_holder=has_holder,
    )


def _first_role(region: Region, snapshot: Snapshot) -> str:
    entry = region.catalogue.find_service(snapshot.submission.service)
    return region.handling_of(entry, snapshot.submission).role if entry else ""
