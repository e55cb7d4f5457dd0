"""What each message does to a case: its state, its owner, who is told and what is remembered."""

from datetime import timedelta

import pytest

from domain.admission import Admission, Undeliverable
from domain.case import Case
from domain.clocks import ClockChange
from domain.events import EventKind, is_unbroken
from domain.messages import (
    AnyMessage,
    Assign,
    Colleague,
    Destination,
    Documented,
    Note,
    Return,
    Transfer,
)
from domain.progress import admit, redeliver
from domain.projection import project
from domain.transitions import apply, noted_refusal
from domain.vocabulary import CaseState, Flag, Outcome, Urgency
from tests.unit import case_samples as samples
from tests.unit.case_samples import MONDAY, admitted, after, in_state
from tests.unit.opening_samples import EMERGENCY, HEALTH_CENTRE, HOUR

NOW = MONDAY + 2 * HOUR
COLLEAGUE = Colleague(id="SE0000000001-D2", unit=samples.UNIT, roles=(samples.ROLE,))
ASSIGN = Assign(action_id="x", actor=samples.COORDINATOR, to="SE0000000001-D2", colleague=COLLEAGUE)
RETURN = Return(action_id="x", actor=samples.ASSIGNEE, reason="Not mine")
NOTE = Note(action_id="x", actor=samples.ASSIGNEE, text="Called the pharmacy.")


def transfer(*, has_holder: bool = True, disclosure: str | None = None) -> Transfer:
    unit = samples.FOREIGN_UNIT if disclosure else samples.OTHER_UNIT
    provider = samples.FOREIGN_PROVIDER if disclosure else samples.PROVIDER
    return Transfer(
        action_id="x",
        actor=samples.COORDINATOR,
        reason="The patient has moved.",
        disclosure=disclosure,
        destination=Destination(
            route=samples.route(unit, provider), calendar=EMERGENCY, has_holder=has_holder
        ),
    )


@pytest.mark.parametrize(
    ("before", "message", "state", "assigned_to", "event"),
    [
        ("queued", samples.take(), "assigned", "SE0000000001-D1", "taken"),
        ("assigned", RETURN, "queued", None, "returned"),
        ("queued", ASSIGN, "assigned", "SE0000000001-D2", "assigned"),
        ("assigned", ASSIGN, "assigned", "SE0000000001-D2", "assigned"),
        ("awaiting_patient", ASSIGN, "awaiting_patient", "SE0000000001-D2", "assigned"),
        ("assigned", transfer(), "queued", None, "transferred"),
        ("awaiting_patient", transfer(), "queued", None, "transferred"),
        ("undeliverable", transfer(), "queued", None, "transferred"),
        ("queued", transfer(has_holder=False), "undeliverable", None, "transferred"),
        ("assigned", samples.ask(), "awaiting_patient", "SE0000000001-D1", "patient_asked"),
        ("awaiting_patient", samples.ask(), "awaiting_patient", "SE0000000001-D1", "patient_asked"),
        ("awaiting_patient", samples.answer(), "assigned", "SE0000000001-D1", "patient_answered"),
        ("assigned", samples.answer(), "assigned", "SE0000000001-D1", "patient_answered"),
        ("queued", samples.answer(), "queued", None, "patient_answered"),
        ("assigned", samples.reply(), "assigned", "SE0000000001-D1", "replied"),
        ("awaiting_patient", samples.reply(), "awaiting_patient", "SE0000000001-D1", "replied"),
        ("assigned", NOTE, "assigned", "SE0000000001-D1", "noted"),
        ("queued", samples.urgent(), "queued", None, "marked_urgent"),
        ("assigned", samples.resolve(), "resolved", "SE0000000001-D1", "resolved"),
        ("awaiting_patient", samples.resolve(), "resolved", "SE0000000001-D1", "resolved"),
        ("received", samples.withdraw(), "resolved", None, "withdrawn"),
        ("queued", samples.withdraw(), "resolved", None, "withdrawn"),
        ("assigned", samples.withdraw(), "resolved", "SE0000000001-D1", "withdrawn"),
        ("awaiting_patient", samples.withdraw(), "resolved", "SE0000000001-D1", "withdrawn"),
        ("undeliverable", samples.withdraw(), "resolved", None, "withdrawn"),
        ("resolved", samples.reopen(), "queued", None, "reopened"),
    ],
)
def test_message_moves_the_case_and_leaves_one_event(
    before: str, message: AnyMessage, state: str, assigned_to: str | None, event: str
) -> None:
    case = in_state(before)

    moved = apply(case, message, NOW)

    assert (moved.state, moved.assigned_to) == (state, assigned_to)
    assert [it.kind for it in moved.events[len(case.events) :]] == [event]
    assert moved.events[-1].action_id == message.action_id
    assert moved.rev == case.rev + 1
    assert is_unbroken(moved.events)


