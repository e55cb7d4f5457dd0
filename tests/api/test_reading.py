"""Reading cases: what citizens and staff see, and what is written down when staff look."""

import asyncpg
import pytest

from tests.api.calling import Api
from tests.api.people import GORAN, PHYSICIANS, STROMSBRO

pytestmark = pytest.mark.asyncio(loop_scope="session")

PHYSICIAN = PHYSICIANS[0]


async def test_a_note_is_for_staff_only(api: Api) -> None:
    citizen, physician = api.citizen(GORAN), api.staff(PHYSICIAN)
    case_id = (await citizen.submit_admitted())["case_id"]
    await physician.send(case_id, "take", {"reason": "I know her."})
    await physician.send(case_id, "note", {"text": "Looks unwell."})

    own = await citizen.get(f"/v1/cases/{case_id}")
    own_timeline = await citizen.get(f"/v1/cases/{case_id}/events")
    at_work = (await physician.get(f"/v1/cases/{case_id}")).json()
    timeline = (await physician.get(f"/v1/cases/{case_id}/events")).json()

    for text in (own.text, own_timeline.text):
        assert "Looks unwell." not in text
        assert "I know her." not in text
        assert PHYSICIAN.hsa_id not in text
    kinds = [event["kind"] for event in own_timeline.json()["items"]]
    assert kinds == ["received", "admitted", "taken"]
    assert [note["text"] for note in at_work["notes"]] == ["Looks unwell."]
    assert at_work["notes"][0]["from"] == PHYSICIAN.hsa_id
    assert at_work["patient"] == {"identity": GORAN, "name": "Göran Cederlöf"}
    assert timeline["items"][-1]["kind"] == "noted"
    assert timeline["items"][-1]["actor"]["id"] == PHYSICIAN.hsa_id


async def test_an_unchanged_case_is_not_sent_again(api: Api) -> None:
    citizen, physician = api.citizen(GORAN), api.staff(PHYSICIAN)
    path = f"/v1/cases/{(await citizen.submit_admitted())['case_id']}"
    tag = (await citizen.get(path)).headers["ETag"]

    unchanged = await citizen.get(path, if_none_match=f'"0", W/{tag}')
    await physician.post(f"{path}/take", {})
    changed = await citizen.get(path, if_none_match=tag)

    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert unchanged.headers["ETag"] == tag
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag


async def test_a_promise_whose_time_has_come_is_sent_again_in_other_words(
    api: Api, database: str
) -> None:
    citizen = api.citizen(GORAN)
    case_id = (await citizen.submit_admitted())["case_id"]
    before = await citizen.get(f"/v1/cases/{case_id}")
    conn = await asyncpg.connect(database)
    await conn.execute(
        "UPDATE cases SET resolution_by = received_at - interval '1 day' WHERE case_id = $1",
        case_id,
    )
    await conn.close()

    after = await citizen.get(f"/v1/cases/{case_id}", if_none_match=before.headers["ETag"])
    listed = (await citizen.get("/v1/cases")).json()["items"]

    assert after.status_code == 200
    words = after.json()["promise"]["text"]
    assert words["sv"].startswith("Ditt ärende är försenat")
    assert not any(sign.isdigit() for text in words.values() for sign in text)
    assert [one["promise"]["text"] for one in listed if one["case_id"] == case_id] == [words]


async def test_each_sight_by_staff_is_logged_first(api: Api, database: str) -> None:
    case_id = (await api.citizen(GORAN).submit_admitted())["case_id"]
    physician = api.staff(PHYSICIAN)

    await physician.get(f"/v1/cases/{case_id}")
    await physician.get(f"/v1/cases/{case_id}/events")
    await physician.send(case_id, "take")

    conn = await asyncpg.connect(database)
    rows = await conn.fetch(
        "SELECT staff, commission, unit, patients[1]::text, action FROM access_log "
        "WHERE case_ids = ARRAY[$1::uuid] ORDER BY entry",
        case_id,
    )
    await conn.close()
    who = (PHYSICIAN.hsa_id, PHYSICIAN.commission, STROMSBRO, GORAN)
    assert [tuple(row) for row in rows] == [
        (*who, "read_case"),
        (*who, "read_events"),
        (*who, "take"),
    ]


async def test_staff_are_not_answered_when_the_log_cannot_be_written(
    api: Api, database: str
) -> None:
    case_id = (await api.citizen(GORAN).submit_admitted())["case_id"]
    conn = await asyncpg.connect(database)
    await conn.execute("ALTER TABLE access_log RENAME TO access_log_away")
    try:
        answer = await api.staff(PHYSICIAN).get(f"/v1/cases/{case_id}")
    finally:
        await conn.execute("ALTER TABLE access_log_away RENAME TO access_log")
        await conn.close()

    assert answer.status_code == 503
    assert GORAN not in answer.text


@pytest.mark.parametrize(
    "case_id",
    ["1", "00000000000000000000000000000000", "ABCDEF00-0000-0000-0000-000000000000"],
)
async def test_what_is_no_case_id_is_not_found(api: Api, case_id: str) -> None:
    answer = await api.citizen(GORAN).get(f"/v1/cases/{case_id}")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
