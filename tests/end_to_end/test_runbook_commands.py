"""Commands that the runbook needs: what they refuse, and what they say to programs."""

import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from temporalio.client import Client
from temporalio.common import SearchAttributePair, TypedSearchAttributes
from typer.testing import CliRunner

from cli import app
from runtime.calendars import load_region_calendar
from tests.end_to_end.runbook import is_in, steps_of
from tests.ports import free_port
from tests.region import SHIPPED
from tests.workflows.command import arende
from workflows.options import TASK_QUEUE
from workflows.signs import CASE_QUARANTINED, CASE_STATE

RUNNER = CliRunner()
CASE_ID = "6f1c2f0e-7f43-4d5e-9a51-0c3f5d0f2b7a"


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    """A profile of which only the calendar is there."""
    shutil.copy(SHIPPED / "calendar.toml", tmp_path)
    return tmp_path


def calendar(*arguments: str, profile: Path) -> tuple[int, str]:
    ended = RUNNER.invoke(app, ["calendar", *arguments, "--profile", str(profile)])
    return ended.exit_code, ended.output


def test_extended_calendar_differs_in_nothing_but_its_last_year(profile: Path) -> None:
    before = load_region_calendar(profile / "calendar.toml")

    assert calendar("extend", "2070", profile=profile) == (0, "holidays known to 2070-12-31\n")

    text = (profile / "calendar.toml").read_text(encoding="utf-8")
    shipped = (SHIPPED / "calendar.toml").read_text(encoding="utf-8")
    assert text == shipped.replace("last_year = 2062", "last_year = 2070")
    after = load_region_calendar(profile / "calendar.toml")
    known = [day for day in after.default.closed_on if day <= before.covers_to]
    assert known == list(before.default.closed_on)
    assert [path.name for path in profile.iterdir()] == ["calendar.toml"]


@pytest.mark.parametrize(
    ("year", "why"),
    [("2062", "must be a later one"), ("2150", "holidays.first_year, last_year")],
    ids=["known already", "beyond the library"],
)
def test_refused_year_leaves_the_calendar_alone(profile: Path, year: str, why: str) -> None:
    code, said = calendar("extend", year, profile=profile)

    assert code == 1
    assert why in said
    assert (profile / "calendar.toml").read_bytes() == (SHIPPED / "calendar.toml").read_bytes()


def test_shown_year_has_holidays_eves_and_the_region_s_own_days(profile: Path) -> None:
    file = profile / "calendar.toml"
    own = '[[special_days]]\non = 2027-01-05\nhours = ["08:00-12:00"]\n'
    text = file.read_text(encoding="utf-8").replace(
        "\nclosed_days = []", "\nclosed_days = [2027-05-07]"
    )
    file.write_text(f"{text}\n{own}", encoding="utf-8")

    assert calendar("show", "2027", profile=profile) == (
        0,
        "Fri 2027-01-01  closed\n"
        "Tue 2027-01-05  08:00-12:00\n"
        "Wed 2027-01-06  closed\n"
        "Fri 2027-03-26  closed\n"
        "Mon 2027-03-29  closed\n"
        "Thu 2027-05-06  closed\n"
        "Fri 2027-05-07  closed\n"
        "Fri 2027-06-25  closed\n"
        "Fri 2027-12-24  closed\n"
        "Fri 2027-12-31  closed\n",
    )
    assert calendar("show", "2063", profile=profile)[0] == 1


@pytest.mark.parametrize("year", range(2026, 2061))
def test_page_of_the_calendar_expects_what_each_year_shows(year: int) -> None:
    [page] = [step for step in steps_of("yearly-calendar") if "calendar show" in step.commands]
    expected = [line for line in page.said if "errors" not in line]

    code, shown = calendar("show", str(year), profile=SHIPPED)

    assert code == 0
    assert expected
    assert [line for line in expected if not is_in(line, shown)] == []


module_loop = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def address(temporal_port: int) -> AsyncIterator[str]:
    """A Temporal in which one case is quarantined and another waits as it should; no worker."""
    address = f"127.0.0.1:{temporal_port}"
    client = await Client.connect(address)
    for case_id, is_quarantined in ((CASE_ID, True), ("9" + CASE_ID[1:], False)):
        pairs: list[SearchAttributePair[Any]] = [
            SearchAttributePair(CASE_STATE, "queued"),
            SearchAttributePair(CASE_QUARANTINED, is_quarantined),
        ]
        await client.start_workflow(
            "CaseWorkflow",
            id=f"case-{case_id}",
            task_queue=TASK_QUEUE,
            search_attributes=TypedSearchAttributes(pairs),
        )
    yield address


@module_loop
async def test_stuck_case_is_named_and_asked_again(address: str, tmp_path: Path) -> None:
    ended = await arende(address, tmp_path, "case", "stuck", "--json")
    while ended.said == "[]\n":  # lists follow a moment later
        ended = await arende(address, tmp_path, "case", "stuck", "--json")
    asked = await arende(address, tmp_path, "case", "retry")

    assert ended.code == 3
    assert [(one["case_id"], one["why"]) for one in json.loads(ended.said)] == [
        (CASE_ID, "quarantined")
    ]
    assert (asked.code, asked.said) == (0, "quarantined: 1 asked\nundeliverable: 0 asked\n")
    client = await Client.connect(address)
    signals = [
        event.workflow_execution_signaled_event_attributes.signal_name
        async for event in client.get_workflow_handle(f"case-{CASE_ID}").fetch_history_events()
        if event.HasField("workflow_execution_signaled_event_attributes")
    ]
    assert signals == ["record_again"]


async def test_without_temporal_neither_guesses(tmp_path: Path) -> None:
    nowhere = f"127.0.0.1:{free_port()}"

    for command in ("stuck", "retry"):
        ended = await arende(nowhere, tmp_path, "case", command)
        assert (ended.code, ended.said) == (1, "")
