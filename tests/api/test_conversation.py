"""A whole case over HTTP: submitted, taken, asked, answered, resolved."""

import pytest

from tests.api.calling import DECIDED, Api
from tests.api.people import HENRIK, PHYSICIAN_ROLE, PHYSICIANS, STROMSBRO

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_case_goes_from_form_to_decision(api: Api) -> None:
    patient, physician = api.citizen(HENRIK), api.staff(PHYSICIANS[0])
    case = await patient.submit_admitted()
    case_id = case["case_id"]
    assert case["handled_by"]["unit"]["hsa_id"] == STROMSBRO
    assert case["handled_by"]["role"]["code"] == PHYSICIAN_ROLE
    assert case["promise"]["text"]["sv"].startswith("Du får ett första svar senast ")

    taken = await physician.send(case_id, "take")
    asked = await physician.send(case_id, "ask-patient", {"text": "Which strength?"})
    waiting = (await patient.get(f"/v1/cases/{case_id}")).json()
    answered = await patient.send(case_id, "answer", {"text": "Fifty milligrams."})
    resolved = await physician.send(
        case_id, "resolve", {"outcome": "approved", "text": "Done.", **DECIDED}
    )

    assert taken.json()["assigned_to"] == PHYSICIANS[0].hsa_id
    assert asked.json()["state"] == "awaiting_patient"
    assert waiting["paused"]
    assert waiting["promise"]["resolution_by"] is None
    assert waiting["promise"]["text"]["en"].startswith("We are waiting for your answer.")
    assert answered.json()["state"] == "assigned"
    assert resolved.status_code == 200, resolved.text
    final = (await patient.get(f"/v1/cases/{case_id}")).json()
    assert (final["state"], final["outcome"]) == ("resolved", "approved")
    said = [(turn["from"], turn["text"]) for turn in final["messages"]]
    assert said == [
        ("unit", "Which strength?"),
        ("patient", "Fifty milligrams."),
        ("unit", "Done."),
    ]
