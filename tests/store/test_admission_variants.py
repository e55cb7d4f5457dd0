"""Admission of every kind of case against the shipped registers: its role, rules and flags."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from pydantic import JsonValue
from temporalio.testing import ActivityEnvironment

from activities.admission import AdmissionActivities
from domain.admission import Admission, AdmissionRequest
from domain.forms.registry import FORMS
from domain.submission import CaseId, Submission
from domain.vocabulary import Flag, Urgency
from runtime.region import load_region
from tests.region import REGION_DAY, SHIPPED

REGION = load_region(SHIPPED)
NOON = datetime(REGION_DAY.year, REGION_DAY.month, REGION_DAY.day, 12, tzinfo=UTC)
ADULT, TEENAGER = "197005109819", "201201179957"
CASE = CaseId("00000000-0000-0000-0000-000000000001")
VARIANTS = [code for form in FORMS.values() for code in (form.variants or (form.code,))]


def example(kind: str) -> dict[str, JsonValue]:
    form = FORMS[kind.partition(".")[0]]
    entry = REGION.catalogue.find_service(form.code)
    assert entry is not None
    made = form.examples(REGION.occasion(entry, None, NOON))
    return next(one for one in made if (form.variant(one) or form.code) == kind)


async def admit(
    pool: asyncpg.Pool, kind: str, patient: str = ADULT, **changes: JsonValue
) -> Admission:
    return await answer(pool, requested(kind, patient, **changes))


def requested(kind: str, patient: str = ADULT, **changes: JsonValue) -> AdmissionRequest:
    submission = Submission(
        case_id=CASE,
        service=kind.partition(".")[0],
        answers={**example(kind), **changes},
        patient=patient,
        submitted_by=patient,
        received_at=NOON,
        fingerprint="f",
    )
    return AdmissionRequest(submission=submission, run_id="run")


async def answer(pool: asyncpg.Pool, request: AdmissionRequest, at: datetime = NOON) -> Admission:
    """Return what admission says when the registers answer *at*."""
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, started_time=at)
    return await environment.run(AdmissionActivities(pool, REGION).admit_case, request)


@pytest.mark.parametrize("kind", VARIANTS)
async def test_case_of_every_kind_reaches_its_role(region_pool: asyncpg.Pool, kind: str) -> None:
    entry = REGION.catalogue.find_service(kind.partition(".")[0])
    assert entry is not None
    rules = entry.handling_for(kind)

    admission = await admit(region_pool, kind)

    assert admission.problems == ()
    assert admission.undeliverable is None
    assert admission.rules == rules
    assert admission.route is not None
    assert admission.route.role == rules.role


async def test_certificate_needed_before_its_promise_is_flagged(region_pool: asyncpg.Pool) -> None:
    """Ten working days from a Monday are two weeks; what is soon is promised in three days."""
    admission = await admit(region_pool, "certificate.new", needed_by="2026-12-02")

    assert admission.urgency is Urgency.NORMAL
    assert admission.flags == (Flag.NEEDED_BEFORE_PROMISE,)


async def test_certificate_needed_on_the_day_it_is_promised_is_not_flagged(
    region_pool: asyncpg.Pool,
) -> None:
    admission = await admit(region_pool, "certificate.new", needed_by="2026-12-07")

    assert admission.plan is not None
    assert admission.plan.clocks.resolution.due_at.date().isoformat() == "2026-12-07"
    assert admission.flags == ()


async def test_young_patient_is_flagged_by_the_local_age(region_pool: asyncpg.Pool) -> None:
    admission = await admit(region_pool, "contraception.renew", TEENAGER)

    assert admission.problems == ()
    assert admission.flags == (Flag.UNDER_15, Flag.UNDER_16)


async def test_words_of_danger_are_flagged_and_the_case_admitted(
    region_pool: asyncpg.Pool,
) -> None:
    admission = await admit(region_pool, "special_food", message="Jag har ont i bröstet")

    assert admission.problems == ()
    assert admission.flags == (Flag.RED_FLAG_WORDS,)


async def test_alarming_symptom_is_stopped_at_the_gate_of_the_case_too(
    region_pool: asyncpg.Pool,
) -> None:
    admission = await admit(region_pool, "contraception.stop", alarm_symptoms=["thrombosis"])

    assert admission.problems == ("stop_call_112",)


async def test_case_the_registers_hear_of_weeks_later_promises_no_date_before(
    region_pool: asyncpg.Pool,
) -> None:
    late = NOON + timedelta(days=21)
    request = requested("special_food")

    in_time, too_late = [await answer(region_pool, request, at) for at in (NOON, late)]

    assert in_time.plan is not None
    assert too_late.plan is not None
    assert [one.at for one in in_time.plan.marks] == [one.at for one in too_late.plan.marks]
    dates = [one.new_date for one in too_late.plan.marks if one.new_date is not None]
    assert len(dates) == 6
    assert min(dates) > late
