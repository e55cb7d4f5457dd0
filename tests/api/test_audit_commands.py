"""`arende audit` as operations meet it, on the database of the API, and what it writes itself."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import pytest
import pytest_asyncio

from runtime.issuer import LocalIssuer
from runtime.settings import Settings
from tests.api.calling import Api
from tests.api.people import (
    BJORKSATRA_OTHER_PROVIDER,
    COORDINATOR,
    ERIK,
    PERNILLA,
    PHYSICIANS,
    PROTECTED_GUARDIAN,
    SODERHAMN,
    Employee,
    employee,
)
from tests.command import Ended, run_arende

pytestmark = pytest.mark.asyncio(loop_scope="session")

PHYSICIAN, OPERATOR, REVIEWER = PHYSICIANS[0], employee(188), employee(184)
HANDLER, OTHER_MANAGER = employee(125), employee(178, "SE5560000001")
LAST_ENTRY = "SELECT coalesce(max(entry), 0) FROM access_log"
STOCKHOLM = ZoneInfo("Europe/Stockholm")


@pytest_asyncio.fixture(loop_scope="session")
async def conn(database: str) -> AsyncIterator[asyncpg.Connection]:
    opened = await asyncpg.connect(database)
    yield opened
    await opened.close()


async def audit(served: Settings, *arguments: str, text: str = "") -> Ended:
    return await arende(served, "audit", *arguments, text=text)


async def arende(served: Settings, *arguments: str, text: str = "") -> Ended:
    environment = {
        "ARENDE_MODE": "local",
        "ARENDE_DATA_DIR": str(served.data_dir),
        "ARENDE_DATABASE_URL": served.database_url,
        "ARENDE_TEMPORAL_PORT": str(served.temporal_port),
    }
    return await run_arende(os.environ | environment, *arguments, text=text)


def token_of(served: Settings, who: Employee) -> str:
    return LocalIssuer(served).staff_token(who.hsa_id, who.commission, datetime.now(UTC))


async def test_months_are_listed_and_none_that_is_young_is_dropped(served: Settings) -> None:
    kept = await audit(served, "partitions", "--json")
    this_month = f"{datetime.now(UTC):%Y-%m}"
    refused = await audit(served, "partitions", "--drop", this_month)

    told = json.loads(kept.said)
    assert (kept.code, told["dropped"], told["unplaced"]) == (0, None, 0)
    assert f"access_log_{this_month.replace('-', '_')}" in {
        month["name"] for month in told["partitions"]
    }
    assert refused.code == 1
    assert "younger than five years" in refused.complained


async def test_last_week_is_drawn_once_and_its_state_shown(
    api: Api, served: Settings, conn: asyncpg.Connection
) -> None:
    await conn.execute(
        "INSERT INTO access_log"
        " (at, staff, commission, unit, provider, action, patients, case_ids)"
        " SELECT now() - interval '7 days', $1, $2, 'SE5560000000-TEST001',"
        " 'SE5560000000-TEST000', 'read_case', ARRAY[$3]::identity[], ARRAY[gen_random_uuid()]",
        *PHYSICIAN,
        ERIK,
    )

    first = json.loads((await audit(served, "reviews", "--draw", "--json")).said)
    again = json.loads((await audit(served, "reviews", "--draw", "--json")).said)
    shown = await audit(served, "reviews")

    assert first["drawn_now"] >= 1
    assert again["drawn_now"] is None
    [draw] = [one for one in first["draws"] if one["by_system"] == 5 and one["seed"] != "seed"]
    assert (draw["drawn"], draw["judged"]) == (1, 0)
    assert "0 of 1 judged" in shown.said
    assert ERIK not in shown.said


async def test_incident_is_told_in_order_without_a_patient_and_logged_first(
    api: Api, served: Settings, conn: asyncpg.Connection
) -> None:
    case_id = (await api.citizen(ERIK).submit_admitted())["case_id"]
    await api.staff(PHYSICIAN).send(case_id, "note", {"text": "A secret word"})
    entry = await conn.fetchval(LAST_ENTRY)
    now = datetime.now(STOCKHOLM)
    period = (
        *("--from", f"{now - timedelta(minutes=1):%Y-%m-%dT%H:%M:%S}"),
        *("--until", f"{now + timedelta(minutes=1):%Y-%m-%dT%H:%M:%S}"),
        *("--decision", "INC-1"),
    )

    told = await audit(served, "incident", *period, text=token_of(served, OPERATOR))

    assert told.code == 0, told.complained
    lines = [json.loads(line) for line in told.said.splitlines()]
    mine = [(line["source"], line["what"]) for line in lines if case_id in line["case_ids"]]
    assert {("event", "received"), ("event", "noted"), ("access", "note")} <= set(mine)
    assert [line["at"] for line in lines] == sorted(line["at"] for line in lines)
    for secret in (ERIK, "secret"):
        assert secret not in told.said
    rows = await conn.fetch(
        "SELECT staff, action, note, patients::text[] AS patients, case_ids::text[] AS case_ids"
        " FROM access_log WHERE entry > $1",
        entry,
    )
    assert {(row["staff"], row["action"], row["note"]) for row in rows} == {
        (OPERATOR.hsa_id, "export_incident", "INC-1")
    }
    pairs = {pair for row in rows for pair in zip(row["patients"], row["case_ids"], strict=True)}
    assert (ERIK, case_id) in pairs


def around(now: datetime) -> tuple[str, ...]:
    """Return the options of an incident that begins at *now*, or a moment before."""
    begins, ends = now - timedelta(seconds=1), now + timedelta(minutes=5)
    return (
        *("--from", f"{begins:%Y-%m-%dT%H:%M:%S}", "--until", f"{ends:%Y-%m-%dT%H:%M:%S}"),
        *("--decision", "INC-2"),
    )


async def lines_for(served: Settings, who: Employee, since: datetime) -> list[dict[str, Any]]:
    told = await audit(served, "incident", *around(since), text=token_of(served, who))
    assert told.code == 0, told.complained
    return [json.loads(line) for line in told.said.splitlines()]


def about(lines: list[dict[str, Any]], case_id: str) -> list[dict[str, Any]]:
    return [line for line in lines if case_id in line["case_ids"]]


def who_and_where(line: dict[str, Any]) -> tuple[str | None, ...]:
    return (line["actor"], line["commission"], line["unit"], line["provider"])


async def test_reviewer_is_told_of_their_own_care_provider_alone(
    api: Api, served: Settings, conn: asyncpg.Connection
) -> None:
    since = datetime.now(STOCKHOLM)
    own = (await api.citizen(ERIK).submit_admitted())["case_id"]
    await api.staff(PHYSICIAN).send(own, "note", {"text": "Seen."})
    elsewhere = await api.citizen(ERIK).submit_admitted(clinic=BJORKSATRA_OTHER_PROVIDER)
    others = elsewhere["case_id"]
    await api.staff(OTHER_MANAGER).get(f"/v1/cases/{others}")
    entry = await conn.fetchval(LAST_ENTRY)

    reviewed = await lines_for(served, REVIEWER, since)
    logged = await conn.fetch(
        "SELECT unnest(case_ids)::text AS case_id FROM access_log WHERE entry > $1", entry
    )
    operated = await lines_for(served, OPERATOR, since)

    assert about(reviewed, own)
    assert about(reviewed, others) == []
    assert {line["provider"] for line in reviewed} == {"SE5560000000-TEST000"}
    assert others not in {row["case_id"] for row in logged}
    assert {line["source"] for line in about(operated, others)} == {"access", "event"}


async def test_operations_do_not_learn_where_a_protected_patient_is(
    api: Api, served: Settings
) -> None:
    since = datetime.now(STOCKHOLM)
    case_id = (await api.citizen(PROTECTED_GUARDIAN).submit_admitted())["case_id"]
    handler, ordinary = api.staff(HANDLER), (await _case_at_handlers(api))
    await handler.send(case_id, "take")
    await handler.get("/v1/inbox?limit=100")
    await handler.post(
        "/v1/inbox/search", {"identity": PROTECTED_GUARDIAN, "reason": "patient_contact"}
    )

    operated = await lines_for(served, OPERATOR, since)
    reviewed = await lines_for(served, REVIEWER, since)

    masked = about(operated, case_id)
    assert {"take", "taken", "list_inbox", "search_hit"} <= {line["what"] for line in masked}
    assert {who_and_where(line) for line in masked} == {(None,) * 4}
    assert all(line["masked"] for line in masked)
    assert not [line for line in masked if ordinary in line["case_ids"]]
    hours = {line["at"][13:] for line in masked if line["source"] == "access"}
    assert hours == {":00:00Z"}
    searches = [line for line in operated if line["what"] == "search"]
    assert [who_and_where(line) for line in searches] == [(None,) * 4]
    listed = [line for line in about(operated, ordinary) if line["what"] == "list_inbox"]
    assert [line["actor"] for line in listed] == [HANDLER.hsa_id]
    in_full = [line for line in about(reviewed, case_id) if line["what"] in {"take", "taken"}]
    assert {line["actor"] for line in in_full} == {HANDLER.hsa_id}
    assert not [line for line in reviewed if line["masked"]]


async def _case_at_handlers(api: Api) -> str:
    """Return an ordinary case at the protected patient's unit, in the handler's role."""
    case = await api.citizen(ERIK).submit_admitted(clinic=SODERHAMN)
    return str(case["case_id"])


@asynccontextmanager
async def export_held_up(conn: asyncpg.Connection) -> AsyncIterator[None]:
    """Let an export wait on its way into the log until this ends."""
    await conn.execute(
        "CREATE FUNCTION hold_up() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN PERFORM pg_advisory_xact_lock(7); RETURN NEW; END $$"
    )
    await conn.execute(
        "CREATE TRIGGER held_up BEFORE INSERT ON access_log FOR EACH ROW"
        " WHEN (NEW.action = 'export_incident') EXECUTE FUNCTION hold_up()"
    )
    await conn.execute("SELECT pg_advisory_lock(7)")
    try:
        yield
    finally:
        await conn.execute("SELECT pg_advisory_unlock_all()")


async def test_nothing_is_exported_that_was_written_after_the_export_was_logged(
    api: Api, served: Settings, conn: asyncpg.Connection
) -> None:
    since = datetime.now(STOCKHOLM)
    before = (await api.citizen(ERIK).submit_admitted())["case_id"]
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    try:
        async with export_held_up(conn):
            export = asyncio.create_task(lines_for(served, OPERATOR, since))
            async with asyncio.timeout(60):
                while not await conn.fetchval(waiting) and not export.done():
                    pass
            meanwhile = (await api.citizen(PERNILLA).submit_admitted())["case_id"]
            await api.staff(PHYSICIAN).send(meanwhile, "note", {"text": "Seen."})
        lines = await export
    finally:
        await conn.execute("DROP TRIGGER held_up ON access_log")
        await conn.execute("DROP FUNCTION hold_up()")

    assert about(lines, before)
    assert about(lines, meanwhile) == []


@pytest.mark.parametrize(
    ("who", "begins", "said"),
    [
        pytest.param(COORDINATOR, "2026-01-01", "takes the role", id="no such role"),
        pytest.param(OPERATOR, "2026-01-03", "later than", id="ends before it begins"),
        pytest.param(None, "2026-01-01", "token", id="no token"),
    ],
)
async def test_incident_is_for_those_with_the_duty(
    *, served: Settings, conn: asyncpg.Connection, who: Employee | None, begins: str, said: str
) -> None:
    entry = await conn.fetchval(LAST_ENTRY)
    token = token_of(served, who) if who else "x"

    told = await audit(
        *(served, "incident", "--from", begins, "--until", "2026-01-02", "--decision", "INC-1"),
        text=token,
    )

    assert (told.code, told.said) == (1, "")
    assert said in told.complained
    assert await conn.fetchval(LAST_ENTRY) == entry


async def test_message_sent_by_the_command_is_logged_as_one_over_http(
    api: Api, served: Settings, conn: asyncpg.Connection
) -> None:
    case_id = (await api.citizen(ERIK).submit_admitted())["case_id"]
    command = ("case", "signal", case_id, "note", "--staff", PHYSICIAN.hsa_id)

    sent = await arende(served, *command, text='{"text": "Seen."}')

    assert sent.code == 0, sent.complained
    row = await conn.fetchrow(
        "SELECT action, staff, commission, patients::text[] AS patients FROM access_log"
        " WHERE case_ids = ARRAY[$1::uuid]",
        case_id,
    )
    assert row is not None
    assert tuple(row) == ("note", *PHYSICIAN, [ERIK])
