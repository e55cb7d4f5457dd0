"""A hand-over goes to somebody who may decide, is told at once and has a time of its own."""

from datetime import timedelta

import pytest

from domain.authority import preparer_role_of
from domain.case import Case
from domain.catalogue import Amount, AmountUnit
from domain.clocks import ClockChange
from domain.legality import Refusal, judge
from domain.licences import Licence, Prescribing
from domain.messages import (
    AnyMessage,
    Colleague,
    Destination,
    HandOver,
    Return,
    Transfer,
)
from domain.ops_texts import current_details
from domain.progress import plan_request
from domain.projection import project
from domain.transitions import apply
from domain.vocabulary import CaseState, Outcome
from tests.unit import case_samples as samples
from tests.unit.case_samples import MONDAY, PREPARER, after, settled, when_it_is
from tests.unit.opening_samples import HEALTH_CENTRE, HOUR, STOCKHOLM, at

DECIDER = Colleague(
    id=samples.HOLDER.id,
    unit=samples.UNIT,
    roles=(samples.ROLE,),
    licence=Licence.PHYSICIAN,
    prescribing=Prescribing.FULL,
)
NURSES = "PV/sjukskoterska/annat"
TO_DECIDERS = Destination(route=samples.route(), calendar=HEALTH_CENTRE)
NOBODY_THERE = TO_DECIDERS.model_copy(update={"has_holder": False})
ELSEWHERE = Destination(route=samples.route(samples.OTHER_UNIT), calendar=HEALTH_CENTRE)
TEN = at("2026-09-07 10:00")


def prepared() -> Case:
    """Return a case that the preparer took an hour after it came."""
    return after(samples.admitted(), samples.take(PREPARER), MONDAY + HOUR)


def handed_over(colleague: Colleague | None = None) -> Case:
    message = samples.hand_over(colleague=colleague, note="Last checked in May.")
    return after(prepared(), message, TEN)


def with_role(role: str) -> Case:
    """Return a case that lies with another role than the one that decides, and was taken there."""
    nurse = samples.staff("SE0000000001-S2", role)
    moved = Transfer(
        action_id="t",
        actor=samples.COORDINATOR,
        reason="r",
        destination=Destination(route=samples.route(role=role), calendar=HEALTH_CENTRE),
    )
    return after(after(samples.admitted(), moved, MONDAY), samples.take(nurse), MONDAY + HOUR)


def told(case: Case, since: Case) -> list[str]:
    """Return what was told after *since*, as local time, rule and recipient."""
    return [
        f"{note.at.astimezone(STOCKHOLM):%a %H:%M} {note.rule} > {note.recipient}"
        for note in case.notices[len(since.notices) :]
    ]


def test_hand_over_queues_the_case_for_those_who_decide_and_says_who_prepared_it() -> None:
    case = handed_over()
    row = project(case)

    assert (case.state, case.assigned_to) == (CaseState.QUEUED, None)
    assert (row.prepared_by, row.handed_over_at) == (PREPARER.id, TEN)
    assert row.preparer_role == samples.PREPARER_ROLE
    assert case.events[-1].kind == "handed_over"
    assert case.events[-1].detail == {"note": "Last checked in May."}
    assert current_details(case).startswith("ops: queued at SE0000000001-A, role PV/lakare/recept")
    assert "was handed over" in current_details(case)


def test_named_colleague_has_the_case_at_once_and_is_told() -> None:
    before = prepared()
    case = handed_over(DECIDER)

    assert (case.state, case.assigned_to) == (CaseState.ASSIGNED, DECIDER.id)
    assert case.events[-1].detail == {"to": DECIDER.id, "note": "Last checked in May."}
    assert told(case, before) == ["Mon 10:00 handed_over > owner"]
    assert judge(case, samples.resolve(samples.HOLDER, Outcome.APPROVED)) is None


def test_both_clocks_go_on_as_they_are() -> None:
    before, case = prepared(), handed_over()

    assert before.plan is not None
    assert case.plan is not None
    assert case.plan.clocks == before.plan.clocks
    kept = {mark for mark in case.plan.marks if mark.ladder != "hand_over"}
    assert kept == {mark for mark in before.plan.marks if mark.ladder != "new_case"}


def test_nobody_takes_it_so_the_role_is_reminded_and_then_the_unit_is_told() -> None:
    before = prepared()
    case = when_it_is(handed_over(), at("2026-09-08 09:30"))

    assert told(case, before) == [
        "Mon 10:00 handed_over > role",
        "Mon 14:00 hand_over_warning > role",
        "Mon 17:00 first_response_warning_50 > role",
        "Tue 09:00 hand_over_breach > coordinator",
        "Tue 09:00 hand_over_breach > unit_manager",
    ]
    assert (case.escalation, case.facts.escalations, case.facts.reminders) == ("unit", 1, 2)
    assert not case.is_overdue


