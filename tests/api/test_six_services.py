"""All services as an app meets them: described, and every example on its way to a role."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.forms.registry import FORMS
from tests.api.calling import Api
from tests.api.people import ERIK
from tests.unit.form_samples import CATALOGUE, entry

pytestmark = pytest.mark.asyncio(loop_scope="session")

SERVICES = [service.code for service in CATALOGUE.services]
THE_SIX = {
    "prescription_renewal": [],
    "booking_change": [],
    "contraception": [f"contraception.{action}" for action in ("renew", "start", "switch", "stop")],
    "medical_aid": [f"medical_aid.{kind}" for kind in ("diabetes", "incontinence", "ostomy")],
    "special_food": [],
    "certificate": ["certificate.renew", "certificate.new"],
}


async def described(api: Api, service: str) -> dict[str, Any]:
    answer = await api.nobody().get(f"/v1/services/{service}")
    assert answer.status_code == 200
    said: dict[str, Any] = answer.json()
    return said


async def test_these_six_services_are_listed_with_their_variants(api: Api) -> None:
    listed = (await api.nobody().get("/v1/services")).json()["items"]

    variants = {item["code"]: [one["code"] for one in item["variants"]] for item in listed}
    assert list(variants) == SERVICES
    assert variants | THE_SIX == variants
    assert all("1177" in item["safety"][language] for item in listed for language in ("sv", "en"))
    shown = [one for item in listed for one in (item, *item["variants"])]
    assert all(one["name"]["sv"] and one["name"]["en"] for one in shown)
    assert all(one["handling_time"].keys() == {"first_response", "resolution"} for one in shown)


@pytest.mark.parametrize("service", SERVICES)
async def test_a_form_covers_all_variants_with_two_examples_each(api: Api, service: str) -> None:
    said = await described(api, service)

    form = FORMS[service]
    assert said["safety"]["sv"]
    kinds = [form.variant(answers) or service for answers in said["examples"]]
    assert all(kinds.count(kind) >= 2 for kind in form.variants or (service,))
    assert set(kinds) == set(form.variants or (service,))
    assert said["form"] == form.schema()
    questions = (service,) if form.asks_alike else form.variants or (service,)
    assert len(said["form"].get("oneOf", [said["form"]])) == len(questions)


@pytest.mark.parametrize("service", SERVICES)
async def test_every_example_comes_to_its_role_with_a_promise(api: Api, service: str) -> None:
    for number, answers in enumerate((await described(api, service))["examples"]):
        case = await api.citizen(ERIK).submit_admitted(answers, service=service)

        what = f"example {number} of {service}"
        rules = entry(service).handling_for(FORMS[service].variant(answers))
        assert case["handled_by"]["role"]["code"] == rules.role, what
        assert case["promise"]["first_response_by"] < case["promise"]["resolution_by"], what
        assert case["promise"]["text"]["sv"], what
        assert case["promise"]["text"]["en"], what


async def test_a_citizen_is_warned_of_a_promise_later_than_the_need(api: Api) -> None:
    answers = (await described(api, "certificate"))["examples"][-1]
    needed_by = (datetime.now(UTC) + timedelta(days=9)).date().isoformat()

    plain = await api.citizen(ERIK).submit_admitted(answers, service="certificate")
    late = await api.citizen(ERIK).submit_admitted(
        answers | {"needed_by": needed_by}, service="certificate"
    )

    warning = "Phone the clinic if you cannot wait."
    assert warning in late["promise"]["text"]["en"]
    assert warning not in plain["promise"]["text"]["en"]
