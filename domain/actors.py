"""Who does something to a case, with the rights the registers gave at that moment."""

from enum import StrEnum

from domain.model import Model


class ActorKind(StrEnum):
    CITIZEN = "citizen"
    STAFF = "staff"
    OPERATIONS = "operations"
    SYSTEM = "system"


class Actor(Model):
    """A citizen, a member of staff in one commission, operations, or the case process itself.

    `id` is a personal identity (12 digits), an HSA-id or a fixed word. Roles are those held by
    the chosen commission when the message was sent; the workflow judges them, it never looks
    them up.
    """

    kind: ActorKind
    id: str
    commission: str | None = None
    unit: str | None = None
    provider: str | None = None
    roles: tuple[str, ...] = ()
    prescriber: bool = False

    def holds(self, role: str, unit: str) -> bool:
        """Whether this is staff holding *role* at *unit*."""
        return self.kind is ActorKind.STAFF and self.unit == unit and role in self.roles


SYSTEM = Actor(kind=ActorKind.SYSTEM, id="arende")
