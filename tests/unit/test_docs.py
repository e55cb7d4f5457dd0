"""The documents say what the code says: words, links, commands, settings and worked times."""

import re
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import typer
from typer.core import TyperGroup

from api.statuses import STATUS_OF
from cli import app
from commands.stuck_cases import Why
from domain.access import AccessAction, AccessKind, SampleMethod, SearchReason, Verdict
from domain.actors import ActorKind
from domain.admission import Undeliverable
from domain.catalogue import AmountUnit, CutOffKind, SystemRoles
from domain.chain import ChainFault
from domain.clocks import ClockChange
from domain.delivery import DeliveryChannel, Template
from domain.events import EventKind
from domain.ladders import Ladder, MarkKind
from domain.legality import LAWFUL_IN, Refusal
from domain.notices import NoticeRule, Recipient
from domain.plan import Plan, PlanRequest
from domain.planning import lay_plan
from domain.retention import Duty, Hindrance
from domain.routing import ChannelDates, Routing
from domain.vocabulary import OPEN_STATES, CaseState, Channel, Escalation, Flag, Outcome, Urgency
from runtime.region import load_region
from runtime.settings import Settings
from runtime.temporal_server import SEARCH_ATTRIBUTES
from store.deliveries import DeliveryState
from store.staff_tasks import TaskKind
from tests.region import ROOT, SHIPPED

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
PROCESS = (ROOT / "docs" / "process.md").read_text("utf-8")
HTTP = (ROOT / "docs" / "http.md").read_text("utf-8")
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text("utf-8")
STOCKHOLM = ZoneInfo("Europe/Stockholm")

ENUMS: tuple[type[StrEnum], ...] = (
    AccessAction,
    AccessKind,
    ActorKind,
    AmountUnit,
    CaseState,
    ChainFault,
    Channel,
    ClockChange,
    CutOffKind,
    DeliveryChannel,
    DeliveryState,
    Duty,
    Escalation,
    EventKind,
    Flag,
    Hindrance,
    Ladder,
    MarkKind,
    NoticeRule,
    Outcome,
    Recipient,
    Refusal,
    Routing,
    TaskKind,
    Template,
    Undeliverable,
    Urgency,
    Why,
    SampleMethod,
    SearchReason,
    Template,
    Undeliverable,
    Urgency,
    Verdict,
)
KINDS = {message.model_fields["kind"].default: states for message, states in LAWFUL_IN.items()}
WORDS = sorted(
    {word.value for words in ENUMS for word in words}
    | {*KINDS, *SystemRoles.model_fields, *ChannelDates.model_fields, *SEARCH_ATTRIBUTES}
)


@pytest.mark.parametrize("word", WORDS)
def test_word_of_the_code_is_explained(word: str) -> None:
    assert f"`{word}`" in PROCESS + GLOSSARY


def test_every_code_stands_beside_its_status() -> None:
    rows = re.findall(r"^\| ([0-9, ]+) \| (.+) \|$", HTTP, re.MULTILINE)
    said = {code: status for status, codes in rows for code in re.findall(r"`(\w+)`", codes)}
    assert said.keys() == STATUS_OF.keys()
    assert all(str(status) in said[code] for code, status in STATUS_OF.items())


@pytest.mark.parametrize("kind", KINDS)
def test_message_table_names_the_lawful_states(kind: str) -> None:
    row = next(line for line in PROCESS.splitlines() if line.startswith(f"| `{kind}` |"))
    said = row.split("|")[4].strip()
    named = set(re.findall(r"`(\w+)`", said))
    assert KINDS[kind] == (OPEN_STATES - named if said.startswith("open") else named)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_relative_links_lead_somewhere(page: Path) -> None:
    text = page.read_text("utf-8")
    targets = re.findall(r"\]\(([^)\s]+)\)|(?:src|srcset)=\"([^\"]+)\"", text)
    local = [one or other for one, other in targets if "://" not in one + other]
    files = [target.partition("#")[0] for target in local]
    assert [file for file in files if not (page.parent / file).exists()] == []


def code_in(page: Path) -> Iterator[str]:
    """Yield the fenced blocks and the code spans of a page."""
    parts = re.split(r"^```.*$", page.read_text("utf-8"), flags=re.MULTILINE)
    yield from parts[1::2]
    for prose in parts[::2]:
        yield from re.findall(r"`([^`\n]+)`", prose)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_exists(page: Path) -> None:
    for code in code_in(page):
        for words in re.findall(r"\barende((?: [a-z][a-z-]+)+)", code):
            command = typer.main.get_command(app)
            for word in words.split():
                if isinstance(command, TyperGroup):
                    assert word in command.commands, f"arende{words}"
                    command = command.commands[word]


def variables_of_settings() -> set[str]:
    """Return the names under which every field of the settings is read."""
    return {
        str(field.validation_alias or f"ARENDE_{name.upper()}")
        for name, field in Settings.model_fields.items()
    }


def test_env_example_names_every_setting() -> None:
    text = (ROOT / ".env.example").read_text("utf-8")
    named = set(re.findall(r"^#?((?:ARENDE|TEMPORAL|OTEL)_[A-Z_]+)=", text, re.MULTILINE))
    assert named == variables_of_settings()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_variable_is_a_setting(page: Path) -> None:
    named = set(re.findall(r"\bARENDE_[A-Z_]*[A-Z]", page.read_text("utf-8")))
    assert named <= variables_of_settings()


def worked_example() -> dict[str, Plan]:
    """Return the plans of the example in docs/process.md, by the name before each table."""
    region = load_region(SHIPPED)
    entry = region.catalogue.find_service("prescription_renewal")
    assert entry is not None
    received_at, asked_at, answered_at = (
        datetime.fromisoformat(f"{local}:00").replace(tzinfo=STOCKHOLM)
        for local in ("2026-11-20T16:00", "2026-11-24T10:00", "2026-11-26T14:30")
    )
    first = PlanRequest(
        change=ClockChange.ADMITTED,
        at=received_at,
        rules=entry.handling,
        calendar=region.calendar_for(None, received_at),
        urgency=Urgency.NORMAL,
        received_at=received_at,
    )
    admitted = lay_plan(first)
    asking = {"change": ClockChange.PAUSED, "at": asked_at, "asked_at": asked_at}
    known = {"clocks": admitted.clocks, "first_response_due": False}
    asked = lay_plan(first.model_copy(update=asking | known))
    answering = {"change": ClockChange.RESUMED, "at": answered_at, "clocks": asked.clocks}
    answered = lay_plan(first.model_copy(update=known | answering))
    return {"admitted": admitted, "asked": asked, "answered": answered}


@pytest.mark.parametrize("name", ["admitted", "asked", "answered"])
def test_worked_example_is_what_the_code_computes(name: str) -> None:
    section = PROCESS.split(f"<!-- example: {name} -->")[1]
    rows = section.split("\n\n")[1].splitlines()[2:]
    marks = [mark for mark in worked_example()[name].marks if mark.kind is not MarkKind.OVERDUE]
    assert rows == [
        f"| {mark.at.astimezone(STOCKHOLM):%a %d %b %H:%M} | {mark.ladder} | "
        f"{mark.kind}{f' {mark.step}' if mark.step else ''} |"
        for mark in marks
    ]
