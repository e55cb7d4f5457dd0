"""Texts, identities, times and places a form may hold: taken and stored, or refused by code."""

import asyncio
from typing import Any

import pytest

from tests.api.calling import RENEWAL, Api
from tests.api.people import GUARDIAN, NORRALA_CLOSED, PHYSICIANS, STROMSBRO
from tests.api.test_wrong_answers import put

pytestmark = pytest.mark.asyncio(loop_scope="session")

KERSTIN, JOSEFIN = "197504159869", "198403749891"
"""Listed at Strömsbro; other tests leave them alone."""

PLAIN = "2026-11-20T10:00:00"

TAKEN = [
    pytest.param("A\u030angstro\u0308m", "Ångström", id="a name in pieces"),
    pytest.param("\U0001f600" * 2000, "\U0001f600" * 2000, id="2,000 signs of four bytes"),
    pytest.param("  around  ", "around", id="outer spaces"),
    pytest.param("مها שרה", "مها שרה", id="Arabic and Hebrew"),
    pytest.param("Ö", "Ö", id="one letter"),
    pytest.param("<script>alert(1)</script>", "<script>alert(1)</script>", id="markup"),
    pytest.param("'; DROP TABLE cases; --", "'; DROP TABLE cases; --", id="SQL"),
    pytest.param("${jndi:ldap://x} {0.__class__} %n", "${jndi:ldap://x} {0.__class__} %n", id="%"),
    pytest.param("=cmd()", "=cmd()", id="a formula"),
    pytest.param("a\r\nb\tc", "a\nb\tc", id="lines and tabs"),
    pytest.param("a\u200bb", "a\u200bb", id="a zero-width space in prose"),
]


@pytest.mark.parametrize(("sent", "kept"), TAKEN)
async def test_ordinary_and_odd_texts_are_kept_as_they_are(api: Api, sent: str, kept: str) -> None:
    case = await api.citizen(KERSTIN).submit_admitted(RENEWAL | {"message": sent})

    seen = await api.staff(PHYSICIANS[0]).get(f"/v1/cases/{case['case_id']}")
    assert seen.json()["answers"]["message"] == kept


async def test_minus_zero_is_zero(api: Api) -> None:
    answers: dict[str, Any] = RENEWAL | {"items": [RENEWAL["items"][0] | {"supply_left_days": -0}]}
    case = await api.citizen(KERSTIN).submit_admitted(answers)

    seen = await api.staff(PHYSICIANS[0]).get(f"/v1/cases/{case['case_id']}")
    assert seen.json()["answers"]["items"][0]["supply_left_days"] == 0


ITEM = RENEWAL["items"][0]
RENEW, BOOKING, CERTIFICATE = "prescription_renewal", "booking_change", "certificate"
REFUSED: list[tuple[str, str, object, str]] = [
    (RENEW, "message", "  \n ", "too_short"),
    (RENEW, "message", "\u200b\u200b", "too_short"),
    (RENEW, "message", "x" * 2001, "too_long"),
    (RENEW, "items/0/npl_id", "2000110300\u200b0015", "invalid_format"),
    (RENEW, "items/0/npl_id", "２０００１１０３００００１５", "invalid_format"),
    (RENEW, "items/0/dose_now", "\ue000 tablet", "invalid_format"),
    (RENEW, "items", [ITEM] * 11, "too_many_items"),
    (RENEW, "items", [ITEM, ITEM], "same_product_twice"),
    (RENEW, "addictive_declared", 0.0, "wrong_type"),
    (RENEW, "contact_phone", "0701740605", "invalid_format"),
    (RENEW, "contact_phone", "+46939123456", "wrong_phone_number"),
    (RENEW, "contact_email", "a@b@c\r\nBcc: d", "unknown_field"),
    (RENEW, "attachment", "JVBERi0x", "unknown_field"),
    (RENEW, "personal_identity", "191212121212", "unknown_field"),
    (RENEW, "items/0/dose_now", "1 to 197106209823", "identity_not_allowed"),
    (RENEW, "message", "My husband is 710620-9823", "identity_not_allowed"),
    (BOOKING, "booking/kind", "197106209823", "identity_not_allowed"),
    (CERTIFICATE, "what_changed", "It is for 19710620-9823", "identity_not_allowed"),
    (BOOKING, "booking/starts_at", PLAIN, "invalid_time"),
    (BOOKING, "booking/starts_at", "2027-03-28T02:30:00", "invalid_time"),
    (BOOKING, "booking/starts_at", f"{PLAIN}+99:99", "invalid_time"),
    (BOOKING, "booking/starts_at", "2026-12-20T10:00:60Z", "invalid_time"),
    (BOOKING, "booking/starts_at", "0000-12-20T10:00:00Z", "invalid_time"),
    (BOOKING, "booking/starts_at", "9999-12-20T10:00:00Z", "invalid_time"),
    (BOOKING, "booking/starts_at", 1796095104, "wrong_type"),
    (CERTIFICATE, "needed_by", "0000-01-01", "invalid_date"),
    (CERTIFICATE, "needed_by", "9999-01-01", "invalid_date"),
    (CERTIFICATE, "needed_by", "2027-02-29", "invalid_date"),
    (CERTIFICATE, "needed_by", 1, "wrong_type"),
]


