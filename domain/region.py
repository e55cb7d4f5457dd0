"""A region as the rules see it: its catalogue and calendars, and how it judges a submission."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from domain.catalogue import Catalogue, HandlingRules, ServiceEntry
from domain.duplicates import content_keys
from domain.forms.codes import AnswerCode
from domain.forms.form import Form, Occasion, Reading
from domain.forms.prescription_renewal import PRESCRIPTION_RENEWAL
from domain.forms.problems import AnswerProblem
from domain.forms.registry import FORMS
from domain.red_flags import RedFlagWords
from domain.region_calendar import RegionCalendar
from domain.submission import Submission, age_on
from domain.vocabulary import Flag
from domain.worktime import WorkCalendar

_NO_WORDS = RedFlagWords()


@dataclass(frozen=True, slots=True)
class Region:
    """Everything a region decides that is not a register."""

    catalogue: Catalogue
    calendars: RegionCalendar
    red_flags: RedFlagWords = _NO_WORDS

    def calendar_for(self, unit: str | None, at: datetime) -> WorkCalendar:
        """Return the unit's calendar around *at*; the region's own when there is no unit."""
        return self.calendars.for_unit(unit, at.date())

    def occasion(
        self, entry: ServiceEntry, unit: str | None, at: datetime, patient: str | None = None
    ) -> Occasion:
        """Return what answers to this service are judged by at *at*, about *patient* if known."""
        age = None if patient is None else self.age_of(patient, at)
        return Occasion(
            received_at=at, service=entry, calendar=self.calendar_for(unit, at), age=age
        )

    def age_of(self, identity: str, at: datetime) -> int:
        """Return a person's age in whole years on the region's local date at *at*."""
        return age_on(identity, at.astimezone(ZoneInfo(self.calendars.default.zone)))

    def handling_of(self, entry: ServiceEntry, submission: Submission) -> HandlingRules:
        """Return the rules of the variant that the answers are; the service's own if of none."""
        return entry.handling_for(form_of(entry).variant(submission.answers))

    def gate(self, submission: Submission, unit: str | None) -> tuple[AnswerProblem, ...]:
        """Return everything that keeps a submission out, judged at its receipt; empty is fit."""
        entry = self.catalogue.find_service(submission.service)
        if entry is None:
            return (AnswerProblem(pointer="", code=AnswerCode.UNKNOWN_SERVICE),)
        occasion = self.occasion(entry, unit, submission.received_at, submission.patient)
        return tuple(form_of(entry).problems(submission.answers, occasion))

    def renews_prescriptions(self, service: str) -> bool:
        """Tell whether a service asks for medicines by what the patient says of them [A§17]."""
        entry = self.catalogue.find_service(service)
        return entry is not None and entry.form == PRESCRIPTION_RENEWAL.code

    def content_keys_of(
        self, submission: Submission, atc_codes: Mapping[str, str]
    ) -> frozenset[str]:
        """Return the keys of what a submission is about; none for an unknown service.

        *atc_codes* are those of the medicines it names, by `npl_id`.
        """
        entry = self.catalogue.find_service(submission.service)
        return content_keys(entry.form, submission.answers, atc_codes) if entry else frozenset()

    def reading(self, entry: ServiceEntry, submission: Submission, unit: str | None) -> Reading:
        """Return what the answers say of urgency, a visit and a day they are needed by, and flags.

        The flags tell too of words that may mean danger and of a channel on its way out.
        """
        occasion = self.occasion(entry, unit, submission.received_at, submission.patient)
        reading = form_of(entry).reading(submission.answers, occasion)
        received_on = self.calendars.default.local_day(submission.received_at)
        found = {
            Flag.RED_FLAG_WORDS: self.red_flags.stand_in_any(submission.answers),
            Flag.LATE_CHANNEL: entry.dates_of(submission.channel).is_late_on(received_on),
        }
        seen = tuple(flag for flag, is_set in found.items() if is_set)
        return replace(reading, flags=(*reading.flags, *seen))


def form_of(entry: ServiceEntry) -> Form[Any]:
    """Return the form a service uses; the profile's check makes sure there is one."""
    return FORMS[entry.form]
