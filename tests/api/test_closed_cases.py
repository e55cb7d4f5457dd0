"""A case that is over answers from what was recorded."""

from datetime import timedelta

import asyncpg
import pytest
from temporalio.testing import TimeSkipper, TimeSkippingConfig

from domain.submission import CaseId, workflow_id_for
from runtime.temporal import connect
from tests.api.calling import DECIDED, Api, new_key
from tests.api.people import HENRIK, PHYSICIANS

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def close(api: Api, database: str, case_id: str) -> None:
    """Let fifteen days pass for one resolved case, and wait until its row says closed."""
    client = await connect(api.settings)
    skipper = TimeSkipper(client, config=TimeSkippingConfig(enabled=False))
    handle = client.get_workflow_handle(workflow_id_for(CaseId(case_id)))
    await skipper.fast_forward(handle, timedelta(days=15))
    await handle.result()
    conn = await asyncpg.connect(database)
    state = await conn.fetchval("SELECT state FROM cases WHERE case_id = $1", case_id)
    await conn.close()
    assert state == "closed"


async def test_a_closed_case_answers_what_it_answered_then(api: Api, database: str) -> None:
    citizen, physician, key = api.citizen(HENRIK), api.staff(PHYSICIANS[0]), new_key()
    case_id = (await citizen.submit_admitted())["case_id"]
    decision = DECIDED | {"outcome": "no_action"}
    await physician.send(case_id, "take")
    await physician.send(case_id, "resolve", decision, idempotency_key=key)
    await close(api, database, case_id)

    again = await physician.send(case_id, "resolve", decision, idempotency_key=key)
    other = await physician.send(case_id, "note", {"text": "Late."}, idempotency_key=key)
    new = await citizen.send(case_id, "reopen")
    read = await citizen.get(f"/v1/cases/{case_id}")

    assert (again.status_code, again.json()["state"]) == (200, "closed")
    assert (other.status_code, other.json()["code"]) == (422, "action_id_reused")
    assert (new.status_code, new.json()["code"]) == (409, "case_closed")
    assert read.json()["promise"]["text"]["en"] == "Your case has been completed."
