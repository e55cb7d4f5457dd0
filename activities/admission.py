"""Admission: claims the case id and asks the registers where the case lies and by what rules."""

from dataclasses import dataclass

import asyncpg
from temporalio import activity

from activities.failures import database
from activities.places import Place, entrusted, find_place
from activities.products import (
    Products,
    atc_codes_of,
    find_named_products,
    find_product_flags,
)
from domain.admission import Admission, AdmissionRequest
from domain.catalogue import HandlingRules, ServiceEntry
from domain.clocks import ClockChange
from domain.forms.codes import TIME_CODES, AnswerCode
from domain.forms.form import Reading
from domain.plan import Plan, PlanRequest
from domain.planning import lay_plan
from domain.region import Region
from domain.submission import Submission
from domain.vocabulary import Flag
from domain.worktime import WorkCalendar
from store.cases import claim_case
from store.duplicates import find_candidates
from store.listings import find_citizen
from store.pool import Connection

_OWN_FORM_AGE = 16
_FOR_THE_API_ALONE = TIME_CODES | {AnswerCode.IDENTITY_NOT_ALLOWED}
"""What refuses an answer at the front door, and nobody who was let in."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a submission asks for: products the register has, and the keys of what it is about."""

    products: Products
    keys: frozenset[str]


class AdmissionActivities:
    """Everything that needs the registers, in one activity and one transaction."""

    def __init__(self, pool: asyncpg.Pool, region: Region) -> None:
        self._pool = pool
        self._region = region

    @activity.defn
    async def admit_case(self, request: AdmissionRequest) -> Admission:
        """Claim the id, pass the gate, find unit and role, and lay the first plan.

        Safe to repeat: the claim knows its own workflow, and all else only reads. Rules of time
        are judged at `received_at`, however late the registers answer, and refuse nobody: the API
        may have judged by the region's calendar while PostgreSQL was away, or by a profile changed
        since. What breaks one here is flagged `time_in_doubt`. That holds for a direct start too,
        since nothing in a submission tells it apart: the flag shows it to staff, a near visit
        makes it urgent, and a visit that has begun ends it as overtaken. Nor is anything lost that
        came before the API refused to take in other people's identities. Who looks for a place
        again was let in before, and is asked of the registers as they are then.
        """
        submission = request.submission
        async with database(self._pool) as conn, conn.transaction():
            asked = await self._asked(conn, submission)
            if not await claim_case(conn, submission, request.run_id, asked.keys):
                return Admission(already_recorded=True)
            return await self._admit(conn, request, asked)

    async def _asked(self, conn: Connection, submission: Submission) -> _Asked:
        entry = self._region.catalogue.find_service(submission.service)
        products = await find_named_products(conn, entry, submission)
        atc_codes = {npl_id: product.atc for npl_id, product in products.items()}
        return _Asked(products, self._region.content_keys_of(submission, atc_codes))

    async def _admit(self, conn: Connection, request: AdmissionRequest, asked: _Asked) -> Admission:
        submission, catalogue = request.submission, self._region.catalogue
        entry = catalogue.find_service(submission.service)
        if entry is None:
            return Admission(problems=("unknown_service",))
        today = self._region.calendars.default.local_day(request.again_at or submission.received_at)
        handling = self._region.handling_of(entry, submission)
        place = await find_place(conn, catalogue, handling, submission, today)
        unit = place.route.unit if place.route else None
        codes = tuple(problem.code for problem in self._region.gate(submission, unit))
        if request.again_at is None and not _FOR_THE_API_ALONE.issuperset(codes):
            return Admission(problems=codes)
        citizen = await find_citizen(conn, submission.patient)
        is_protected = citizen is not None and citizen.protected
        if is_protected:
            place = await entrusted(conn, catalogue, place, submission.patient, today)
        found = (
            *await find_product_flags(conn, catalogue, entry, submission, asked.products),
            *await _duplicate_flags(conn, submission, asked.keys),
            *_time_flags(codes),
        )
        return self._admission(entry, submission, place, asked, found, is_protected=is_protected)

    def _admission(
        self,
        entry: ServiceEntry,
        submission: Submission,
        place: Place,
        asked: _Asked,
        found: tuple[Flag, ...],
        *,
        is_protected: bool,
    ) -> Admission:
        unit = place.route.unit if place.route and not place.undeliverable else None
        calendar = self._region.calendar_for(unit, submission.received_at)
        handling = self._region.handling_of(entry, submission)
        reading = self._region.reading(entry, submission, unit)
        plan = _first_plan(handling, submission, reading, calendar)
        person_flags = self._person_flags(submission, is_protected=is_protected)
        late_flags = _promise_flags(reading, plan, calendar)
        flags = dict.fromkeys((*reading.flags, *found, *person_flags, *late_flags))
        return Admission(
            route=place.route,
            undeliverable=place.undeliverable,
            flags=tuple(flags),
            content_keys=tuple(sorted(asked.keys)),
            atc_codes=_atc_codes(handling, entry, submission, asked.products),
            urgency=reading.urgency,
            protected=is_protected,
            named_only=is_protected,
            visit_at=reading.visit_at,
            rules=handling,
            calendar=calendar,
            plan=plan,
        )

    def _person_flags(self, submission: Submission, *, is_protected: bool) -> tuple[Flag, ...]:
        age = self._region.age_of(submission.patient, submission.received_at)
        flags = {Flag.UNDER_16: age < _OWN_FORM_AGE, Flag.PROTECTED_IDENTITY: is_protected}
        return tuple(flag for flag, holds in flags.items() if holds)


async def _duplicate_flags(
    conn: Connection, submission: Submission, keys: frozenset[str]
) -> tuple[Flag, ...]:
    """Flag a case that seems to repeat another which the sender has not told apart."""
    others = {other.case_id for other in await find_candidates(conn, submission, keys)}
    is_told_apart = others <= set(submission.not_duplicate_of)
    return () if is_told_apart else (Flag.DUPLICATE_SUSPECTED,)


def _time_flags(codes: tuple[str, ...]) -> tuple[Flag, ...]:
    return () if TIME_CODES.isdisjoint(codes) else (Flag.TIME_IN_DOUBT,)


def _atc_codes(
    handling: HandlingRules, entry: ServiceEntry, submission: Submission, products: Products
) -> tuple[str, ...] | None:
    """Return the codes only where a right to decide rests on them."""
    if not any(decision.rests_on_atc for decision in handling.decisions):
        return None
    return atc_codes_of(entry, submission, products)


def _promise_flags(reading: Reading, plan: Plan, calendar: WorkCalendar) -> tuple[Flag, ...]:
    """Flag what is needed on a day before the one it is promised for [domain 2.6]."""
    promised_on = calendar.local_day(plan.clocks.resolution.due_at)
    is_late = reading.needed_by is not None and reading.needed_by < promised_on
    return (Flag.NEEDED_BEFORE_PROMISE,) if is_late else ()


def _first_plan(
    handling: HandlingRules, submission: Submission, reading: Reading, calendar: WorkCalendar
) -> Plan:
    return lay_plan(
        PlanRequest(
            change=ClockChange.ADMITTED,
            at=submission.received_at,
            rules=handling,
            calendar=calendar,
            urgency=reading.urgency,
            received_at=submission.received_at,
            visit_at=reading.visit_at,
            laid_at=activity.info().started_time,
        )
    )
