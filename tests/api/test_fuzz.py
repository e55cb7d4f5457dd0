"""Answers of any shape at the front door: never a 5xx, and whatever is taken can be stored."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace

import asyncpg
import pytest
import pytest_asyncio
from httpx2 import ASGITransport, AsyncClient, Response
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import JsonValue
from typing_extensions import override

from api.app import create_app
from api.engine import Engine
from domain.forms.registry import FORMS
from domain.submission import CaseId, CaseMemo, Submission
from runtime.issuer import LocalIssuer
from runtime.settings import Settings
from store.cases import claim_case
from tests.api.calling import new_key
from tests.unit.form_samples import MONDAY_NOON, Answers, occasion
from tests.unit.test_forms_fuzz import MARK, broken_answers, places, put

pytestmark = pytest.mark.asyncio(loop_scope="session")


CITIZEN = "198106249926"
"""Listed at a unit with staff; no test submits as this person, so no case is repeated."""
FREE_TEXTS = {"not_found_text", "dose_now", "side_effects_text", "prescribed_by_name", "message"}
FREE_TEXTS |= {"kind", "reason", "name", "article_number", "skin_problems", "bleeding_problems"}
FREE_TEXTS |= {"amount_per_day", "delivery_address", "recipient", "what_changed", "daily_dose"}
ODD = st.text(st.characters(exclude_categories=()), min_size=1, max_size=12)
PLAIN = st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=40)


@st.composite
def reworded_answers(draw: st.DrawFn) -> tuple[str, Answers]:
    """An example with other words and numbers where any are allowed; mostly it fits."""
    form = draw(st.sampled_from(list(FORMS.values())))
    answers: JsonValue = draw(st.sampled_from(form.examples(occasion(form.code))))
    for place in places(answers):
        new: JsonValue = None
        if place[-1] in FREE_TEXTS:
            new = draw(PLAIN | PLAIN | PLAIN | ODD)
        if place[-1] in {"supply_left_days", "quantity"}:
            new = draw(st.integers(0, 800))
        if place[-1] in {"weight_kg", "weight_change_kg"}:
            new = draw(st.floats(25, 100))
        answers = answers if new is None else put(answers, place, new)
    assert isinstance(answers, dict)
    return form.code, answers


class Ledger(Engine):
    """Stands where Temporal does and keeps what would have been started."""

    def __init__(self) -> None:
        self.started: list[Submission] = []

    @override
    async def start(self, submission: Submission, memo: CaseMemo) -> None:
        self.started.append(submission)

    @override
    async def find_memo(self, case_id: CaseId) -> CaseMemo | None:
        return None


class Door:
    """The API in this process, at noon on a Monday, in front of a ledger."""

    def __init__(self, http: AsyncClient, ledger: Ledger, pool: asyncpg.Pool, token: str) -> None:
        self._http = http
        self._token = token
        self.ledger = ledger
        self.pool = pool

    async def submit(self, service: str, answers: JsonValue) -> Response:
        """Send *answers* as they are, also what no JSON may hold."""
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Content-Type": "application/json",
            "Idempotency-Key": new_key(),
        }
        content = json.dumps({"service": service, "answers": answers})
        return await self._http.post("/v1/cases", content=content, headers=headers)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def door(served: Settings) -> AsyncIterator[Door]:
    """A door that no case leaves by."""
    app, ledger = create_app(served, lambda: MONDAY_NOON), Ledger()
    transport = ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        AsyncClient(transport=transport, base_url="http://test") as http,
    ):
        app.state.desk = replace(app.state.desk, engine=ledger)
        token = LocalIssuer(served).citizen_token(CITIZEN, MONDAY_NOON)
        yield Door(http, ledger, app.state.desk.pool, token)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(made=broken_answers() | reworded_answers())
async def test_answers_are_taken_and_storable_or_refused_with_a_code(
    door: Door, made: tuple[str, Answers]
) -> None:
    service, answers = made

    answer = await door.submit(service, answers)

    assert answer.status_code in {201, 400, 422}
    assert MARK not in answer.text
    if answer.is_error:
        assert answer.json()["code"]
        return
    async with door.pool.acquire() as conn:
        attempt = conn.transaction()
        await attempt.start()
        assert await claim_case(conn, door.ledger.started[-1], "run")
        await attempt.rollback()