@pytest.mark.parametrize(
    ("before", "message", "told"),
    [
        ("queued", samples.take(), []),
        ("assigned", RETURN, []),
        ("queued", ASSIGN, [("assigned_to_you", "owner")]),
        ("assigned", transfer(), [("moved_promise", "citizen")]),
        (
            "queued",
            transfer(has_holder=False),
            [("undeliverable", "coordinator"), ("moved_promise", "citizen")],
        ),
        ("assigned", samples.ask(), [("question", "citizen")]),
        ("awaiting_patient", samples.answer(), [("patient_answered", "owner")]),
        ("queued", samples.answer(), [("patient_answered", "role")]),
        ("assigned", samples.reply(), [("reply", "citizen")]),
        ("assigned", NOTE, []),
        ("assigned", samples.urgent(), [("marked_urgent", "owner")]),
        ("queued", samples.urgent(), [("marked_urgent", "role")]),
        ("assigned", samples.resolve(), [("outcome", "citizen")]),
        ("assigned", samples.withdraw(), [("patient_withdrew", "owner")]),
        ("queued", samples.withdraw(), []),
    ],
)
def test_those_concerned_are_told(
    before: str, message: AnyMessage, told: list[tuple[str, str]]
) -> None:
    case = in_state(before)

    moved = apply(case, message, NOW)

    news = moved.notices[len(case.notices) :]
    assert [(notice.rule, notice.recipient) for notice in news] == told
    assert {notice.rev for notice in news} <= {moved.rev}


@pytest.mark.parametrize(
    ("before", "message", "changes"),
    [
        ("queued", samples.take(), []),
        ("assigned", samples.reply(), []),
        ("assigned", samples.answer(), []),
        ("assigned", samples.ask(), [ClockChange.PAUSED]),
        ("awaiting_patient", samples.ask(), [ClockChange.ASKED_AGAIN]),
        ("awaiting_patient", samples.answer(), [ClockChange.RESUMED]),
        ("queued", transfer(), [ClockChange.MOVED]),
        ("queued", samples.urgent(), [ClockChange.MADE_URGENT]),
        ("assigned", samples.resolve(), [ClockChange.STOPPED]),
        ("queued", samples.withdraw(), [ClockChange.STOPPED]),
        ("resolved", samples.reopen(), [ClockChange.REOPENED]),
    ],
)
def test_only_what_turns_a_clock_asks_for_a_plan(
    before: str, message: AnyMessage, changes: list[ClockChange]
) -> None:
    assert [turn.change for turn in apply(in_state(before), message, NOW).turns] == changes


@pytest.mark.parametrize(
    "message", [samples.ask(), samples.reply(), samples.resolve()], ids=["ask", "reply", "resolve"]
)
def test_question_reply_and_outcome_are_the_first_response(message: AnyMessage) -> None:
    answered = after(in_state("assigned"), message, NOW)
    later = after(answered, samples.withdraw(), NOW + HOUR)

    assert answered.facts.first_response_at == NOW
    assert later.facts.first_response_at == NOW


def test_note_and_answer_of_the_patient_are_no_first_response() -> None:
    case = after(in_state("assigned"), NOTE, NOW)

    assert after(case, samples.answer(), NOW).facts.first_response_at is None


