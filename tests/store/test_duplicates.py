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
from domain.vocabulary import CaseState, Flag
from runtime.region import load_region
from store.cases import claim_case
from store.duplicates import Candidate, find_candidates, find_candidates_of
from tests.api.calling import RENEWAL
from tests.region import SHIPPED
from tests.unit import case_samples as samples
from tests.workflows.people import PATIENT
from tests.workflows.running import submission_of

Conn = PoolConnectionProxy
KEYS = ("k1", "k2")

_END = "UPDATE cases SET state = $2, resolved_at = $3 WHERE case_id = $1"
_OUTCOME = "UPDATE cases SET outcome = $2 WHERE case_id = $1"
_PROMISE = "UPDATE cases SET resolution_by = $2 WHERE case_id = $1"
_PLACE = "UPDATE cases SET provider = $2 WHERE case_id = $1"


def renewal(**changes: JsonValue) -> Submission:
    again = samples.submission().model_copy(update={"case_id": CaseId(str(uuid4()))})
    return again.model_copy(update=changes)


async def claimed(conn: Conn, *keys: str, **changes: JsonValue) -> str:
    submission = renewal(**changes)
    assert await claim_case(conn, submission, "run", keys)
    return submission.case_id


async def candidates(
    conn: Conn, keys: tuple[str, ...] = KEYS, visible_to: str | None = None
) -> tuple[str, ...]:
    """Return the ids of what a new renewal may repeat."""
    found = await find_candidates(conn, renewal(), keys, visible_to=visible_to)
    return tuple(one.case_id for one in found)


async def test_open_case_that_shares_a_key_is_a_candidate(conn: Conn) -> None:
    shared = await claimed(conn, "k2", "k3")
    await claimed(conn, "k4")
    await claimed(conn, "k1", service="booking_change")
    await claimed(conn, "k1", patient="196001019998")
    await claimed(conn)

    assert await candidates(conn) == (shared,)
    assert await candidates(conn, ()) == ()


@pytest.mark.parametrize(
    ("state", "days", "is_candidate"),
    [("resolved", 7, True), ("closed", 6, True), ("closed", 8, False), ("rejected", 1, False)],
)
async def test_ended_case_is_one_for_seven_days(
    conn: Conn, state: str, days: int, *, is_candidate: bool
) -> None:
    ended = await claimed(conn, "k1")
    await conn.execute(_END, ended, state, samples.MONDAY - timedelta(days=days))

    assert await candidates(conn) == ((ended,) if is_candidate else ())


async def test_case_that_was_taken_back_is_repeated_by_nothing(conn: Conn) -> None:
    withdrawn, declined, again = [await claimed(conn, "k1") for _ in range(3)]
    for case_id, outcome in ((withdrawn, "withdrawn"), (declined, "declined")):
        await conn.execute(_END, case_id, "resolved", samples.MONDAY)
        await conn.execute(_OUTCOME, case_id, outcome)
    for case_id in (withdrawn, declined, again):
        await conn.execute(_PLACE, case_id, samples.PROVIDER)

    assert set(await candidates(conn)) == {declined, again}
    assert await find_candidates_of(conn, again) == (declined,)


async def test_candidate_tells_how_it_stands_and_what_was_promised(conn: Conn) -> None:
    case_id = await claimed(conn, "k1")
    await conn.execute(_PROMISE, case_id, samples.MONDAY + timedelta(days=4))

    assert await find_candidates(conn, renewal(), KEYS) == (
        Candidate(case_id, CaseState.RECEIVED, samples.MONDAY, samples.MONDAY + timedelta(days=4)),
    )


async def test_citizen_is_told_of_their_own_only(conn: Conn) -> None:
    by_guardian = await claimed(conn, "k1")
    other = samples.ANOTHER_CITIZEN.id

    for sender in (samples.PATIENT.id, samples.GUARDIAN.id):
        assert await candidates(conn, visible_to=sender) == (by_guardian,)
    assert await candidates(conn, visible_to=other) == ()


async def test_staff_are_told_of_their_care_providers_only(conn: Conn) -> None:
    case, near, far = [await claimed(conn, "k1") for _ in range(3)]
    for case_id, provider in ((case, samples.PROVIDER), (near, samples.PROVIDER)):
        await conn.execute(_PLACE, case_id, provider)
    await conn.execute(_PLACE, far, samples.FOREIGN_PROVIDER)

    assert await find_candidates_of(conn, case) == (near,)


@pytest.mark.parametrize(
    ("patient", "other", "is_flagged"),
    [("197005109819", "20990101000029", True), ("197910129985", "20001103000015", False)],
    ids=["same substance", "another"],
)
async def test_admission_flags_another_product_of_the_same_substance(
    region_pool: asyncpg.Pool, patient: str, other: str, *, is_flagged: bool
) -> None:
    admission = AdmissionActivities(region_pool, load_region(SHIPPED))
    (item,) = RENEWAL["items"]
    first, second = (
        submission_of(
            "prescription_renewal",
            {**RENEWAL, "items": [{**item, "npl_id": npl_id}]},
            patient,
            samples.MONDAY,
        )
        for npl_id in ("20990101000012", other)
    )

    _, found = [
        await ActivityEnvironment().run(
            admission.admit_case, AdmissionRequest(submission=submission, run_id="r")
        )
        for submission in (first, second)
    ]

    assert (Flag.DUPLICATE_SUSPECTED in found.flags) is is_flagged


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
