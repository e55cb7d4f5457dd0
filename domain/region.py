"""A region as the rules see it: its catalogue and calendars, and how it judges a submission."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.catalogue import Catalogue, ServiceEntry
from domain.forms.form import Form, Occasion, Reading
from domain.forms.problems import AnswerProblem
from domain.forms.registry import FORMS
from domain.region_calendar import RegionCalendar
from domain.submission import Submission
from domain.worktime import WorkCalendar


@dataclass(frozen=True, slots=True)
class Region:
    """Everything a region decides that is not a register."""

    catalogue: Catalogue
    calendars: RegionCalendar

    def calendar_for(self, unit: str | None, at: datetime) -> WorkCalendar:
        """Return the unit's calendar around *at*; the region's own when there is no unit."""
        return self.calendars.for_unit(unit, at.date())

    def occasion(self, entry: ServiceEntry, unit: str | None, at: datetime) -> Occasion:
        """Return what answers to this service are judged by at *at*."""
        return Occasion(received_at=at, service=entry, calendar=self.calendar_for(unit, at))

    def gate(self, submission: Submission, unit: str | None) -> tuple[AnswerProblem, ...]:
        """Return everything that keeps a submission out, judged at its receipt; empty is fit."""
        entry = self.catalogue.find_service(submission.service)
        if entry is None:
            return (AnswerProblem(pointer="", code="unknown_service"),)
        occasion = self.occasion(entry, unit, submission.received_at)
        return tuple(form_of(entry).problems(submission.answers, occasion))

    def reading(self, entry: ServiceEntry, submission: Submission, unit: str | None) -> Reading:
        """Return what the answers say of urgency, flags and a visit."""
        occasion = self.occasion(entry, unit, submission.received_at)
        return form_of(entry).reading(submission.answers, occasion)


def form_of(entry: ServiceEntry) -> Form[Any]:
    """Return the form a service uses; the profile's check makes sure there is one."""
    return FORMS[entry.form]