def test_time_of_a_hand_over_is_the_regions_to_say() -> None:
    rules = samples.RENEWAL.model_copy(
        update={"hand_over_within": Amount(count=1, unit=AmountUnit.WORKING_HOURS)}
    )
    before = samples.admitted(samples.admission(rules=rules))
    taken = after(before, samples.take(PREPARER), MONDAY + HOUR)
    case = when_it_is(after(taken, samples.hand_over(), TEN), TEN + 2 * HOUR)

    assert told(case, taken) == [
        "Mon 10:00 handed_over > role",
        "Mon 11:00 hand_over_warning > role",
        "Mon 12:00 hand_over_breach > coordinator",
        "Mon 12:00 hand_over_breach > unit_manager",
    ]


@pytest.mark.parametrize(
    "message",
    [
        samples.take(samples.HOLDER),
        samples.withdraw(),
        Transfer(action_id="t", actor=samples.COORDINATOR, reason="r", destination=TO_DECIDERS),
    ],
    ids=lambda message: message.kind,
)
def test_hand_over_that_was_taken_or_is_over_reminds_nobody(message: AnyMessage) -> None:
    case = after(handed_over(), message, TEN + HOUR)
    later = when_it_is(case, TEN + timedelta(days=14))

    assert not [notice for notice in later.notices if notice.rule.startswith("hand_over")]
    assert not case.waits_for_decider


def test_reopened_case_waits_for_nobodys_hand_over() -> None:
    ended = after(handed_over(), samples.withdraw(), TEN + HOUR)
    reopened = after(ended, samples.reopen(), TEN + 2 * HOUR)

    assert judge(reopened, samples.take(PREPARER)) is None
    assert "was handed over" not in current_details(reopened)


def test_marked_urgent_meanwhile_it_keeps_the_marks_that_are_still_ahead() -> None:
    reminded = when_it_is(handed_over(), at("2026-09-07 15:00"))
    hastened = after(reminded, samples.urgent(samples.HOLDER), at("2026-09-07 15:30"))
    escalated = when_it_is(hastened, at("2026-09-08 09:30"))
    again = after(escalated, samples.urgent(samples.HOLDER), at("2026-09-08 10:00"))

    rules = [notice.rule for notice in when_it_is(again, at("2026-09-08 16:00")).notices]
    assert rules.count("hand_over_warning") == 1
    assert rules.count("hand_over_breach") == 2  # coordinator and unit manager


def test_what_waits_for_a_decider_is_not_taken_back_by_who_prepared_it() -> None:
    case = handed_over()

    assert judge(case, samples.take(PREPARER)) is Refusal.NOT_LAWFUL_NOW
    assert judge(case, samples.take(samples.HOLDER)) is None
    given_back = after(after(case, samples.take(samples.HOLDER), TEN), returned(), TEN)
    assert judge(given_back, samples.take(PREPARER)) is None


def test_handler_who_prepared_it_takes_nothing_back_from_those_who_decide() -> None:
    named = {"handles_protected": True}
    preparer, decider = (who.model_copy(update=named) for who in (PREPARER, samples.HOLDER))
    known = samples.admission().model_copy(update={"protected": True, "named_only": True})
    taken = after(samples.admitted(known), samples.take(preparer), MONDAY + HOUR)
    case = after(taken, samples.hand_over(preparer), TEN)

    assert judge(case, samples.take(preparer)) is Refusal.NOT_LAWFUL_NOW
    assert judge(case, samples.take(decider)) is None


def test_what_waits_for_a_decider_is_not_taken_by_a_holder_who_may_not_decide() -> None:
    assert judge(handed_over(), samples.take(samples.NO_PRESCRIBER)) is Refusal.NOT_LAWFUL_NOW


@pytest.mark.parametrize("update", [{"decisions": ()}, {"decisions": (), "preparer_role": None}])
def test_nothing_is_handed_over_by_who_may_decide_it(update: dict[str, object]) -> None:
    rules = samples.RENEWAL.model_copy(update=update)
    free = samples.admitted(samples.admission(rules=rules))

    for case, who in ((samples.admitted(), samples.ASSIGNEE), (free, samples.NO_PRESCRIBER)):
        taken = after(case, samples.take(who), TEN)
        assert judge(taken, samples.hand_over(who, DECIDER)) is Refusal.NOT_LAWFUL_NOW


