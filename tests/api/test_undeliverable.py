"""A case with nowhere to go is told of, counted, and moved by those who may."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio
from typer.testing import CliRunner

from cli import app
from runtime.settings import Settings
from tests.api.calling import Api, new_key, serving
from tests.api.conftest import MakeSettings
from tests.api.people import (
    COORDINATOR,
    LISTED_AT_CLOSED_UNIT,
    NORRALA_CLOSED,
    OPERATIONS_MANAGER,
    STRANGER,
    STROMSBRO,
    UNLISTED,
    Employee,
    employee,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")

HAMRANGE = "SE5560000000-TEST004"
LISTED_AT_UNSTAFFED_UNIT = "196806309800"
OPERATOR, CATALOGUE_OWNER, HAMRANGE_LEAD = employee(188), employee(183), employee(167)
TO_STROMSBRO = {"unit": STROMSBRO, "reason": "Nobody there."}


@pytest_asyncio.fixture(loop_scope="session")
async def without_database(
    make_settings: MakeSettings, served: Settings, tmp_path: Path
) -> AsyncIterator[Api]:
    nowhere = f"postgresql://postgres@/arende?host={tmp_path}"
    async with serving(make_settings(nowhere, served.temporal_port)) as running:
        yield running


async def stuck(api: Api, identity: str) -> str:
    """Submit a case that admission finds no place for; return its id."""
    case = await api.citizen(identity).submit_admitted(becomes="undeliverable")
    return str(case["case_id"])


async def unlisted(api: Api, without_database: Api) -> str:
    """Submit for a citizen whose listing nobody could look up; return the case's id."""
    answer = await without_database.citizen(UNLISTED).submit()
    case = await api.citizen(UNLISTED).until_recorded(answer.json()["case_id"])
    assert case["state"] == "undeliverable"
    return str(case["case_id"])


async def events(database: str, case_id: str) -> list[asyncpg.Record]:
    conn = await asyncpg.connect(database)
    try:
        return await conn.fetch(
            "SELECT kind, detail FROM case_events WHERE case_id = $1 ORDER BY seq", case_id
        )
    finally:
        await conn.close()


async def told(database: str, case_id: str) -> set[str]:
    """Return who is to be told that the case has nowhere to go."""
    conn = await asyncpg.connect(database)
    try:
        rows = await conn.fetch(
            "SELECT recipient FROM notices WHERE case_id = $1 AND rule = 'undeliverable'", case_id
        )
    finally:
        await conn.close()
    return {row["recipient"] for row in rows}


async def test_unit_without_a_holder_tells_its_coordinator_who_moves_it(
    api: Api, database: str
) -> None:
    lead = api.staff(HAMRANGE_LEAD)
    before = (await lead.get("/v1/inbox/counts")).json()
    case_id = await stuck(api, LISTED_AT_UNSTAFFED_UNIT)
    after = (await lead.get("/v1/inbox/counts")).json()

    moved = await lead.send(case_id, "transfer", TO_STROMSBRO)

    assert after["undeliverable"] == before["undeliverable"] + 1
    assert await told(database, case_id) == {"coordinator"}
    assert (moved.status_code, moved.json()["state"]) == (200, "queued")
    assert moved.json()["handled_by"]["unit"]["hsa_id"] == STROMSBRO
    assert moved.json()["patient"]["identity"] == LISTED_AT_UNSTAFFED_UNIT


async def test_operations_move_a_case_from_a_closed_unit_without_seeing_the_patient(
    api: Api, database: str
) -> None:
    operator, key = api.staff(OPERATOR), new_key()
    case_id = await stuck(api, LISTED_AT_CLOSED_UNIT)

    seen = await operator.get(f"/v1/cases/{case_id}")
    moved = await operator.send(case_id, "transfer", TO_STROMSBRO, idempotency_key=key)
    again = await operator.send(case_id, "transfer", TO_STROMSBRO, idempotency_key=key)

    assert [answer.status_code for answer in (seen, moved, again)] == [200, 200, 200]
    assert seen.json()["handled_by"]["unit"]["hsa_id"] == NORRALA_CLOSED
    assert again.json()["rev"] == moved.json()["rev"]
    for answer in (seen, moved, again):
        assert {"patient", "answers", "notes", "flags"}.isdisjoint(answer.json())
        assert answer.json()["messages"] == []
        assert LISTED_AT_CLOSED_UNIT not in answer.text
    assert (await api.staff(COORDINATOR).get(f"/v1/cases/{case_id}")).status_code == 200
    assert (await operator.get(f"/v1/cases/{case_id}")).status_code == 404
    assert (await events(database, case_id))[-1]["kind"] == "transferred"


async def test_operations_see_nothing_else_of_a_case(api: Api) -> None:
    operator = api.staff(OPERATOR)
    case_id = await stuck(api, LISTED_AT_CLOSED_UNIT)
    lying_well = (await api.citizen("197005109819").submit_admitted())["case_id"]

    for answer in (
        await operator.get(f"/v1/cases/{case_id}/events"),
        await operator.send(case_id, "note", {"text": "Hello."}),
        await operator.send(case_id, "take"),
        await operator.get(f"/v1/cases/{lying_well}"),
        await operator.send(lying_well, "transfer", TO_STROMSBRO),
        await api.staff(OPERATIONS_MANAGER).get(f"/v1/cases/{case_id}"),
        await api.staff(CATALOGUE_OWNER).send(case_id, "transfer", TO_STROMSBRO),
        await api.staff(STRANGER).send(case_id, "transfer", TO_STROMSBRO),
    ):
        assert answer.status_code == 404
    assert (await operator.get("/v1/inbox")).status_code == 403


@pytest.mark.parametrize("mover", [OPERATOR, COORDINATOR], ids=["operations", "a coordinator"])
async def test_case_accepted_without_a_listing_is_told_counted_and_moved(
    api: Api, without_database: Api, database: str, mover: Employee
) -> None:
    before = (await api.staff(CATALOGUE_OWNER).get("/v1/inbox/counts")).json()
    case_id = await unlisted(api, without_database)
    counted = [
        (await api.staff(watching).get("/v1/inbox/counts")).json()["undeliverable"]
        for watching in (OPERATOR, CATALOGUE_OWNER)
    ]

    moved = await api.staff(mover).send(case_id, "transfer", TO_STROMSBRO)

    assert await told(database, case_id) == {"role_catalogue_owner", "operations"}
    assert counted == [before["undeliverable"] + 1] * 2
    assert (moved.status_code, moved.json()["state"]) == (200, "queued")
    assert moved.json()["handled_by"]["role"]["code"] == "PV/lakare/recept"


async def test_command_lists_them(api: Api, served: Settings, database: str) -> None:
    case_id = await stuck(api, LISTED_AT_UNSTAFFED_UNIT)
    environment = {
        "ARENDE_MODE": "local",
        "ARENDE_DATA_DIR": str(served.data_dir),
        "ARENDE_DATABASE_URL": database,
    }
    command = ["case", "list", "--state", "undeliverable", "--limit", "1000"]

    listed = await asyncio.to_thread(CliRunner().invoke, app, command, env=environment)

    assert listed.exit_code == 0
    [line] = [line for line in listed.stdout.splitlines() if case_id in line]
    assert HAMRANGE in line
    assert LISTED_AT_UNSTAFFED_UNIT not in listed.stdout
