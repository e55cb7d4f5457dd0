"""What operations read in clear: where a case stands, and nothing of the patient."""

import re

import pytest

from domain import ops_texts
from domain.admission import Undeliverable
from domain.case import Case
from domain.messages import AskPatient, MarkUrgent, Reply
from domain.vocabulary import CaseState
from tests.unit import case_samples as samples
from tests.unit.case_samples import MONDAY, admitted, after, in_state, when_it_is
from tests.unit.opening_samples import at

SHAPE = re.compile(r"^ops: [a-zA-Z0-9_:,/ \-]+$")


@pytest.mark.parametrize(
    ("state", "details"),
    [
        ("received", "ops: received, waits for the registers to admit it"),
        (
            "queued",
            "ops: queued at SE0000000001-A, role PV/lakare/recept, waits for someone to take it, "
            "first response by 2026-09-08 15:00 UTC, resolution by 2026-09-11 15:00 UTC",
        ),
        (
            "assigned",
            "ops: assigned at SE0000000001-A, role PV/lakare/recept, waits for its assignee, "
            "first response by 2026-09-08 15:00 UTC, resolution by 2026-09-11 15:00 UTC",
        ),
        (
            "awaiting_patient",
            "ops: awaiting_patient at SE0000000001-A, role PV/lakare/recept, "
            "waits for the patient to answer",
        ),
        (
            "resolved",
            "ops: resolved at SE0000000001-A, role PV/lakare/recept, "
            "can be reopened until it closes",
        ),
        ("closed", "ops: closed at SE0000000001-A, role PV/lakare/recept, is closed"),
        (
            "undeliverable",
            "ops: undeliverable at SE0000000001-A, role PV/lakare/recept, "
            "waits for a unit with somebody in the role, "
            "first response by 2026-09-08 15:00 UTC, resolution by 2026-09-11 15:00 UTC",
        ),
        ("rejected", "ops: rejected, was refused by the gate"),
    ],
)
def test_details_say_what_a_case_waits_for(state: str, details: str) -> None:
    assert ops_texts.current_details(in_state(state)) == details


def test_details_say_how_far_up_a_late_case_was_told_and_that_it_is_quarantined() -> None:
    late = when_it_is(admitted(), at("2026-09-14 17:00"))

    assert ops_texts.current_details(late, quarantined=True).endswith(
        "overdue, told to operations, quarantined: the database refuses its record"
    )


def test_next_timer_is_told() -> None:
    assert ops_texts.mark_of(admitted()) == "ops: first_response warning 50 at 2026-09-07 15:00 UTC"
    assert ops_texts.mark_of(in_state("closed")) == ""


def secret_case() -> Case:
    """Return a case with a secret in everything a person may write."""
    case = after(admitted(), samples.take(), MONDAY)
    spoken = (
        AskPatient(action_id="1", actor=samples.ASSIGNEE, text="CANARY"),
        Reply(action_id="2", actor=samples.ASSIGNEE, text="CANARY"),
        MarkUrgent(action_id="3", actor=samples.ASSIGNEE, reason="CANARY"),
    )
    for message in spoken:
        case = after(case, message, MONDAY)
    secret = case.submission.model_copy(update={"answers": {"message": "CANARY"}})
    return case.model_copy(update={"submission": secret})


def texts_of(case: Case) -> list[str]:
    marks = case.plan.marks if case.plan else ()
    return [
        ops_texts.current_details(case, quarantined=True),
        *(ops_texts.timer_summary(mark) for mark in marks),
    ]


def test_nothing_a_person_wrote_or_is_gets_into_a_text() -> None:
    case = secret_case()

    for text in texts_of(case):
        assert SHAPE.fullmatch(text)
        for private in ("CANARY", samples.PATIENT.id, samples.GUARDIAN.id, "SE0000000001-D1"):
            assert private not in text


@pytest.mark.parametrize("state", list(CaseState))
def test_unit_and_role_of_a_protected_person_are_not_told(state: CaseState) -> None:
    known = samples.admission().model_copy(update={"protected": True})
    case = admitted(known).model_copy(update={"state": state})

    for text in texts_of(case):
        assert samples.UNIT not in text
        assert samples.ROLE not in text


@pytest.mark.parametrize("reason", list(Undeliverable))
def test_texts_fit_what_the_codec_lets_through(reason: Undeliverable) -> None:
    known = samples.admission(undeliverable=reason)
    longest = samples.route(unit="SE" + "1" * 10 + "-" + "A" * 18, role="PV/" + "x" * 60)
    case = when_it_is(admitted(known), at("2026-10-09 17:00"))
    case = case.model_copy(update={"route": longest})

    assert all(text.startswith("ops: ") and len(text) < 398 for text in texts_of(case))


@pytest.mark.parametrize(
    "text",
    [
        ops_texts.RECEIVED,
        ops_texts.ADMITTING,
        ops_texts.RECORDING,
        ops_texts.PLANNING,
        ops_texts.RECORD_AGAIN,
    ],
)
def test_fixed_texts_carry_the_mark(text: str) -> None:
    assert SHAPE.fullmatch(text)