def test_holder_who_may_not_decide_hands_over_where_nobody_prepares() -> None:
    rules = samples.RENEWAL.model_copy(update={"preparer_role": None})
    case = samples.admitted(samples.admission(rules=rules))
    taken = after(case, samples.take(samples.NO_PRESCRIBER), TEN)

    assert judge(taken, samples.hand_over(samples.NO_PRESCRIBER)) is None


def test_case_of_an_earlier_release_is_handed_over_by_who_may_not_approve_it() -> None:
    rules = samples.RENEWAL.model_copy(
        update={"decisions": (), "prescriber_decides": (Outcome.APPROVED,)}
    )
    case = samples.admitted(samples.admission(rules=rules))
    by_holder = after(case, samples.take(samples.NO_PRESCRIBER), TEN)
    by_decider = after(case, samples.take(samples.ASSIGNEE), TEN)

    assert judge(by_holder, samples.hand_over(samples.NO_PRESCRIBER)) is None
    refused = judge(by_decider, samples.hand_over(samples.ASSIGNEE))
    assert refused is Refusal.NOT_LAWFUL_NOW


def returned() -> Return:
    return Return(action_id=samples.new_id(), actor=samples.HOLDER)


@pytest.mark.parametrize("outcome", ["approved", "declined", "requires_contact", "no_action"])
def test_who_prepares_chooses_no_outcome(outcome: str) -> None:
    resolve = samples.resolve(PREPARER, Outcome(outcome), text="Because")

    assert judge(prepared(), resolve) is Refusal.AUTHORITY_MISSING


def test_preparers_at_another_unit_or_of_another_role_do_nothing() -> None:
    elsewhere = samples.staff("SE0000000001-S3", samples.PREPARER_ROLE, unit=samples.OTHER_UNIT)
    waiting = samples.admitted()

    assert judge(waiting, samples.take(elsewhere)) is Refusal.NOT_PERMITTED
    assert preparer_role_of(with_role(NURSES)) is None
    assert judge(with_role(NURSES), samples.reply(PREPARER)) is Refusal.NOT_PERMITTED


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        pytest.param({"id": "SE0000000001-D9"}, "colleague_lacks_role", id="someone else"),
        pytest.param({"unit": samples.OTHER_UNIT}, "colleague_lacks_role", id="other unit"),
        pytest.param({"roles": (NURSES,)}, "colleague_lacks_role", id="other role"),
        pytest.param({"prescribing": Prescribing.LIMITED}, "no_decider", id="may not decide"),
        pytest.param({}, None, id="may decide"),
    ],
)
def test_named_colleague_holds_the_role_and_may_decide(
    change: dict[str, object], refusal: str | None
) -> None:
    colleague = DECIDER.model_copy(update=change)
    message = samples.hand_over(colleague=colleague).model_copy(update={"to": DECIDER.id})

    assert judge(prepared(), message) == refusal


def test_colleague_whom_nobody_looked_up_is_none() -> None:
    message = HandOver(action_id="h", actor=PREPARER, to=DECIDER.id)

    assert judge(prepared(), message) is Refusal.COLLEAGUE_LACKS_ROLE


@pytest.mark.parametrize(
    ("role", "destination", "refusal"),
    [
        pytest.param(samples.ROLE, None, None, id="where it lies"),
        pytest.param(samples.ROLE, TO_DECIDERS, None, id="looked up"),
        pytest.param(samples.ROLE, NOBODY_THERE, "no_decider", id="nobody there may decide"),
        pytest.param(samples.ROLE, ELSEWHERE, "no_decider", id="another unit"),
        pytest.param(NURSES, None, "no_decider", id="role unknown"),
        pytest.param(NURSES, TO_DECIDERS, None, id="from another role"),
    ],
)
def test_hand_over_leads_to_somebody_who_may_decide(
    role: str, destination: Destination | None, refusal: str | None
) -> None:
    case = prepared() if role == samples.ROLE else with_role(role)
    actor = PREPARER if role == samples.ROLE else samples.staff("SE0000000001-S2", role)
    message = samples.hand_over(actor).model_copy(update={"destination": destination})

    assert judge(case, message) == refusal
    if refusal is None:
        route = settled(apply(case, message, TEN)).route
        assert route is not None
        assert route.role == samples.ROLE


def test_case_that_waits_for_its_patient_is_not_handed_over() -> None:
    asked = after(prepared(), samples.ask(PREPARER), MONDAY + HOUR)

    assert judge(asked, samples.hand_over()) is Refusal.NOT_LAWFUL_NOW


def test_plan_of_a_hand_over_is_asked_for_with_its_instant() -> None:
    case = apply(prepared(), samples.hand_over(), TEN)

    request = plan_request(case, case.turns[0])

    assert request is not None
    assert (request.change, request.handed_over_at) == (ClockChange.HANDED_OVER, TEN)
