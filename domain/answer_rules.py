"""What a region decides about answers: when they are urgent, and when another's matter."""

from enum import StrEnum

from domain.model import Model
from domain.vocabulary import Urgency


class UrgencyRules(Model):
    """When answers make a case soon or urgent; judged at receipt, never chosen by the citizen.

    A count of days or hours left that is below the limit is soon, or urgent [domain 2.0].
    """

    supply_soon_days: int = 7
    supply_urgent_days: int = 3
    needed_soon_days: int = 7
    needed_urgent_days: int = 3
    visit_urgent_hours: int = 72

    def for_supply(self, days_left: int) -> Urgency:
        """Return the urgency of a supply that lasts *days_left* more days."""
        if days_left < self.supply_urgent_days:
            return Urgency.URGENT
        return Urgency.SOON if days_left < self.supply_soon_days else Urgency.NORMAL

    def for_need(self, days_left: int) -> Urgency:
        """Return the urgency of something needed in *days_left* days."""
        if days_left < self.needed_urgent_days:
            return Urgency.URGENT
        return Urgency.SOON if days_left < self.needed_soon_days else Urgency.NORMAL


class MunicipalCare(StrEnum):
    """What becomes of aids for someone whose municipality gives home care [S18c]."""

    FLAG = "flag"
    REDIRECT = "redirect"
