"""What a region decides about its services: forms, variants, roles and handling times, as data."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from domain.answer_rules import MunicipalCare, UrgencyRules
from domain.deciders import Decision
from domain.medicines import AddictiveRules
from domain.model import Model
from domain.retention import RetentionClass
from domain.routing import ChannelDates, Routing
from domain.vocabulary import Channel, Outcome, Urgency
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


class CutOffKind(StrEnum):
    HOURS = "hours"
    WHOLE_WORKING_DAYS = "whole_working_days"


class CutOff(Model):
    """How long before a visit a change must arrive [A§18]; whole working days as in [S4]."""

    kind: CutOffKind = CutOffKind.HOURS
    amount: int = 24


class HandlingRules(Model):
    """One service's rules, pinned to a case at admission so that a later edit changes nothing.

    `preparer_role` may do all but decide, and hands over to `role`, which is to take the case
    within `hand_over_within`. `prescriber_decides` is what cases of earlier releases have instead
    of `decisions`. An open case escalates `visit_escalation` before its visit; not at all where it
    is None, as in cases of earlier releases.
    """

    version: str
    service: str
    variant: str | None = None
    role: str
    fallback_role: str | None = None
    preparer_role: str | None = None
    routing: Routing = Routing.BY_LISTING
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
    visit_escalation: Amount | None = None
    hand_over_within: Amount = Amount(count=4, unit=AmountUnit.WORKING_HOURS)
    decisions: tuple[Decision, ...] = ()
    prescriber_decides: tuple[Outcome, ...] = ()
    system_roles: SystemRoles

    def resolution_for(self, urgency: Urgency) -> Amount:
        """Return the resolution time of a case of this urgency [domain 2.8]."""
        amounts = {Urgency.SOON: self.soon, Urgency.URGENT: self.urgent}
        return amounts.get(urgency, self.resolution)


class Variant(Model):
    """One kind of a service, as its form tells them apart; what is left out is the service's.

    `withdrawal_months` is how long one withdrawal of aids is meant to last [S18].
    """

    code: Annotated[str, StringConstraints(pattern=r"^[a-z_]{3,41}\.[a-z_]{3,41}$")]
    name: BilingualText
    role: str | None = None
    fallback_role: str | None = None
    preparer_role: str | None = None
    routing: Routing | None = None
    first_response: Amount | None = None
    resolution: Amount | None = None
    soon: Amount | None = None
    urgent: Amount | None = None
    hand_over_within: Amount | None = None
    decisions: tuple[Decision, ...] | None = None
    cut_off: CutOff | None = None
    withdrawal_months: int | None = None

    def applied_to(self, handling: HandlingRules) -> HandlingRules:
        """Return the service's rules with those that this variant has of its own."""
        shared = HandlingRules.model_fields.keys() & type(self).model_fields.keys()
        own = {name: value for name in shared if (value := getattr(self, name)) is not None}
        return handling.model_copy(update={**own, "variant": self.code})


class ServiceEntry(Model):
    """One service of the catalogue: its name, form, rules of time and where it is routed."""

    code: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{2,40}$")]
    form: str
    name: BilingualText
    handling: HandlingRules
    variants: tuple[Variant, ...] = ()
    urgency: UrgencyRules = UrgencyRules()
    cut_off: CutOff = CutOff()
    municipal_care: MunicipalCare = MunicipalCare.FLAG
    channels: dict[Channel, ChannelDates] = Field(default_factory=dict)
    retention: str | None = None

    def dates_of(self, channel: Channel) -> ChannelDates:
        """Return the days of a channel; one that is not listed is open for good."""
        return self.channels.get(channel, ChannelDates())

    def find_variant(self, code: str | None) -> Variant | None:
        """Return the variant with this code, or None when it has no rules of its own."""
        return next((variant for variant in self.variants if variant.code == code), None)

    def cut_off_for(self, variant: str | None) -> CutOff:
        """Return how long before a visit a change of this variant must arrive."""
        found = self.find_variant(variant)
        return self.cut_off if found is None or found.cut_off is None else found.cut_off

    def handling_for(self, variant: str | None) -> HandlingRules:
        """Return the rules of a variant; the service's own for None or one not listed."""
        found = self.find_variant(variant)
        return self.handling if found is None else found.applied_to(self.handling)

    def handlings(self) -> tuple[HandlingRules, ...]:
        """Return the rules of every variant, or the service's own when it has none."""
        if not self.variants:
            return (self.handling,)
        return tuple(variant.applied_to(self.handling) for variant in self.variants)


class Catalogue(Model):
    """All services of a region, the roles that lead them, what counts as addictive and is kept."""

    version: str
    services: tuple[ServiceEntry, ...]
    role_names: dict[str, BilingualText]
    system_roles: SystemRoles
    addictive: AddictiveRules
    retention_classes: dict[str, RetentionClass] = Field(default_factory=dict)

    def retention_of(self, service: str) -> str | None:
        """Return the retention class of a service's cases; the longest where it names none.

        So does a service that has left the catalogue. None when there is no class: kept for ever.
        """
        entry = self.find_service(service)
        if entry is not None and entry.retention is not None:
            return entry.retention
        by_years = sorted((one.years, code) for code, one in self.retention_classes.items())
        return by_years[-1][1] if by_years else None

    def find_service(self, code: str) -> ServiceEntry | None:
        """Return the service with this code, or None."""
        return next((entry for entry in self.services if entry.code == code), None)

    def routed_roles(self) -> tuple[str, ...]:
        """Return every role some service or variant routes to first, sorted."""
        rules = (rules for entry in self.services for rules in entry.handlings())
        return tuple(sorted({handling.role for handling in rules}))
