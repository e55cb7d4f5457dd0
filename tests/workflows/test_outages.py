"""PostgreSQL away, refusing or restored: the case goes on, and its row catches up or is left."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from domain.events import is_unbroken
from domain.projection import Snapshot
from domain.vocabulary import Outcome
from tests.workflows import saying
from tests.workflows.losing import LOSE_ALL
from tests.workflows.people import PATIENT
from tests.workflows.renewal import RENEWAL
from tests.workflows.running import Handle, RunningCases, submission_of
from workflows.case import CaseWorkflow

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


async def started(cases: RunningCases) -> Handle:
    submission = submission_of("prescription_renewal", RENEWAL, PATIENT, cases.monday)
    return await cases.start(submission)


async def queued(cases: RunningCases) -> Handle:
    handle = await started(cases)
    await cases.until_state(handle, "queued")
    await cases.recorded(handle)
    return handle


def kinds(snapshot: Snapshot) -> list[str]:
    return [event.kind.value for event in snapshot.events]


async def until_quarantined(cases: RunningCases, handle: Handle, *, wanted: bool) -> None:
    """Wait until operations can see it; the test's timeout is the limit."""
    while (await attributes(handle)).get("CaseQuarantined") is not wanted:
        await cases.view(handle)


async def attributes(handle: Handle) -> dict[str, object]:
    description = await handle.describe()
    return {pair.key.name: pair.value for pair in description.typed_search_attributes}


@asynccontextmanager
async def refusing(cases: RunningCases) -> AsyncIterator[None]:
    """Let PostgreSQL refuse every change of a case as a wrong value (SQLSTATE 22023)."""
    async with cases.pool.acquire() as conn:
        await conn.execute(_REFUSE)
    yield
    async with cases.pool.acquire() as conn:
        await conn.execute("DROP TRIGGER refuse ON cases")


