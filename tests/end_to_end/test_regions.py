"""The same life of a case in each shipped region: only the folder of data differs."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from domain.routing import Routing
from domain.submission import CaseId
from runtime.time_travel import fast_forward
from tests.api.calling import DECIDED
from tests.end_to_end.at_work import AtWork, at_work, settings_for
from tests.end_to_end.conftest import migrated_database
from tests.region import EXAMPLE, SHIPPED

pytestmark = pytest.mark.asyncio(loop_scope="module")

RENEWAL = "prescription_renewal"
LONG_ENOUGH = timedelta(days=40)


@pytest_asyncio.fixture(
    scope="module",
    loop_scope="module",
    params=[SHIPPED, EXAMPLE],
    ids=lambda folder: folder.name,
)
async def running(
    request: pytest.FixtureRequest,
    socket_dir: Path,
    temporal_port: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[AtWork]:
    """One region after the other."""
    profile: Path = request.param
    url = await migrated_database(socket_dir, f"end-to-end-{profile.name}")
    settings = settings_for(profile, tmp_path_factory.mktemp("data"), url, temporal_port)
    async with at_work(settings) as region:
        yield region


async def test_every_service_reaches_the_role_the_region_decided(running: AtWork) -> None:
    person = running.citizens[0]
    citizen = running.api.citizen(person.identity)
    clinic = next(one.unit for one in running.staff if one.unit != person.listed_unit)

    for service in (await citizen.get("/v1/services")).json()["items"]:
        entry = running.region.catalogue.find_service(service["code"])
        assert entry is not None
        is_chosen = service["routing"] == Routing.BY_SELECTED_CLINIC
        answers = await running.example(entry.code)
        body = {"service": entry.code, "answers": answers}

        case = await running.submitted(citizen, body | ({"clinic": clinic} if is_chosen else {}))

        place = case["handled_by"]
        assert place["role"]["code"] in {rules.role for rules in entry.handlings()}
        assert place["unit"]["hsa_id"] == (clinic if is_chosen else person.listed_unit)


async def test_case_is_taken_asked_about_answered_and_resolved(running: AtWork) -> None:
    citizen = running.api.citizen(running.citizens[1].identity)
    body = {"service": RENEWAL, "answers": await running.example(RENEWAL)}
    case = await running.submitted(citizen, body)
    physician, case_id = running.holder(case), case["case_id"]

    inbox = (await physician.get("/v1/inbox")).json()["items"]
    assert case_id in {one["case_id"] for one in inbox}
    await physician.send(case_id, "take")
    asked = await physician.send(case_id, "ask-patient", {"text": "Since when?"})
    assert asked.json()["paused"]
    answered = await citizen.send(case_id, "answer", {"text": "Since May."})
    assert answered.json()["state"] == "assigned"
    resolved = await physician.send(case_id, "resolve", {"outcome": "approved"} | DECIDED)

    assert resolved.status_code == 200, resolved.text
    told = (await citizen.get(f"/v1/cases/{case_id}")).json()
    assert (told["state"], told["outcome"]) == ("resolved", "approved")


async def test_case_that_nobody_takes_runs_out_of_time_aloud(running: AtWork) -> None:
    citizen = running.api.citizen(running.citizens[2].identity)
    body = {"service": RENEWAL, "answers": await running.example(RENEWAL)}
    case = await running.submitted(citizen, body)

    case_id = CaseId(case["case_id"])
    await fast_forward(running.client, running.settings, case_id, LONG_ENOUGH)
    late = await running.until_event(citizen, case, "delayed")

    assert late["promise"]["resolution_by"] > case["promise"]["resolution_by"]
    assert late["promise"]["text"] != case["promise"]["text"]
    seen = (await running.holder(case).get(f"/v1/cases/{case_id}")).json()
    assert seen["overdue"]
    assert seen["escalation"] != "none"


async def test_service_by_choice_wants_a_clinic(running: AtWork) -> None:
    citizen = running.api.citizen(running.citizens[0].identity)
    by_choice = [
        entry.code
        for entry in running.region.catalogue.services
        if entry.handling.routing is Routing.BY_SELECTED_CLINIC
    ]

    for service in by_choice:
        refused = await citizen.submit(await running.example(service), service=service)

        assert refused.status_code == 422
        assert refused.json()["code"] == "clinic_required"
        assert [error["pointer"] for error in refused.json()["errors"]] == ["/clinic"]
