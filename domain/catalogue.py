"""What a region decides about its services: roles, handling times, cut-offs. Data, not code."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import StringConstraints

from domain.model import Model
from domain.vocabulary import Outcome, Urgency
from domain.worktime import WorkCalendar


class AmountUnit(StrEnum):
    WORKING_DAYS = "working_days"
    WORKING_HOURS = "working_hours"


class Amount(Model):
    """An amount of working time: working days (WD) of the unit, or working hours (wh)."""

    count: int
    unit: AmountUnit = AmountUnit.WORKING_DAYS

    def length(self, calendar: WorkCalendar) -> timedelta:
        """Return the amount as working time at a unit with *calendar*."""
        if self.unit is AmountUnit.WORKING_DAYS:
            return self.count * calendar.working_day
        return timedelta(hours=self.count)


class BilingualText(Model):
    """One text for citizens and staff in Swedish and English."""

    sv: str
    en: str


class SystemRoles(Model):
    """The role codes that lead and operate, the same for every service of a region."""

    coordinator: str
    unit_manager: str
    operations_manager: str
    role_catalogue_owner: str
    log_reviewer: str
    follow_up_analyst: str
    care_choice_office: str
    operations: str


class UrgencyRules(Model):
    """When answers make a case soon or urgent; judged at receipt, never chosen by the citizen."""

    supply_soon_days: int = 7
    supply_urgent_days: int = 3
    visit_urgent_hours: int = 72


class CutOffKind(StrEnum):
    HOURS = "hours"
    WHOLE_WORKING_DAYS = "whole_working_days"


class CutOff(Model):
    """How long before a visit a change must arrive [A§18]; whole working days as in [S4]."""

    kind: CutOffKind = CutOffKind.HOURS
    amount: int = 24


class HandlingRules(Model):
    """One service's rules, pinned to a case at admission so that a later edit changes nothing."""

    version: str
    service: str
    role: str
    fallback_role: str | None = None
    first_response: Amount
    resolution: Amount
    soon: Amount = Amount(count=3)
    urgent: Amount = Amount(count=1)
    warn_percents: tuple[int, ...] = (50, 80)
    delay: Amount = Amount(count=2)
    overdue_notices: int = 5
    patient_reminder_days: tuple[int, ...] = (3, 7)
    patient_silence_days: int = 14
    pause_limit_days: int = 14
    reopen_days: int = 14
    visit_margin: Amount = Amount(count=4, unit=AmountUnit.WORKING_HOURS)
    visit_floor_minutes: int = 30
    prescriber_decides: tuple[Outcome, ...] = ()
    system_roles: SystemRoles

    def resolution_for(self, urgency: Urgency) -> Amount:
        """Return the resolution time of a case of this urgency [domain 2.8]."""
        amounts = {Urgency.SOON: self.soon, Urgency.URGENT: self.urgent}
        return amounts.get(urgency, self.resolution)


class ServiceEntry(Model):
    """One service of the catalogue: its name, form, rules of time and where it is routed."""

    code: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{2,40}$")]
    form: str
    name: BilingualText
    handling: HandlingRules
    urgency: UrgencyRules = UrgencyRules()
    cut_off: CutOff = CutOff()


class Catalogue(Model):
    """All services of a region and the roles that lead them."""

    version: str
    services: tuple[ServiceEntry, ...]
    role_names: dict[str, BilingualText]
    system_roles: SystemRoles

    def find_service(self, code: str) -> ServiceEntry | None:
        """Return the service with this code, or None."""
        return next((entry for entry in self.services if entry.code == code), None)

    def routed_roles(self) -> tuple[str, ...]:
        """Return every role some service routes to first, sorted."""
        return tuple(sorted({entry.handling.role for entry in self.services}))
