"""What the register of medicines adds to a renewal, and what an empty one leaves unsaid."""

from datetime import UTC, datetime

import asyncpg
import pytest
from pydantic import JsonValue
from temporalio.testing import ActivityEnvironment

from activities.admission import AdmissionActivities
from activities.products import atc_codes_of, find_named_products, find_product_flags
from api.product_problems import find_product_problems
from domain.admission import AdmissionRequest
from domain.catalogue import ServiceEntry
from domain.deciders import Decider, Decision
from domain.forms.problems import AnswerProblem
from domain.forms.renewal_products import products_of
from domain.licences import Prescribing
from domain.submission import CaseId, Submission
from domain.vocabulary import APPROVALS, Flag
from runtime.region import load_region
from store.medicines import find_products
from tests.api.calling import RENEWAL as ANSWERS
from tests.changed_region import with_decisions
from tests.region import SHIPPED
from tests.unit.form_samples import CATALOGUE, entry

ORDINARY, DIAZEPAM, UNKNOWN = "20001103000015", "20999258035880", "20991231999999"
RENEWAL = entry("prescription_renewal")


def submission_of(service: str, answers: dict[str, JsonValue]) -> Submission:
    return Submission(
        case_id=CaseId("00000000-0000-0000-0000-000000000001"),
        service=service,
        answers=answers,
        patient="197005109819",
        submitted_by="197005109819",
        received_at=datetime(2026, 11, 23, 12, tzinfo=UTC),
        fingerprint="f",
    )


async def flags(
    pool: asyncpg.Pool,
    *npl_ids: str,
    declared: bool = False,
    service: ServiceEntry = RENEWAL,
) -> tuple[Flag, ...]:
    items: list[JsonValue] = [{"npl_id": npl_id} for npl_id in npl_ids]
    answers: dict[str, JsonValue] = {"items": items, "addictive_declared": declared}
    submission = submission_of(service.code, answers)
    async with pool.acquire() as conn:
        found = await find_named_products(conn, service, submission)
        return await find_product_flags(conn, CATALOGUE, service, submission, found)


async def problems(pool: asyncpg.Pool, *items: JsonValue) -> tuple[AnswerProblem, ...]:
    named = products_of(RENEWAL, {"items": list(items)})
    async with pool.acquire() as conn:
        found = await find_products(conn, named.npl_ids.values())
        return await find_product_problems(conn, named, found)


@pytest.mark.parametrize(
    ("npl_ids", "declared", "expected"),
    [
        pytest.param((), False, (), id="none named"),
        pytest.param((ORDINARY,), False, (), id="an ordinary one"),
        pytest.param((ORDINARY,), True, (), id="declared without reason"),
        pytest.param((DIAZEPAM,), True, (Flag.ADDICTIVE_DERIVED,), id="declared"),
        pytest.param(
            (ORDINARY, DIAZEPAM),
            False,
            (Flag.ADDICTIVE_DERIVED, Flag.ADDICTIVE_MISMATCH),
            id="one of two, not declared",
        ),
        pytest.param((ORDINARY, UNKNOWN), False, (Flag.UNMATCHED_PRODUCT,), id="one is unknown"),
        pytest.param(
            (DIAZEPAM, UNKNOWN),
            True,
            (Flag.ADDICTIVE_DERIVED, Flag.UNMATCHED_PRODUCT),
            id="addictive beside unknown",
        ),
    ],
)
async def test_register_flags_what_staff_should_see(
    region_pool: asyncpg.Pool, npl_ids: tuple[str, ...], declared: bool, expected: tuple[Flag, ...]
) -> None:
    assert await flags(region_pool, *npl_ids, declared=declared) == expected


async def test_other_services_name_no_products(region_pool: asyncpg.Pool) -> None:
    assert await flags(region_pool, UNKNOWN, service=entry("medical_aid")) == ()


async def test_empty_register_knows_nothing_and_refuses_nothing(pool: asyncpg.Pool) -> None:
    assert await flags(pool, UNKNOWN) == ()
    assert await problems(pool, {"npl_id": UNKNOWN}, {"not_found_text": "Teva"}) == ()


async def test_product_named_as_a_company_may_be_asked_for(
    region_pool: asyncpg.Pool,
) -> None:
    await region_pool.execute("INSERT INTO companies VALUES ('Duroferon')")
    await region_pool.execute(
        "INSERT INTO medicines (npl_id, name, strength, form, atc, substance, company) VALUES "
        "('20991231000001', 'Duroferon depot', '100 mg', 'tablett', 'B03AA07', 'järn', 'Nordlaven')"
    )

    assert await problems(region_pool, {"not_found_text": "Duroferon"}) == ()


@pytest.mark.parametrize(
    "item",
    [
        pytest.param("text", id="no object"),
        pytest.param({"npl_id": 20991231999999}, id="a number"),
        pytest.param({"npl_id": "2099"}, id="too few digits"),
        pytest.param({"npl_id": "٢٠٩٩١٢٣١٩٩٩٩٩٩"}, id="digits of another script"),
        pytest.param({"npl_id": None, "not_found_text": ["Teva"]}, id="a list"),
        pytest.param({"not_found_text": "Teva\x00"}, id="NUL"),
        pytest.param({"not_found_text": "\ud800"}, id="a lone surrogate"),
    ],
)
async def test_what_no_register_can_be_asked_is_left_to_the_gate(
    region_pool: asyncpg.Pool, item: JsonValue
) -> None:
    assert await problems(region_pool, item) == ()


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        pytest.param(({"npl_id": ORDINARY},), ("C09AA02",), id="one"),
        pytest.param(
            ({"npl_id": DIAZEPAM}, {"npl_id": ORDINARY}), ("C09AA02", "N05BA01"), id="two"
        ),
        pytest.param(({"npl_id": ORDINARY}, {"npl_id": UNKNOWN}), None, id="one is unknown"),
        pytest.param(
            ({"npl_id": ORDINARY}, {"not_found_text": "Blue pills"}), None, id="one in words"
        ),
        pytest.param((), None, id="none"),
    ],
)
async def test_codes_of_what_is_asked_for_are_known_all_or_not_at_all(
    region_pool: asyncpg.Pool, items: tuple[JsonValue, ...], expected: tuple[str, ...] | None
) -> None:
    submission = submission_of(RENEWAL.code, {"items": list(items)})
    async with region_pool.acquire() as conn:
        found = atc_codes_of(
            RENEWAL, submission, await find_named_products(conn, RENEWAL, submission)
        )

    assert found == expected


@pytest.mark.parametrize(("prefixes", "expected"), [((), None), (("C09",), ("C09AA02",))])
async def test_case_learns_its_codes_where_a_right_to_decide_rests_on_them(
    region_pool: asyncpg.Pool, prefixes: tuple[str, ...], expected: tuple[str, ...] | None
) -> None:
    nurse = Decider(prescribing=Prescribing.LIMITED, atc_prefixes=prefixes)
    decisions = (Decision(outcomes=tuple(APPROVALS), by=(nurse,)),)
    region = with_decisions(load_region(SHIPPED), RENEWAL.code, decisions)
    submission = submission_of(RENEWAL.code, ANSWERS)

    request = AdmissionRequest(submission=submission, run_id="run")
    activities = AdmissionActivities(region_pool, region)
    admission = await ActivityEnvironment().run(activities.admit_case, request)

    assert admission.problems == ()
    assert admission.atc_codes == expected