def test_facts_for_follow_up_are_counted() -> None:
    case = after(in_state("assigned"), RETURN, NOW)
    case = after(case, ASSIGN, NOW)
    case = after(case, transfer(), NOW)
    case = after(case, samples.withdraw(), NOW)
    case = after(case, samples.reopen(), NOW)

    facts = case.facts
    assert (facts.returns, facts.transfers, facts.reopens) == (1, 1, 1)
    assert facts.first_taken_at == MONDAY + HOUR
    assert facts.queued_at == MONDAY
    assert facts.resolved_at is None


def test_resolving_keeps_what_the_assignee_said_of_record_and_contact() -> None:
    message = samples.resolve().model_copy(
        update={"documented_in_record": Documented.NOT_NEEDED, "qualified_contact": True}
    )

    facts = after(in_state("assigned"), message, NOW).facts

    assert (facts.documented_in_record, facts.qualified_contact) == ("not_needed", True)
    assert facts.resolved_at == NOW


def test_another_care_provider_is_logged_as_a_disclosure() -> None:
    moved = apply(in_state("queued"), transfer(disclosure="The patient agrees."), NOW)

    assert moved.events[-1].detail == {
        "reason": "The patient has moved.",
        "unit": samples.FOREIGN_UNIT,
        "role": samples.ROLE,
        "disclosure": "The patient agrees.",
    }


def test_case_moved_to_where_nobody_holds_the_role_was_not_queued() -> None:
    stuck = admitted(samples.admission(undeliverable=Undeliverable.NO_LISTING))

    assert apply(stuck, transfer(has_holder=False), NOW).facts.queued_at is None
    assert apply(stuck, transfer(), NOW).facts.queued_at == NOW


def test_reopened_case_starts_over_but_keeps_its_history() -> None:
    resolved = in_state("resolved")

    reopened = after(resolved, samples.reopen(), NOW + timedelta(days=3))

    assert (reopened.outcome, reopened.escalation, reopened.is_overdue) == (None, "none", False)
    assert reopened.events[: len(resolved.events)] == resolved.events
    promise = project(reopened).resolution_by
    assert promise == HEALTH_CENTRE.after(NOW + timedelta(days=3), 45 * HOUR)


def test_case_without_a_holder_is_undeliverable_again_when_reopened() -> None:
    withdrawn = after(in_state("undeliverable"), samples.withdraw(), NOW)

    reopened = after(withdrawn, samples.reopen(), NOW)

    assert reopened.state == "undeliverable"
    assert reopened.notices[-1].rule == "undeliverable"
    assert apply(reopened, transfer(), NOW).state == "queued"
    assert not apply(reopened, transfer(), NOW).stranded


def test_urgent_case_marks_its_notices_urgent() -> None:
    hastened = apply(in_state("queued"), samples.urgent(), NOW)

    assert hastened.urgency is Urgency.URGENT
    assert hastened.notices[-1].urgent


def test_refused_message_leaves_only_its_trace() -> None:
    case = in_state("queued")
    refused = noted_refusal(case, samples.reply(), "not_lawful_now", NOW)

    assert refused.events[-1].kind is EventKind.REFUSED
    assert refused.events[-1].detail == {"message": "reply", "code": "not_lawful_now"}
    kept = refused.model_copy(update={"events": case.events, "rev": case.rev})
    assert kept == case


def test_case_withdrawn_before_admission_stays_withdrawn() -> None:
    withdrawn = apply(samples.received(), samples.withdraw(), NOW)

    known = samples.settled(admit(withdrawn, samples.admission(), NOW + HOUR))
    stuck = admit(withdrawn, samples.admission(undeliverable=Undeliverable.NO_HOLDER), NOW)

    assert (known.state, known.outcome) == (CaseState.RESOLVED, Outcome.WITHDRAWN)
    assert (stuck.state, stuck.outcome) == (CaseState.RESOLVED, Outcome.WITHDRAWN)
    assert known.plan is not None
    assert [mark.kind for mark in known.plan.marks] == ["closing"]


def test_case_refused_by_the_gate_ends_with_the_codes_and_no_plan() -> None:
    refused = admit(samples.received(), Admission(problems=("missing", "too_long")), MONDAY)

    assert refused.is_over
    assert refused.events[-1].detail == {"codes": "missing,too_long"}
    assert refused.plan is None


