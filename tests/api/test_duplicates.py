"""Submitting the same thing twice: asked about, told apart, replayed, and merged by staff."""

import pytest
from pydantic import JsonValue

from tests.api.calling import RENEWAL, Api, Caller, new_key
from tests.api.people import ADMINISTRATOR, ERIK, NURSE, PHYSICIANS
from tests.smoke.caller import Body

pytestmark = pytest.mark.asyncio(loop_scope="session")


def body(product: str, **fields: JsonValue) -> Body:
    item = RENEWAL["items"][0] | {"npl_id": None, "not_found_text": product}
    answers = RENEWAL | {"items": [item]}
    return {"service": "prescription_renewal", "answers": answers, **fields}


async def admitted(citizen: Caller, product: str, **fields: JsonValue) -> str:
    sent = body(product, **fields)
    answer = await citizen.post("/v1/cases", sent, idempotency_key=new_key())
    assert answer.status_code == 201, answer.text
    return str((await citizen.until_recorded(answer.json()["case_id"]))["case_id"])


async def test_case_that_repeats_another_is_asked_about_and_may_be_sent_again(api: Api) -> None:
    citizen, key = api.citizen(ERIK), new_key()
    first = await admitted(citizen, "Twice asked for")

    asked = await citizen.post("/v1/cases", body("twice  ASKED for"), idempotency_key=key)
    insisted = body("twice  ASKED for", not_duplicate_of=[first])
    sent = await citizen.post("/v1/cases", insisted, idempotency_key=key)
    other = await citizen.post("/v1/cases", body("Something else"), idempotency_key=new_key())

    assert (asked.status_code, asked.json()["code"]) == (409, "duplicate_suspected")
    assert asked.json()["duplicates"] == [first]
    assert (sent.status_code, other.status_code) == (201, 201)


async def test_case_asked_about_is_told_of_without_a_word_of_its_state(api: Api) -> None:
    """It may have ended: the text must not call it ongoing."""
    citizen = api.citizen(ERIK)
    first = await admitted(citizen, "Told of")
    seen = (await citizen.get(f"/v1/cases/{first}")).json()

    asked = await citizen.post("/v1/cases", body("Told of"), idempotency_key=new_key())
    await citizen.send(first, "withdraw")
    again = await citizen.post("/v1/cases", body("Told of"), idempotency_key=new_key())

    assert asked.json()["duplicate_cases"] == [
        {
            "case_id": first,
            "state": "queued",
            "received_at": seen["received_at"],
            "resolution_by": seen["promise"]["resolution_by"],
        }
    ]
    assert asked.json()["user_message"]["sv"].startswith("Du har nyligen skickat ett ärende")
    assert "open" not in asked.json()["user_message"]["en"]
    assert again.status_code == 201


async def test_another_product_of_the_same_substance_is_asked_about(api: Api) -> None:
    citizen = api.citizen(ERIK)
    item = RENEWAL["items"][0]
    one, other = (
        RENEWAL | {"items": [item | {"npl_id": npl_id}]}
        for npl_id in ("20990101000012", "20990101000029")
    )
    first = (await citizen.submit_admitted(one))["case_id"]

    asked = await citizen.post(
        "/v1/cases",
        {"service": "prescription_renewal", "answers": other},
        idempotency_key=new_key(),
    )

    assert (asked.status_code, asked.json()["code"]) == (409, "duplicate_suspected")
    assert first in asked.json()["duplicates"]


async def test_known_key_is_replayed_before_any_duplicate_is_seen(api: Api) -> None:
    citizen, key = api.citizen(ERIK), new_key()
    sent = body("Sent with one key")
    first = await citizen.post("/v1/cases", sent, idempotency_key=key)
    await citizen.until_recorded(first.json()["case_id"])
    await admitted(citizen, "Sent with one key", not_duplicate_of=[first.json()["case_id"]])

    again = await citizen.post("/v1/cases", sent, idempotency_key=key)

    assert (again.status_code, again.json()["case_id"]) == (200, first.json()["case_id"])


async def test_answers_that_do_not_fit_are_told_before_a_duplicate(api: Api) -> None:
    citizen = api.citizen(ERIK)
    await admitted(citizen, "Wrongly asked for")
    wrong = body("Wrongly asked for") | {"answers": {"items": []}}

    answer = await citizen.post("/v1/cases", wrong, idempotency_key=new_key())

    assert answer.status_code == 422


async def test_staff_see_the_candidates_and_merge(api: Api) -> None:
    citizen, physician = api.citizen(ERIK), api.staff(PHYSICIANS[0])
    kept = await admitted(citizen, "To be merged")
    merged = await admitted(citizen, "To be merged", not_duplicate_of=[kept])

    seen = (await physician.get(f"/v1/cases/{merged}")).json()
    answer = await physician.send(merged, "merge", {"into": kept})
    hidden = await physician.send(kept, "merge", {"into": "0" * 8 + "-0000-0000-0000-" + "0" * 12})
    late = await physician.send(kept, "merge", {"into": merged})

    assert seen["duplicates"] == [kept]
    assert "duplicate_suspected" not in seen["flags"]
    assert answer.status_code == 200, answer.text
    assert (answer.json()["state"], answer.json()["outcome"]) == ("resolved", "duplicate")
    assert (hidden.status_code, hidden.json()["errors"][0]["pointer"]) == (422, "/into")
    assert (late.status_code, late.json()["code"]) == (409, "merge_refused")


async def test_only_who_holds_the_role_merges(api: Api) -> None:
    citizen = api.citizen(ERIK)
    kept, other = [await admitted(citizen, f"Held apart {number}") for number in range(2)]

    by_citizen = await citizen.send(other, "merge", {"into": kept})
    by_nurse = await api.staff(NURSE).send(other, "merge", {"into": kept})
    by_administrator = await api.staff(ADMINISTRATOR).send(other, "merge", {"into": kept})

    assert by_citizen.status_code == 403
    assert (by_nurse.status_code, by_nurse.json()["code"]) == (403, "not_permitted")
    assert by_administrator.status_code == 404
