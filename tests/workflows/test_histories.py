"""Histories of earlier cases still replay, and the ordinary life still asks for the same."""

from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from domain.region import Region
from runtime.temporal import data_converter
from runtime.temporal_server import NAMESPACE
from tests.region import ROOT
from tests.workflows.conftest import TEST_KEYS
from tests.workflows.lives import LIVES, SHORT_RUN
from tests.workflows.running import RunningCases
from worker import sandbox
from workflows import options
from workflows.case import CaseWorkflow

HISTORIES = sorted((ROOT / "tests" / "histories").glob("*.json"))
COMMANDS = {
    *("activity_task_scheduled", "marker_recorded", "timer_started", "timer_canceled"),
    *("upsert_workflow_search_attributes", "workflow_execution_update_accepted"),
    *("workflow_execution_update_completed", "workflow_execution_completed"),
}


@pytest.mark.parametrize("file", HISTORIES, ids=lambda file: file.stem)
async def test_recorded_life_replays_with_the_present_code(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if file.stem.startswith("continued"):
        monkeypatch.setattr(options, "CONTINUE_AT_EVENTS", SHORT_RUN)
    replayer = Replayer(
        workflows=[CaseWorkflow],
        workflow_runner=sandbox(),
        data_converter=data_converter(TEST_KEYS, NAMESPACE),
    )

    await replayer.replay_workflow(history_in(file))


def history_in(file: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json("case-recorded", file.read_text(encoding="utf-8"))


def test_every_life_is_recorded() -> None:
    assert {file.stem for file in HISTORIES} >= {*LIVES, "continued_1"}


async def test_ordinary_life_asks_the_engine_for_the_same_in_the_same_order(
    cases: RunningCases, region: Region
) -> None:
    """A change here breaks the open cases of the last release: record its histories first."""
    handle = await LIVES["ordinary"](cases, region)

    types = await cases.event_types(handle)

    assert [each for each in types if each in COMMANDS] == ORDINARY


SHOW, RECORD = "upsert_workflow_search_attributes", "activity_task_scheduled"
HEARD, ANSWERED = "workflow_execution_update_accepted", "workflow_execution_update_completed"
REARM = ("timer_canceled", "timer_started")
PLAN = "marker_recorded"
ORDINARY = [
    *(SHOW, "activity_task_scheduled"),  # admission
    *(SHOW, "timer_started", RECORD),
    *(HEARD, SHOW, RECORD, ANSWERED, *REARM),  # take
    *(HEARD, SHOW, "timer_canceled", PLAN, "timer_started", RECORD, ANSWERED),  # ask
    *(HEARD, SHOW, "timer_canceled", PLAN, SHOW, "timer_started", RECORD, ANSWERED),  # answer
    *(HEARD, SHOW, "timer_canceled", PLAN, "timer_started", RECORD, ANSWERED),  # resolve
    *(SHOW, RECORD, "workflow_execution_completed"),  # close
]