def test_citizen_is_told_to_phone_when_no_opening_hour_is_left() -> None:
    known = samples.admission().model_copy(update={"flags": (Flag.NO_TIME_BEFORE_VISIT,)})

    case = admit(samples.received(), known, MONDAY)

    assert [(notice.rule, notice.recipient) for notice in case.notices] == [
        ("phone_the_unit", "citizen")
    ]


@pytest.mark.parametrize("reason", [Undeliverable.NO_LISTING, Undeliverable.NO_HOLDER])
def test_citizen_is_told_to_phone_also_when_the_case_has_nowhere_to_go(
    reason: Undeliverable,
) -> None:
    stuck = samples.admission(undeliverable=reason)
    known = stuck.model_copy(update={"flags": (Flag.NO_TIME_BEFORE_VISIT,)})

    case = admit(samples.received(), known, MONDAY)

    assert ("phone_the_unit", "citizen") in [
        (notice.rule, notice.recipient) for notice in case.notices
    ]


def test_case_reopened_after_its_visit_asks_nobody_to_phone_before_it() -> None:
    visit_at = MONDAY + 2 * HOUR
    known = samples.admission(rules=samples.BOOKING, visit_at=visit_at)
    flagged = known.model_copy(update={"flags": (Flag.NO_TIME_BEFORE_VISIT, Flag.UNDER_16)})
    overtaken = samples.when_it_is(admitted(flagged), visit_at)

    assert after(overtaken, samples.reopen(), visit_at + HOUR).flags == (Flag.UNDER_16,)


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ("queued", samples.answer()),
        ("awaiting_patient", samples.answer()),
        ("queued", samples.withdraw()),
        ("resolved", samples.reopen()),
    ],
)
def test_words_of_danger_in_what_the_patient_sends_are_flagged_once(
    state: str, message: AnyMessage
) -> None:
    """A message without the field, as a signal of an earlier release, takes effect as before."""
    alarming = message.model_copy(update={"red_flag_words": True})
    old = type(message).model_validate(message.model_dump(exclude={"red_flag_words"}))

    flagged = apply(in_state(state), alarming, NOW)

    assert flagged.flags == (Flag.RED_FLAG_WORDS,)
    assert project(flagged).flags == (Flag.RED_FLAG_WORDS,)
    assert flagged.rev == apply(in_state(state), old, NOW).rev
    assert apply(in_state(state), old, NOW).flags == ()
    assert flagged.with_flag(Flag.RED_FLAG_WORDS) == flagged


def undeliverable() -> Case:
    return admitted(samples.admission(undeliverable=Undeliverable.NO_LISTING))


def test_undeliverable_case_is_queued_when_a_holder_appears() -> None:
    queued = samples.settled(redeliver(undeliverable(), samples.admission(), NOW))

    assert (queued.state, queued.facts.queued_at) == ("queued", NOW)
    assert queued.route == samples.route()
    assert queued.admission is not None
    assert queued.admission.undeliverable is None


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(
            samples.admission(undeliverable=Undeliverable.NO_LISTING), id="still no listing"
        ),
        pytest.param(Admission(problems=("missing",)), id="a stricter form"),
        pytest.param(Admission(already_recorded=True), id="no answer at all"),
    ],
)
def test_undeliverable_case_waits_on_while_there_is_nowhere_to_go(answer: Admission) -> None:
    case = undeliverable()

    assert redeliver(case, answer, NOW) == case


def test_case_that_came_to_a_unit_where_nobody_holds_the_role_is_told_there_once() -> None:
    nobody = samples.admission(undeliverable=Undeliverable.NO_HOLDER)

    moved = redeliver(undeliverable(), nobody, NOW)

    assert (moved.state, moved.route) == ("undeliverable", samples.route())
    assert (moved.notices[-1].rule, moved.notices[-1].recipient) == ("undeliverable", "coordinator")
    assert redeliver(moved, nobody, NOW) == moved


def test_delivery_that_comes_too_late_changes_nothing() -> None:
    moved = after(undeliverable(), transfer(), NOW)

    assert redeliver(moved, samples.admission(), NOW) == moved
