"""Rules of time at admission: what the API took in by other calendars is never refused."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
import pytest
from pydantic import JsonValue
from temporalio.testing import ActivityEnvironment

from activities.admission import AdmissionActivities
from domain.admission import Admission, AdmissionRequest
from domain.catalogue import CutOff, CutOffKind
from domain.region import Region
from domain.region_calendar import UnitCalendar
from domain.submission import CaseId, Submission
from domain.vocabulary import Flag
from runtime.region import load_region
from tests.changed_region import with_cut_off
from tests.region import REGION_DAY, SHIPPED

NOON = datetime(REGION_DAY.year, REGION_DAY.month, REGION_DAY.day, 12, tzinfo=UTC)
VISIT = "2026-11-27T09:00:00Z"  # the Friday of the same week
WHOLE_DAYS = CutOff(kind=CutOffKind.WHOLE_WORKING_DAYS, amount=3)


def cancelling(starts_at: str, **changes: JsonValue) -> Submission:
    answers: dict[str, JsonValue] = {
        "action": "cancel",
        "booking": {"starts_at": starts_at, "kind": "Blood pressure"},
    }
    return Submission(
        case_id=CaseId(str(uuid4())),
        service="booking_change",
        answers={**answers, **changes},
        patient="197005109819",
        submitted_by="197005109819",
        received_at=NOON,
        fingerprint="f",
    )


async def admit(pool: asyncpg.Pool, region: Region, submission: Submission) -> Admission:
    request = AdmissionRequest(submission=submission, run_id="run")
    return await ActivityEnvironment().run(AdmissionActivities(pool, region).admit_case, request)


def with_a_closed_day(region: Region, unit: str) -> Region:
    """Return the region with a unit that is closed on the Wednesday before the visit."""
    closed_on = (*region.calendars.default.closed_on, datetime(2026, 11, 25, tzinfo=UTC).date())
    own = region.calendars.default.model_copy(update={"closed_on": tuple(sorted(closed_on))})
    units = (UnitCalendar(hsa_id=unit, calendar=own),)
    return replace(region, calendars=region.calendars.model_copy(update={"units": units}))


async def test_what_fits_the_regions_calendar_is_taken_in_by_a_stricter_unit(
    region_pool: asyncpg.Pool,
) -> None:
    """PostgreSQL was away, so the API knew of no unit whose calendar it could judge by."""
    submission = cancelling(VISIT)
    whole_days = with_cut_off(load_region(SHIPPED), "booking_change", WHOLE_DAYS)
    at_once = await admit(region_pool, load_region(SHIPPED), submission)
    assert at_once.route is not None
    region = with_a_closed_day(whole_days, at_once.route.unit)

    admission = await admit(region_pool, region, submission)

    assert region.gate(submission, None) == ()
    assert [one.code for one in region.gate(submission, at_once.route.unit)] == ["visit_too_soon"]
    assert admission.problems == ()
    assert Flag.TIME_IN_DOUBT in admission.flags
    assert Flag.TIME_IN_DOUBT not in at_once.flags


@pytest.mark.parametrize(
    ("submission", "codes"),
    [
        (cancelling("2026-11-23T13:00:00Z", reason=""), {"visit_too_soon", "too_short"}),
        (cancelling("2029-11-23T13:00:00Z"), {"out_of_range"}),
    ],
    ids=["another fault beside it", "further away than any calendar"],
)
async def test_other_faults_are_refused_still(
    region_pool: asyncpg.Pool, submission: Submission, codes: set[str]
) -> None:
    admission = await admit(region_pool, load_region(SHIPPED), submission)

    assert set(admission.problems) == codes
    assert admission.route is None