_REFUSE = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'CANARY' USING ERRCODE = '22023';
END $$;
CREATE TRIGGER refuse BEFORE UPDATE ON cases FOR EACH ROW EXECUTE FUNCTION refuse();
"""


async def test_dead_database_delays_no_deadline_and_all_is_recorded_when_it_is_back(
    cases: RunningCases,
) -> None:
    handle, breach = await queued(cases), cases.monday + DAY + 9 * HOUR
    await cases.move_to(handle, breach - 5 * MINUTE)
    before = await cases.recorded(handle)
    writes = cases.valve.lent

    cases.valve.is_shut = True
    await cases.act(handle, saying.take())
    await cases.act(handle, saying.note())
    late = await cases.move_to(handle, breach)
    assert kinds(late)[-3:] == ["taken", "noted", "escalated"]
    assert late.events[-1].at < breach + MINUTE
    assert (await cases.row(handle)) == before
    assert cases.valve.turned_away > 0

    cases.valve.is_shut = False
    await cases.pass_time(handle, 2 * MINUTE)  # the next try is at most a minute away
    row = await cases.recorded(handle)
    assert row.events == late.events
    assert is_unbroken(row.events)
    assert cases.valve.lent - writes <= 2  # the write that waited, and one with all the rest


async def test_case_received_while_postgresql_is_away_is_admitted_when_it_is_back(
    cases: RunningCases,
) -> None:
    cases.valve.is_shut = True
    handle = await started(cases)
    assert (await cases.view(handle)).projection.state == "received"

    cases.valve.is_shut = False
    row = await cases.until_state(handle, "queued")

    assert row.projection.resolution_promised == cases.monday + 4 * DAY + 9 * HOUR


async def test_refused_record_quarantines_the_case_which_goes_on(cases: RunningCases) -> None:
    handle = await queued(cases)
    async with refusing(cases):
        await cases.act(handle, saying.take())
        await until_quarantined(cases, handle, wanted=True)

        asked = await cases.act(handle, saying.ask())
        assert asked.snapshot.projection.quarantined
        assert asked.snapshot.projection.state == "awaiting_patient"

    await handle.signal(CaseWorkflow.record_again)
    row = await cases.recorded(handle)
    await until_quarantined(cases, handle, wanted=False)

    assert kinds(row) == ["received", "admitted", "taken", "patient_asked"]
    assert not row.projection.quarantined
    assert not (await cases.view(handle)).projection.quarantined


async def test_line_of_a_quarantined_case_names_what_refused_it(
    cases: RunningCases, caplog: pytest.LogCaptureFixture
) -> None:
    handle = await queued(cases)
    async with cases.pool.acquire() as conn:
        await conn.execute(
            "ALTER TABLE cases ADD CONSTRAINT nobody_takes CHECK (assigned_to IS NULL) NOT VALID"
        )
    await cases.act(handle, saying.take())
    await until_quarantined(cases, handle, wanted=True)
    async with cases.pool.acquire() as conn:
        await conn.execute("ALTER TABLE cases DROP CONSTRAINT nobody_takes")
    await handle.signal(CaseWorkflow.record_again)
    await until_quarantined(cases, handle, wanted=False)

    [line] = [one for one in caplog.records if str(one.msg).startswith("case_quarantined")]
    names = {"sqlstate": "23514", "table": "cases", "constraint": "nobody_takes"}
    assert vars(line)["fields"] == names


async def test_word_to_try_again_during_an_attempt_is_not_lost(cases: RunningCases) -> None:
    handle = await queued(cases)
    async with refusing(cases):
        async with cases.pool.acquire() as conn, conn.transaction():
            await conn.execute("SELECT FROM cases WHERE case_id = $1 FOR UPDATE", handle.id[5:])
            await handle.signal(CaseWorkflow.take, saying.take())
            tries = cases.valve.lent
            while cases.valve.lent == tries:
                await cases.view(handle)
            await handle.signal(CaseWorkflow.record_again)
            await cases.view(handle)
        while cases.valve.lent < tries + 2:  # an hour has not passed
            await cases.view(handle)

    await handle.signal(CaseWorkflow.record_again)
    assert kinds(await cases.recorded(handle)) == ["received", "admitted", "taken"]


async def test_quarantined_case_tries_again_each_hour(cases: RunningCases) -> None:
    handle = await queued(cases)
    async with refusing(cases):
        await cases.act(handle, saying.take())
        await until_quarantined(cases, handle, wanted=True)

    await cases.pass_time(handle, 61 * MINUTE)

    assert kinds(await cases.recorded(handle))[-1] == "taken"


async def test_quarantined_case_does_not_end_before_it_is_recorded(cases: RunningCases) -> None:
    handle = await queued(cases)
    await cases.act(handle, saying.withdraw())
    await cases.pass_time(handle, 14 * DAY - HOUR)
    await cases.recorded(handle)
    async with refusing(cases):
        await cases.pass_time(handle, 2 * HOUR)
        await until_quarantined(cases, handle, wanted=True)
        assert (await cases.view(handle)).projection.state == "closed"
        assert not (await handle.describe()).close_time

    await handle.signal(CaseWorkflow.record_again)

    assert (await handle.result()).outcome == Outcome.WITHDRAWN


async def test_admission_that_cannot_be_written_is_quarantined_and_healed(
    cases: RunningCases,
) -> None:
    async with cases.pool.acquire() as conn:
        await conn.execute("ALTER TABLE cases RENAME TO elsewhere")
    handle = await started(cases)
    await until_quarantined(cases, handle, wanted=True)
    async with cases.pool.acquire() as conn:
        await conn.execute("ALTER TABLE elsewhere RENAME TO cases")

    await handle.signal(CaseWorkflow.record_again)
    await cases.until_state(handle, "queued")

    await until_quarantined(cases, handle, wanted=False)


async def test_row_ahead_of_its_workflow_is_not_overwritten(cases: RunningCases) -> None:
    handle = await queued(cases)
    async with cases.pool.acquire() as conn:
        await conn.execute("UPDATE cases SET rev = 100, unit_name = 'As restored'")
    ahead = await cases.row(handle)

    await cases.act(handle, saying.take())
    await until_quarantined(cases, handle, wanted=True)
    await handle.signal(CaseWorkflow.record_again)
    await cases.act(handle, saying.ask())

    assert await cases.row(handle) == ahead


async def test_row_that_went_another_way_is_not_overwritten_however_far_the_case_goes(
    cases: RunningCases,
) -> None:
    """The engine was restored from an old copy: the row tells of events it does not know."""
    handle = await queued(cases)
    async with cases.pool.acquire() as conn:
        await conn.execute(
            "INSERT INTO case_events (case_id, seq, at, kind, actor, detail, hash)"
            ' SELECT case_id, 3, now(), \'withdrawn\', \'{"kind": "citizen", "id": "x"}\','
            " '{}', 'another' FROM cases"
        )
    ahead = await cases.row(handle)

    await cases.act(handle, saying.take())
    await until_quarantined(cases, handle, wanted=True)
    for _ in range(5):
        await cases.act(handle, saying.note())

    assert await cases.row(handle) == ahead


async def test_lost_row_is_rebuilt_with_everything(cases: RunningCases) -> None:
    handle = await queued(cases)
    await cases.act(handle, saying.take())
    before = await cases.recorded(handle)
    async with cases.pool.acquire() as conn:
        await conn.execute(LOSE_ALL)

    await handle.signal(CaseWorkflow.record_again)
    row = await cases.until_row(handle, rev=before.projection.rev + 1)

    assert row.events == before.events
    assert row.submission == before.submission
    assert row.projection == before.projection.model_copy(update={"rev": row.projection.rev})


async def test_rebuilding_a_row_tells_nobody_of_old_news_again(cases: RunningCases) -> None:
    handle = await queued(cases)
    await cases.move_to(handle, cases.monday + 9 * HOUR)
    await cases.recorded(handle)
    async with cases.pool.acquire() as conn:
        await conn.execute(LOSE_ALL)

    await handle.signal(CaseWorkflow.record_again)
    await cases.recorded(handle)

    async with cases.pool.acquire() as conn:
        assert await conn.fetchval("SELECT count(*) FROM notices") == 0
