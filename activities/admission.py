"""Admission: claims the case id and asks the registers where the case lies and by what rules."""

from zoneinfo import ZoneInfo

import asyncpg
from temporalio import activity

from activities.failures import database
from activities.places import Place, find_place
from domain.admission import Admission, AdmissionRequest
from domain.catalogue import ServiceEntry
from domain.clocks import ClockChange
from domain.plan import Plan, PlanRequest
from domain.planning import lay_plan
from domain.region import Region
from domain.submission import Submission, age_on
from domain.vocabulary import Flag
from domain.worktime import WorkCalendar
from store.cases import claim_case
from store.listings import find_citizen
from store.pool import Connection

_OWN_FORM_AGE = 16


class AdmissionActivities:
    """Everything that needs the registers, in one activity and one transaction."""

    def __init__(self, pool: asyncpg.Pool, region: Region) -> None:
        self._pool = pool
        self._region = region

    @activity.defn
    async def admit_case(self, request: AdmissionRequest) -> Admission:
        """Claim the id, pass the gate, find unit and role, and lay the first plan.

        Safe to repeat: the claim knows its own workflow, and all else only reads. Rules of time
        are judged at `received_at`, however late the registers answer.
        """
        submission = request.submission
        async with database(self._pool) as conn, conn.transaction():
            if not await claim_case(conn, submission, request.run_id):
                return Admission(already_recorded=True)
            return await self._admit(conn, submission)

    async def _admit(self, conn: Connection, submission: Submission) -> Admission:
        catalogue = self._region.catalogue
        entry = catalogue.find_service(submission.service)
        if entry is None:
            return Admission(problems=("unknown_service",))
        today = self._region.calendar_for(None, submission.received_at).local_day(
            submission.received_at
        )
        place = await find_place(conn, catalogue, entry, submission, today)
        unit = place.route.unit if place.route else None
        problems = self._region.gate(submission, unit)
        if problems:
            return Admission(problems=tuple(problem.code for problem in problems))
        citizen = await find_citizen(conn, submission.patient)
        is_protected = citizen is not None and citizen.protected
        return self._admission(entry, submission, place, is_protected=is_protected)

    def _admission(
        self, entry: ServiceEntry, submission: Submission, place: Place, *, is_protected: bool
    ) -> Admission:
        unit = place.route.unit if place.route and not place.undeliverable else None
        calendar = self._region.calendar_for(unit, submission.received_at)
        reading = self._region.reading(entry, submission, unit)
        flags = _person_flags(submission, calendar.zone, is_protected=is_protected)
        known = Admission(
            route=place.route,
            undeliverable=place.undeliverable,
            flags=(*reading.flags, *flags),
            urgency=reading.urgency,
            protected=is_protected,
            visit_at=reading.visit_at,
            rules=entry.handling,
            calendar=calendar,
        )
        plan = _first_plan(entry, submission, known, calendar)
        return known.model_copy(update={"plan": plan})


def _person_flags(submission: Submission, zone: str, *, is_protected: bool) -> tuple[Flag, ...]:
    local = submission.received_at.astimezone(ZoneInfo(zone))
    is_young = age_on(submission.patient, local) < _OWN_FORM_AGE
    flags = {Flag.UNDER_16: is_young, Flag.PROTECTED_IDENTITY: is_protected}
    return tuple(flag for flag, holds in flags.items() if holds)


def _first_plan(
    entry: ServiceEntry, submission: Submission, admission: Admission, calendar: WorkCalendar
) -> Plan:
    return lay_plan(
        PlanRequest(
            change=ClockChange.ADMITTED,
            at=submission.received_at,
            rules=entry.handling,
            calendar=calendar,
            urgency=admission.urgency,
            received_at=submission.received_at,
            visit_at=admission.visit_at,
        )
    )
