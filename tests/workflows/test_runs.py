"""What a life costs the engine and the database, and how a long one goes on as a new run."""

from datetime import datetime, timedelta

import pytest

from domain.events import is_unbroken
from domain.projection import Snapshot
from domain.region import Region
from domain.vocabulary import Outcome
from tests.workflows import saying
from tests.workflows.people import PATIENT, PHYSICIAN
from tests.workflows.renewal import RENEWAL
from tests.workflows.running import Handle, RunningCases, submission_of
from workflows import options
from workflows.case import CaseWorkflow

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
SHORT_RUN = 100
MOST_EVENTS = 95
MOST_COMMITS = 8


async def queued(cases: RunningCases, received_at: datetime | None = None) -> Handle:
    received_at = received_at or cases.monday
    submission = submission_of("prescription_renewal", RENEWAL, PATIENT, received_at)
    handle = await cases.start(submission)
    await cases.until_state(handle, "queued")
    await cases.quiet(handle)
    return handle


def kinds(snapshot: Snapshot) -> list[str]:
    return [event.kind.value for event in snapshot.events]


async def test_two_activities_bring_a_case_to_the_inbox(cases: RunningCases) -> None:
    handle = await queued(cases)

    types = await cases.event_types(handle)

    assert types.count("activity_task_scheduled") + types.count("marker_recorded") == 2
    assert cases.valve.lent == 2


async def test_ordinary_life_keeps_its_budgets(cases: RunningCases, region: Region) -> None:
    """Submit, take, ask, answer, resolve, close, with time for each to be recorded apart."""
    open_now = region.calendars.default.before(cases.now, timedelta(minutes=1))
    handle = await queued(cases, open_now)
    for message in (saying.take(), saying.ask(), saying.answer(), saying.resolve()):
        await cases.act(handle, message)
        await cases.quiet(handle)
    await cases.pass_time(handle, 15 * DAY)
    await handle.result()

    types = await cases.event_types(handle)

    own = [each for each in types if "time_skipping" not in each and "options" not in each]
    assert len(own) <= MOST_EVENTS
    assert cases.valve.lent <= MOST_COMMITS


@pytest.fixture
def short_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a case go on as a new run after few events."""
    monkeypatch.setattr(options, "CONTINUE_AT_EVENTS", SHORT_RUN)


async def has_gone_on(handle: Handle) -> bool:
    """Whether the case is in another run than its first."""
    return (await handle.describe()).run_id != handle.first_execution_run_id


@pytest.mark.usefixtures("short_runs")
async def test_long_life_goes_on_as_a_new_run_with_all_it_knew(cases: RunningCases) -> None:
    handle = await queued(cases)
    await cases.act(handle, saying.take())
    await cases.act(handle, saying.ask())
    before = await cases.view(handle)
    told = [saying.note(f"Note {number}") for number in range(30)]

    for note in told:
        await cases.act(handle, note)
    row = await cases.recorded(handle)

    assert await has_gone_on(handle)
    assert [event.detail.get("text") for event in row.events[4:]] == [note.text for note in told]
    assert is_unbroken(row.events)
    assert row.projection.next_mark_at == before.projection.next_mark_at
    assert row.projection.paused
    again = await cases.act(handle, told[0])
    assert len(again.snapshot.events) == len(row.events)
    reused = saying.take().model_copy(update={"action_id": told[0].action_id})
    assert await cases.refusal(handle, reused) == "action_id_reused"


@pytest.mark.usefixtures("short_runs")
async def test_refused_signal_is_refused_also_in_the_next_run(cases: RunningCases) -> None:
    handle = await queued(cases)
    early = saying.reply()
    await handle.signal(CaseWorkflow.reply, early)
    await cases.act(handle, saying.take())

    for number in range(25):
        await cases.act(handle, saying.note(f"Note {number}"))

    assert await has_gone_on(handle)
    assert await cases.refusal(handle, early) == "not_lawful_now"


@pytest.mark.usefixtures("short_runs")
async def test_new_run_takes_over_what_is_not_recorded_yet(cases: RunningCases) -> None:
    handle = await queued(cases)
    await cases.act(handle, saying.take())
    await cases.recorded(handle)
    cases.valve.is_shut = True

    for number in range(30):
        await cases.act(handle, saying.reply(f"Reply {number}"))
    view = await cases.view(handle)
    assert await has_gone_on(handle)
    cases.valve.is_shut = False

    await cases.pass_time(handle, timedelta(minutes=2))
    row = await cases.recorded(handle)
    assert row.events == view.events
    async with cases.pool.acquire() as conn:
        replies = await conn.fetchval("SELECT count(*) FROM notices WHERE rule = 'reply'")
    assert replies == 30


@pytest.mark.usefixtures("short_runs")
async def test_deadlines_hold_across_runs(cases: RunningCases) -> None:
    handle = await queued(cases)
    for number in range(10):
        await handle.signal(CaseWorkflow.note, saying.note(f"Note {number}"))
    view = await cases.recorded(handle)
    while view.projection.next_mark_at is not None:
        await cases.move_to(handle, view.projection.next_mark_at)
        view = await cases.recorded(handle)
    await cases.act(handle, saying.take(PHYSICIAN))
    await cases.act(handle, saying.resolve())
    assert await has_gone_on(handle)
    await cases.pass_time(handle, 15 * DAY)
    end = await handle.result()
    row = await cases.row(handle)

    assert end.outcome == Outcome.APPROVED
    assert row is not None
    assert row.projection.escalations == 7
    assert kinds(row).count("delayed") == 1
    assert kinds(row)[-1] == "closed"
    assert is_unbroken(row.events)


@pytest.mark.usefixtures("short_runs")
async def test_burst_of_messages_at_the_turn_of_a_run_loses_none(cases: RunningCases) -> None:
    handle = await queued(cases)
    await cases.act(handle, saying.take())
    for number in range(60):
        await handle.signal(CaseWorkflow.note, saying.note(f"Note {number}"))
        if number % 20 == 0:
            await cases.act(handle, saying.ask())
            await cases.act(handle, saying.answer())

    row = await cases.recorded(handle)
    await cases.quiet(handle)  # so that the replay gets no history that ends within a task

    assert kinds(row).count("noted") == 60
    assert await has_gone_on(handle)
    assert is_unbroken(row.events)