@pytest.mark.parametrize(("service", "place", "value", "code"), REFUSED)
async def test_an_odd_answer_is_refused_by_its_code(
    api: Api, service: str, place: str, value: object, code: str
) -> None:
    answers = (await api.nobody().get(f"/v1/services/{service}")).json()["examples"][0]
    put(answers, place, value)

    answer = await api.citizen(KERSTIN).submit(answers, service=service)

    assert answer.status_code == 422
    assert code in {error["code"] for error in answer.json()["errors"]}
    assert "9823" not in answer.text


@pytest.mark.parametrize(
    "identity",
    [
        pytest.param("201908219941", id="wrong check digit"),
        pytest.param("201908009940", id="day 00"),
        pytest.param("201908329940", id="day 32"),
        pytest.param("201902299944", id="29 February of a common year"),
        pytest.param("190821+9940", id="a plus"),
        pytest.param("20190821-9940", id="a hyphen"),
        pytest.param("201908609940", id="day 60"),
        pytest.param("201908929940", id="day 92"),
        pytest.param("209908219941", id="not yet born"),
        pytest.param("188008219949", id="older than anybody"),
        pytest.param("２０１９０８２１９９４０", id="full-width digits"),
        pytest.param("٢٠١٩٠٨٢١٩٩٤٠", id="Arabic digits"),
        pytest.param("", id="nothing"),
    ],
)
async def test_what_is_nobodys_identity_is_refused(api: Api, identity: str) -> None:
    answer = await api.citizen(GUARDIAN).submit(on_behalf_of=identity)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_body")
    assert not identity or identity not in answer.text


@pytest.mark.parametrize(
    ("clinic", "code"),
    [
        pytest.param("SE2321000016-NONE", "unknown_unit", id="unknown"),
        pytest.param(NORRALA_CLOSED, "unknown_unit", id="closed"),
        pytest.param(STROMSBRO + "\u200b", "invalid_body", id="a zero-width space"),
        pytest.param("'; DROP TABLE units", "invalid_body", id="SQL"),
    ],
)
async def test_what_is_no_open_unit_is_refused(api: Api, clinic: str, code: str) -> None:
    answer = await api.citizen(KERSTIN).submit(clinic=clinic)

    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_many_at_once_with_one_key_make_one_case(api: Api) -> None:
    citizen = api.citizen(JOSEFIN)
    answers = RENEWAL | {"message": "One of twenty"}
    body = {"service": RENEW, "answers": answers}

    tries = (citizen.post("/v1/cases", body, idempotency_key="one-of-20") for _ in range(20))
    got = await asyncio.gather(*tries)

    assert sorted(answer.status_code for answer in got) == [*[200] * 19, 201]
    assert len({answer.json()["case_id"] for answer in got}) == 1
