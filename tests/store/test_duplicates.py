"""Candidates: which of a patient's cases a new one may repeat."""

from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest
from asyncpg.pool import PoolConnectionProxy
from pydantic import JsonValue
from temporalio.testing import ActivityEnvironment

from activities.admission import AdmissionActivities
from domain.admission import AdmissionRequest
from domain.submission import CaseId, Submission
from domain.vocabulary import Flag
from runtime.region import load_region
from store.cases import claim_case
from store.duplicates import find_candidates, find_candidates_of
from tests.region import SHIPPED
from tests.unit import case_samples as samples
from tests.workflows.people import PATIENT
from tests.workflows.renewal import RENEWAL
from tests.workflows.running import submission_of

Conn = PoolConnectionProxy
KEYS = ("k1", "k2")

_END = "UPDATE cases SET state = $2, resolved_at = $3 WHERE case_id = $1"
_PLACE = "UPDATE cases SET provider = $2 WHERE case_id = $1"


def renewal(**changes: JsonValue) -> Submission:
    again = samples.submission().model_copy(update={"case_id": CaseId(str(uuid4()))})
    return again.model_copy(update=changes)


async def claimed(conn: Conn, *keys: str, **changes: JsonValue) -> str:
    submission = renewal(**changes)
    assert await claim_case(conn, submission, "run", keys)
    return submission.case_id


async def test_open_case_that_shares_a_key_is_a_candidate(conn: Conn) -> None:
    shared = await claimed(conn, "k2", "k3")
    await claimed(conn, "k4")
    await claimed(conn, "k1", service="booking_change")
    await claimed(conn, "k1", patient="196001019998")
    await claimed(conn)

    assert await find_candidates(conn, renewal(), KEYS) == (shared,)
    assert await find_candidates(conn, renewal(), ()) == ()


@pytest.mark.parametrize(
    ("state", "days", "is_candidate"),
    [("resolved", 7, True), ("closed", 6, True), ("closed", 8, False), ("rejected", 1, False)],
)
async def test_ended_case_is_one_for_seven_days(
    conn: Conn, state: str, days: int, *, is_candidate: bool
) -> None:
    ended = await claimed(conn, "k1")
    await conn.execute(_END, ended, state, samples.MONDAY - timedelta(days=days))

    found = await find_candidates(conn, renewal(), KEYS)

    assert found == ((ended,) if is_candidate else ())


async def test_citizen_is_told_of_their_own_only(conn: Conn) -> None:
    by_guardian = await claimed(conn, "k1")
    other = samples.ANOTHER_CITIZEN.id

    for sender in (samples.PATIENT.id, samples.GUARDIAN.id):
        assert await find_candidates(conn, renewal(), KEYS, visible_to=sender) == (by_guardian,)
    assert await find_candidates(conn, renewal(), KEYS, visible_to=other) == ()


async def test_staff_are_told_of_their_care_providers_only(conn: Conn) -> None:
    case, near, far = [await claimed(conn, "k1") for _ in range(3)]
    for case_id, provider in ((case, samples.PROVIDER), (near, samples.PROVIDER)):
        await conn.execute(_PLACE, case_id, provider)
    await conn.execute(_PLACE, far, samples.FOREIGN_PROVIDER)

    assert await find_candidates_of(conn, case) == (near,)


async def test_admission_flags_what_the_sender_has_not_told_apart(
    region_pool: asyncpg.Pool,
) -> None:
    admission = AdmissionActivities(region_pool, load_region(SHIPPED))
    first, second = (
        submission_of("prescription_renewal", RENEWAL, PATIENT, samples.MONDAY) for _ in range(2)
    )
    told_apart = second.model_copy(
        update={"case_id": str(uuid4()), "not_duplicate_of": (first.case_id, second.case_id)}
    )

    flagged = [
        Flag.DUPLICATE_SUSPECTED
        in (await ActivityEnvironment().run(admission.admit_case, request)).flags
        for request in (
            AdmissionRequest(submission=one, run_id="r") for one in (first, second, told_apart)
        )
    ]

    assert flagged == [False, True, False]
