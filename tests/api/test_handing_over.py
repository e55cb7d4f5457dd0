"""Preparing and handing over by HTTP: who sees the case when, who may decide, and who is told."""

from typing import Any

import pytest

from tests.api.calling import DECIDED, Api, Caller
from tests.api.people import ADMINISTRATOR, ERIK, NURSE, PHYSICIANS, Employee, employee
from tests.api.test_inbox import ids

pytestmark = pytest.mark.asyncio(loop_scope="session")

DECIDER, OTHER_DECIDER = PHYSICIANS[:2]
OTHER_NURSE = employee(106)


async def prepared(api: Api) -> str:
    """Return a renewal that the nurse has taken."""
    case_id: str = (await api.citizen(ERIK).submit_admitted())["case_id"]
    taken = await api.staff(NURSE).send(case_id, "take")
    assert taken.status_code == 200, taken.text
    return case_id


async def seen(caller: Caller, case_id: str) -> dict[str, Any]:
    view: dict[str, Any] = (await caller.get(f"/v1/cases/{case_id}")).json()
    return view


async def test_preparer_does_all_but_decide(api: Api) -> None:
    nurse, case_id = api.staff(NURSE), await prepared(api)
    said = [
        await nurse.send(case_id, "note", {"text": "Last checked in May."}),
        await nurse.send(case_id, "reply", {"text": "We look into it."}),
        await nurse.send(case_id, "ask-patient", {"text": "Since when?"}),
    ]
    await api.citizen(ERIK).send(case_id, "answer", {"text": "Since May."})

    decided = await nurse.send(case_id, "resolve", {"outcome": "approved"} | DECIDED)

    assert [answer.status_code for answer in said] == [200, 200, 200]
    assert (decided.status_code, decided.json()["code"]) == (403, "authority_missing")


async def test_case_goes_from_who_prepares_to_who_decides(api: Api) -> None:
    nurse, decider, case_id = api.staff(NURSE), api.staff(DECIDER), await prepared(api)

    handed = await nurse.send(case_id, "hand-over", {"note": "Last checked in May."})

    assert handed.status_code == 200, handed.text
    view = handed.json()
    assert (view["state"], view["assigned_to"]) == ("queued", None)
    assert view["prepared_by"] == NURSE.hsa_id
    assert view["next_mark"]["kind"] in {"hand_over_warning", "first_response_warning"}
    again = await nurse.send(case_id, "take")
    assert (again.status_code, again.json()["code"]) == (409, "not_lawful_now")
    assert (await decider.send(case_id, "take")).status_code == 200
    resolved = await decider.send(case_id, "resolve", {"outcome": "approved"} | DECIDED)
    assert resolved.json()["outcome"] == "approved"
    assert resolved.json()["handed_over_at"] == view["handed_over_at"]


async def test_inbox_of_preparers_has_what_waits_and_what_they_prepared(api: Api) -> None:
    nurse, other, decider = api.staff(NURSE), api.staff(OTHER_NURSE), api.staff(DECIDER)
    case_id = (await api.citizen(ERIK).submit_admitted())["case_id"]
    assert case_id in await ids(nurse)
    assert case_id in await ids(other)

    await nurse.send(case_id, "take")
    assert case_id in await ids(nurse, "&mine=true")
    assert case_id not in await ids(other)
    assert case_id in await ids(decider)

    await nurse.send(case_id, "hand-over")
    await decider.send(case_id, "take")
    assert case_id in await ids(nurse)
    assert case_id not in await ids(other)
    assert (await seen(other, case_id))["assigned_to"] == DECIDER.hsa_id
    counts = (await nurse.get("/v1/inbox/counts")).json()
    assert counts["open"] == len(await ids(nurse))
    assert (await api.staff(ADMINISTRATOR).get(f"/v1/cases/{case_id}")).status_code == 404


async def test_named_colleague_gets_the_case(api: Api) -> None:
    case_id = await prepared(api)

    handed = await api.staff(NURSE).send(case_id, "hand-over", {"to": OTHER_DECIDER.hsa_id})

    assert (handed.json()["state"], handed.json()["assigned_to"]) == (
        "assigned",
        OTHER_DECIDER.hsa_id,
    )


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        pytest.param({"to": ADMINISTRATOR.hsa_id}, 422, "colleague_lacks_role", id="other role"),
        pytest.param({"to": NURSE.hsa_id}, 422, "colleague_lacks_role", id="a preparer"),
        pytest.param({"to": "SE5560000000-NOBODY"}, 422, "colleague_lacks_role", id="nobody"),
        pytest.param({"to": "me"}, 422, "invalid_body", id="no id"),
        pytest.param({"note": ""}, 422, "invalid_body", id="empty note"),
        pytest.param({"why": "tired"}, 422, "invalid_body", id="unknown field"),
    ],
)
async def test_hand_over_to_nobody_who_decides_is_refused(
    api: Api, body: dict[str, str], status: int, code: str
) -> None:
    case_id = await prepared(api)

    answer = await api.staff(NURSE).send(case_id, "hand-over", body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (await seen(api.staff(NURSE), case_id))["prepared_by"] is None


@pytest.mark.parametrize(
    ("service", "who"),
    [
        pytest.param("prescription_renewal", DECIDER, id="may decide"),
        pytest.param("booking_change", ADMINISTRATOR, id="nobody decides"),
    ],
)
async def test_nothing_is_handed_over_by_who_has_no_need_of_it(
    api: Api, service: str, who: Employee
) -> None:
    citizen = api.citizen(ERIK)
    example = (await citizen.get(f"/v1/services/{service}")).json()["examples"][0]
    case_id = (await citizen.submit_admitted(example, service=service))["case_id"]
    taken = await api.staff(who).send(case_id, "take")

    refused = await api.staff(who).send(case_id, "hand-over", {"note": "Yours."})

    assert taken.status_code == 200, taken.text
    assert (refused.status_code, refused.json()["code"]) == (409, "not_lawful_now")
    view = await seen(api.staff(who), case_id)
    assert (view["assigned_to"], view["prepared_by"]) == (who.hsa_id, None)


async def test_patient_neither_hands_over_nor_learns_of_it(api: Api) -> None:
    citizen, case_id = api.citizen(ERIK), await prepared(api)
    await api.staff(NURSE).send(case_id, "hand-over", {"note": "Ask about alcohol."})

    refused = await citizen.send(case_id, "hand-over")
    events = (await citizen.get(f"/v1/cases/{case_id}/events")).json()["items"]
    internal = (await api.staff(DECIDER).get(f"/v1/cases/{case_id}/events")).json()["items"]

    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert "handed_over" not in {event["kind"] for event in events}
    assert "prepared_by" not in await seen(citizen, case_id)
    assert internal[-1]["detail"] == {"note": "Ask about alcohol."}
