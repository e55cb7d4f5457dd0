"""What a citizen reads when they should rather phone: danger, or a visit before any opening."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from tests.api.calling import RENEWAL, Api
from tests.api.people import ERIK, HENRIK, LISTED_AT_CLOSED_UNIT, PHYSICIANS

pytestmark = pytest.mark.asyncio(loop_scope="session")

HELP = {
    "sv": "Ring 112 om det är akut. Ring 1177 för råd. Vänta inte på svar här.",
    "en": "Phone 112 in an emergency. Phone 1177 for advice. Do not wait for an answer here.",
}
PHONE = {
    "sv": "Vi hinner kanske inte läsa ditt ärende före besöket. Ring mottagningen.",
    "en": "We may not have time to read your case before the visit. Phone the clinic.",
}
_FRIDAY = 4


def friday_evening() -> datetime:
    """Return 20:00 UTC on a Friday ahead, when every health centre has closed for the week."""
    tomorrow = datetime.now(UTC).replace(hour=20, minute=0, second=0) + timedelta(days=1)
    return tomorrow + timedelta(days=(_FRIDAY - tomorrow.weekday()) % 7)


@pytest.fixture
def on_friday(api: Api) -> Iterator[datetime]:
    """Let the API take in forms as on a Friday evening; returns when that is."""
    desk, evening = api.app.state.desk, friday_evening()
    api.app.state.desk = replace(desk, now=lambda: evening)
    yield evening
    api.app.state.desk = desk


@pytest.mark.parametrize(
    ("identity", "becomes"), [(HENRIK, "queued"), (LISTED_AT_CLOSED_UNIT, "undeliverable")]
)
async def test_visit_before_any_opening_hour_sends_the_citizen_to_the_phone(
    api: Api, database: str, on_friday: datetime, identity: str, becomes: str
) -> None:
    visit_at = on_friday + timedelta(hours=36)
    booking = {"starts_at": visit_at.isoformat(), "kind": "Blood pressure"}
    answers = {"action": "cancel", "booking": booking}
    citizen = api.citizen(identity)

    case = await citizen.submit_admitted(answers, service="booking_change", becomes=becomes)

    listed = await citizen.all_items("/v1/cases?limit=50")
    assert case["promise"]["text"] == PHONE
    assert [one["promise"]["text"] for one in listed if one["case_id"] == case["case_id"]] == [
        PHONE
    ]
    conn = await asyncpg.connect(database)
    told = await conn.fetch(
        "SELECT recipient FROM notices WHERE case_id = $1 AND rule = 'phone_the_unit'",
        case["case_id"],
    )
    await conn.close()
    assert [row["recipient"] for row in told] == ["citizen"]


async def test_form_with_a_word_of_danger_tells_the_citizen_whom_to_phone(api: Api) -> None:
    item = RENEWAL["items"][0] | {"dose_now": "One a day, for my chest pain"}

    case = await api.citizen(ERIK).submit_admitted(RENEWAL | {"items": [item]})
    plain = await api.citizen(ERIK).submit_admitted()

    assert all(case["promise"]["text"][each].startswith(HELP[each]) for each in HELP)
    assert not any(plain["promise"]["text"][each].startswith(HELP[each]) for each in HELP)


@pytest.mark.parametrize("prefer", ["", "respond-async"], ids=["update", "signal"])
async def test_answer_with_a_word_of_danger_is_flagged_and_told_whom_to_phone(
    api: Api, prefer: str
) -> None:
    citizen, physician = api.citizen(ERIK), api.staff(PHYSICIANS[0])
    case_id = (await citizen.submit_admitted())["case_id"]
    await physician.send(case_id, "take")
    calm = (await citizen.send(case_id, "answer", {"text": "I have moved."})).json()
    await physician.send(case_id, "ask-patient", {"text": "How are you?"})

    headers = {"prefer": prefer} if prefer else {}
    said = {"text": "Jag har ONT i bröstet."}
    await citizen.send(case_id, "answer", said, **headers)
    noted = await physician.send(case_id, "note", {"text": "Phoned."})

    alarmed = (await citizen.get(f"/v1/cases/{case_id}")).json()
    assert not calm["promise"]["text"]["sv"].startswith(HELP["sv"])
    assert alarmed["promise"]["text"]["sv"].startswith(HELP["sv"])
    assert "red_flag_words" in noted.json()["flags"]
    assert "flags" not in alarmed


async def test_staff_see_that_a_renewal_was_compared_with_no_prescription(api: Api) -> None:
    citizen, physician = api.citizen(ERIK), api.staff(PHYSICIANS[0])
    case_id = (await citizen.submit_admitted())["case_id"]

    seen = (await physician.get(f"/v1/cases/{case_id}")).json()

    assert seen["verified_against_prescription"] is False
    assert "verified_against_prescription" not in (await citizen.get(f"/v1/cases/{case_id}")).json()
