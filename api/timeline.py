"""The events of a case, as a citizen or as staff may see them."""

from api.schemas.cases import ActorView, EventView
from domain.actors import ActorKind
from domain.events import SEEN_BY_CITIZEN, Event

_TOLD_TO_CITIZEN = frozenset(
    {"channel", "codes", "days", "new_date", "outcome", "role", "text", "unit"}
)


def citizen_event(event: Event) -> EventView | None:
    """Return the event without who of the staff it was; None for what is internal to the unit.

    A reason is shown only to whoever gave it: staff write theirs for each other.
    """
    if event.kind not in SEEN_BY_CITIZEN:
        return None
    own = {"reason"} if event.actor.kind is ActorKind.CITIZEN else set()
    told = _TOLD_TO_CITIZEN | own
    return EventView(
        seq=event.seq,
        at=event.at,
        kind=event.kind,
        actor=ActorView(kind=event.actor.kind),
        detail={name: value for name, value in event.detail.items() if name in told},
    )


def staff_event(event: Event) -> EventView:
    """Return all of the event."""
    actor = ActorView.model_validate(event.actor.model_dump())
    return EventView(
        seq=event.seq,
        at=event.at,
        kind=event.kind,
        actor=actor,
        detail=event.detail,
        action_id=event.action_id,
        hash=event.hash,
    )
