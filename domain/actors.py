"""Who does something to a case, with the rights the registers gave at that moment."""

from enum import StrEnum

from pydantic import model_validator

from domain.licences import Licence, Prescribing
from domain.model import Model


class ActorKind(StrEnum):
    CITIZEN = "citizen"
    STAFF = "staff"
    OPERATIONS = "operations"
    SYSTEM = "system"


class Actor(Model):
    """A citizen, a member of staff in one commission, operations, or the case process itself.

    `id` is a personal identity (12 digits), an HSA-id or a fixed word. Roles are those held by
    the chosen commission when the message was sent, licence and right to prescribe the person's;
    the workflow judges them, it never looks them up. A sender that tells only of a `prescriber`
    speaks of the full right. `handles_protected`: the case's patient was protected then, and this
    is one of those who handle such cases at the unit.
    """

    kind: ActorKind
    id: str
    commission: str | None = None
    unit: str | None = None
    provider: str | None = None
    roles: tuple[str, ...] = ()
    prescriber: bool = False
    licence: Licence = Licence.NONE
    prescribing: Prescribing = Prescribing.NONE
    handles_protected: bool = False

    @model_validator(mode="before")
    @classmethod
    def _read_earlier_form(cls, given: object) -> object:
        if isinstance(given, dict) and given.get("prescriber") and "prescribing" not in given:
            return {**given, "prescribing": Prescribing.FULL}
        return given

    @property
    def is_prescriber(self) -> bool:
        return self.prescribing.is_prescriber

    def holds(self, role: str, unit: str) -> bool:
        """Whether this is staff holding *role* at *unit*."""
        return self.kind is ActorKind.STAFF and self.unit == unit and role in self.roles


SYSTEM = Actor(kind=ActorKind.SYSTEM, id="arende")
