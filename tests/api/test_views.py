"""Views of a case: the promise in words, and what a citizen's timeline leaves out."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from api.timeline import citizen_event
from api.view_texts import ViewTextsError, load_view_texts, promise_text
from domain.actors import ActorKind
from domain.events import Event, EventActor, EventKind
from domain.projection import Projection, project
from domain.vocabulary import CaseState, Escalation, Flag, Urgency
from tests.region import EXAMPLE, SHIPPED
from tests.unit.case_samples import MONDAY, admitted, when_it_is

TEXTS = load_view_texts(SHIPPED / "texts" / "views.toml")
ZONE = ZoneInfo("Europe/Stockholm")
FIRST = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
DUE = datetime(2027, 7, 1, 13, 0, tzinfo=UTC)
NOW = FIRST - timedelta(days=1)
LONG_AFTER = DUE + timedelta(days=60)


def local(at: datetime) -> datetime:
    return at.astimezone(ZONE)


def projection(**known: object) -> Projection:
    """Return a projection of which only *known* matters."""
    fields: dict[str, Any] = dict.fromkeys(Projection.model_fields)
    numbers = ("rev", "reminders", "escalations", "transfers", "returns", "reopens")
    fields |= dict.fromkeys((*numbers, "paused_minutes", "worked_minutes"), 0)
    truths = ("protected", "paused", "overdue", "quarantined")
    fields |= dict.fromkeys((*truths, "first_response_breached", "resolution_breached"), False)
    fields |= {"state": CaseState.QUEUED, "flags": (), "urgency": Urgency.NORMAL}
    fields |= {"escalation": Escalation.NONE, "first_response_by": FIRST, "resolution_by": DUE}
    return Projection.model_validate(fields | known)


@pytest.mark.parametrize(
    ("known", "english"),
    [
        pytest.param(
            {},
            "You will have a first answer by Monday 23 November at 14:00. "
            "Your case will be done by Thursday 1 July at 15:00.",
            id="waiting",
        ),
        pytest.param(
            {"first_response_at": FIRST},
            "Your case will be done by Thursday 1 July at 15:00.",
            id="answered",
        ),
        pytest.param(
            {"overdue": True, "first_response_breached": True},
            "We are late with a first answer and we apologise. "
            "Your case will be done by Thursday 1 July at 15:00.",
            id="first answer late",
        ),
        pytest.param(
            {"overdue": True, "resolution_breached": True},
            "We are late and we apologise. Your case will be done by Thursday 1 July at 15:00.",
            id="late",
        ),
        pytest.param(
            {"state": CaseState.AWAITING_PATIENT, "paused": True, "resolution_by": None},
            "We are waiting for your answer. The time runs again when you have answered.",
            id="paused",
        ),
        pytest.param({"state": CaseState.RESOLVED}, "Your case has been completed.", id="over"),
    ],
)
def test_a_promise_is_told_in_local_time(known: dict[str, Any], english: str) -> None:
    assert promise_text(TEXTS, projection(**known), local, NOW).en == english


@pytest.mark.parametrize(
    ("known", "warned"),
    [
        pytest.param({}, True, id="promised too late"),
        pytest.param({"resolution_by": DUE + timedelta(days=2)}, True, id="moved later still"),
        pytest.param({"resolution_by": FIRST}, False, id="made urgent since"),
        pytest.param({"flags": ()}, False, id="not needed by a day"),
        pytest.param({"paused": True, "resolution_by": None}, False, id="paused"),
        pytest.param({"state": CaseState.RESOLVED}, False, id="over"),
    ],
)
def test_who_needs_it_before_its_promise_is_warned(known: dict[str, Any], warned: bool) -> None:
    flagged = {"flags": (Flag.NEEDED_BEFORE_PROMISE,), "resolution_promised": DUE}

    told = promise_text(TEXTS, projection(**flagged | known), local, NOW)

    assert told.sv.endswith(TEXTS.needed_sooner.sv) is warned
    assert told.en.endswith(TEXTS.needed_sooner.en) is warned


PHONE = (
    "Vi hinner kanske inte läsa ditt ärende före besöket. Ring mottagningen.",
    "We may not have time to read your case before the visit. Phone the clinic.",
)


@pytest.mark.parametrize(
    ("known", "told"),
    [
        pytest.param({}, PHONE, id="nobody has answered"),
        pytest.param({"first_response_at": FIRST}, PHONE, id="answered"),
        pytest.param({"overdue": True, "resolution_breached": True}, PHONE, id="late"),
        pytest.param({"state": CaseState.UNDELIVERABLE}, PHONE, id="nowhere to go"),
        pytest.param(
            {"state": CaseState.AWAITING_PATIENT, "paused": True, "resolution_by": None},
            (f"{PHONE[0]} {TEXTS.paused.sv}", f"{PHONE[1]} {TEXTS.paused.en}"),
            id="asked",
        ),
        pytest.param({"state": CaseState.RESOLVED}, (TEXTS.ended.sv, TEXTS.ended.en), id="over"),
    ],
)
def test_who_has_a_visit_before_any_opening_hour_is_asked_to_phone_and_promised_no_time(
    known: dict[str, Any], told: tuple[str, str]
) -> None:
    flagged = {"flags": (Flag.NO_TIME_BEFORE_VISIT,)}

    text = promise_text(TEXTS, projection(**flagged | known), local, MONDAY)

    assert (text.sv, text.en) == told


@pytest.mark.parametrize("folder", [SHIPPED, EXAMPLE], ids=lambda folder: folder.name)
def test_words_of_danger_call_for_help_before_all_else_while_the_case_is_open(
    folder: Path,
) -> None:
    texts = load_view_texts(folder / "texts" / "views.toml")
    flags = (Flag.NO_TIME_BEFORE_VISIT, Flag.RED_FLAG_WORDS)

    opened = promise_text(texts, projection(flags=flags), local, MONDAY)
    over = promise_text(texts, projection(flags=flags, state=CaseState.RESOLVED), local, MONDAY)

    assert opened.sv == f"{texts.seek_help.sv} {texts.phone_now.sv}"
    assert opened.en == f"{texts.seek_help.en} {texts.phone_now.en}"
    assert over == texts.ended
    for text in (texts.seek_help, texts.safety):
        for words in (text.sv, text.en):
            assert {"112", "1177"} <= set(re.findall(r"\d+", words))


LATE = {"overdue": True, "resolution_breached": True}
WITHOUT_DATE = "Your case is late and we apologise. Phone the clinic if you cannot wait."


@pytest.mark.parametrize(
    ("known", "now", "english"),
    [
        pytest.param(LATE, LONG_AFTER, WITHOUT_DATE, id="every new date has come"),
        pytest.param(LATE, DUE, WITHOUT_DATE, id="it comes now"),
        pytest.param({}, LONG_AFTER, WITHOUT_DATE, id="nobody has said yet that it is late"),
        pytest.param(
            {"flags": (Flag.NEEDED_BEFORE_PROMISE,), "resolution_promised": DUE},
            LONG_AFTER,
            WITHOUT_DATE,
            id="needed by a day",
        ),
        pytest.param(
            {},
            FIRST,
            "We are late with a first answer and we apologise. "
            "Your case will be done by Thursday 1 July at 15:00.",
            id="the first answer alone",
        ),
        pytest.param(
            {"state": CaseState.RESOLVED}, LONG_AFTER, "Your case has been completed.", id="over"
        ),
        pytest.param(
            {"paused": True, "resolution_by": None},
            LONG_AFTER,
            "We are waiting for your answer. The time runs again when you have answered.",
            id="paused",
        ),
    ],
)
def test_no_time_that_has_come_is_promised(
    known: dict[str, Any], now: datetime, english: str
) -> None:
    assert promise_text(TEXTS, projection(**known), local, now).en == english


@pytest.mark.parametrize("folder", [SHIPPED, EXAMPLE], ids=["shipped", "example"])
def test_case_left_alone_promises_no_date_that_has_come(folder: Path) -> None:
    """From its receipt until long after the last notice, hour after hour."""
    texts, case = load_view_texts(folder / "texts" / "views.toml"), admitted()

    shown = []
    for hour in range(24 * 40):
        now = MONDAY + timedelta(hours=hour)
        case = when_it_is(case, now)
        shown.append(promise_text(texts, project(case), local, now))
        told = project(case).resolution_by
        assert told is not None
        assert (shown[-1] == texts.delayed_without_date) is (told <= now)

    assert texts.delayed_without_date in shown[-24 * 7 :]
    assert texts.delayed_without_date not in shown[: 24 * 7]


def test_a_promise_is_told_in_swedish() -> None:
    answered = projection(first_response_at=FIRST)

    told = promise_text(TEXTS, answered, local, NOW).sv
    assert told == "Ditt ärende är klart senast torsdag 1 juli kl. 15:00."


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(("{due}", "{date}"), id="a time there is not"),
        pytest.param(("[ended]", "[finished]"), id="a text is missing"),
        pytest.param(('sv = "', "sv = "), id="no TOML"),
    ],
)
def test_texts_that_cannot_be_used_are_found_at_start(
    tmp_path: Path, change: tuple[str, str]
) -> None:
    file = tmp_path / "views.toml"
    shipped = (SHIPPED / "texts" / "views.toml").read_text(encoding="utf-8")
    file.write_text(shipped.replace(*change), encoding="utf-8")

    with pytest.raises(ViewTextsError):
        load_view_texts(file)


def event(kind: EventKind, actor: ActorKind, **detail: str) -> Event:
    who = EventActor(kind=actor, id="SE5560000000-TEST101", unit="SE5560000000-TEST001")
    return Event(seq=1, at=FIRST, kind=kind, actor=who, action_id="a-1", detail=detail)


def test_a_citizen_is_not_told_who_of_the_staff_it_was() -> None:
    told = event(EventKind.TRANSFERRED, ActorKind.STAFF, reason="Why", disclosure="On", unit="U")

    shown = citizen_event(told)

    assert shown is not None
    assert shown.model_dump(exclude={"at"}) == {
        "seq": 1,
        "kind": "transferred",
        "actor": {"kind": "staff"},
        "detail": {"unit": "U"},
    }


def test_a_citizen_reads_their_own_reason() -> None:
    shown = citizen_event(event(EventKind.WITHDRAWN, ActorKind.CITIZEN, reason="Well again"))

    assert shown is not None
    assert shown.detail == {"reason": "Well again"}


@pytest.mark.parametrize("kind", [EventKind.NOTED, EventKind.ASSIGNED, EventKind.REFUSED])
def test_what_is_internal_is_not_shown(kind: EventKind) -> None:
    assert citizen_event(event(kind, ActorKind.STAFF)) is None
