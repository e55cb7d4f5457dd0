"""Who may send what, when: the whole table of messages, states and senders."""

from itertools import product

import pytest

from domain.actors import SYSTEM, Actor
from domain.admission import Undeliverable
from domain.case import Case
from domain.legality import Refusal, judge
from domain.messages import (
    AnyMessage,
    Assign,
    Colleague,
    Destination,
    MarkUrgent,
    Note,
    Return,
    Transfer,
)
from domain.transitions import apply
from domain.vocabulary import STAFF_OUTCOMES, CaseState, Outcome
from tests.unit import case_samples as samples
from tests.unit.opening_samples import HEALTH_CENTRE

COLLEAGUE = Colleague(id="SE0000000001-D2", unit=samples.UNIT, roles=(samples.ROLE,))
HERE = Destination(route=samples.route(unit=samples.OTHER_UNIT), calendar=HEALTH_CENTRE)
ABROAD = Destination(
    route=samples.route(samples.FOREIGN_UNIT, samples.FOREIGN_PROVIDER), calendar=HEALTH_CENTRE
)
SENDERS = {
    "patient": samples.PATIENT,
    "guardian": samples.GUARDIAN,
    "another citizen": samples.ANOTHER_CITIZEN,
    "assignee": samples.ASSIGNEE,
    "holder": samples.HOLDER,
    "coordinator": samples.COORDINATOR,
    "manager": samples.MANAGER,
    "preparer": samples.PREPARER,
    "outsider": samples.OUTSIDER,
    "operations": samples.OPERATIONS,
    "the process": SYSTEM,
}
STATES = (
    "received",
    "queued",
    "assigned",
    "awaiting_patient",
    "undeliverable",
    "resolved",
    "closed",
    "rejected",
)


def message(kind: str, actor: Actor) -> AnyMessage:
    """Return a complete message of *kind*; nothing but state and sender can be wrong with it."""
    made: dict[str, AnyMessage] = {
        "take": samples.take(actor),
        "return": Return(action_id="x", actor=actor),
        "assign": Assign(action_id="x", actor=actor, to=samples.HOLDER.id, colleague=COLLEAGUE),
        "transfer": Transfer(action_id="x", actor=actor, reason="r", destination=HERE),
        "ask_patient": samples.ask(actor),
        "answer": samples.answer(actor),
        "reply": samples.reply(actor),
        "note": Note(action_id="x", actor=actor, text="t"),
        "merge": samples.merge(actor),
        "mark_urgent": MarkUrgent(action_id="x", actor=actor, reason="r"),
        "resolve": samples.resolve(actor, Outcome.NO_ACTION),
        "hand_over": samples.hand_over(actor),
        "withdraw": samples.withdraw(actor),
        "reopen": samples.reopen(actor),
    }
    return made[kind]


# Who a message is for at all, and where it is lawful: the table of the design, written out anew.
# A cell not named here is refused: `not_permitted` for the wrong sender, else `not_lawful_now`.
# In hand: assigned and awaiting_patient. "holders" are assignee and holder, "leads" the
# coordinator and the manager of the unit; "the preparer" holds the role that prepares the case.
HOLDERS = {"assignee", "holder"}
PREPARING = {*HOLDERS, "preparer"}
LEADS = {"coordinator", "manager"}
CITIZENS = {"patient", "guardian"}
SENT_BY = {
    "take": PREPARING,
    "return": PREPARING | LEADS,
    "assign": LEADS,
    "transfer": HOLDERS | LEADS | {"operations"},
    "ask_patient": PREPARING,
    "answer": CITIZENS,
    "reply": PREPARING,
    "note": PREPARING,
    "mark_urgent": PREPARING,
    "merge": HOLDERS,
    "resolve": PREPARING,
    "hand_over": PREPARING,
    "withdraw": CITIZENS,
    "reopen": CITIZENS | HOLDERS,
}
LAWFUL = {
    "take": "queued",
    "return": "assigned",
    "assign": "queued assigned awaiting_patient",
    "transfer": "queued assigned awaiting_patient undeliverable",
    "ask_patient": "assigned awaiting_patient",
    "answer": "queued assigned awaiting_patient",
    "reply": "assigned awaiting_patient",
    "note": "received queued assigned awaiting_patient undeliverable",
    "mark_urgent": "received queued assigned awaiting_patient undeliverable",
    "merge": "received queued assigned awaiting_patient undeliverable",
    "resolve": "assigned awaiting_patient",
    "hand_over": "assigned",
    "withdraw": "received queued assigned awaiting_patient undeliverable",
    "reopen": "resolved",
}
ONLY_THE_ASSIGNEE = {"ask_patient", "reply", "resolve", "hand_over"}


def expected(kind: str, state: str, sender: str) -> str | None:
    """Read the tables above."""
    if state in {"closed", "rejected"}:
        return "case_closed"
    route_is_unknown = state == "received"  # then nobody of staff can be shown to hold its role
    if sender not in SENT_BY[kind] or (
        route_is_unknown and sender not in {*CITIZENS, "operations"}
    ):
        return "not_permitted"
    if state not in LAWFUL[kind].split():
        is_taken = kind == "take" and state in {"assigned", "awaiting_patient"}
        return "already_taken" if is_taken else "not_lawful_now"
    if kind == "hand_over" and sender == "assignee":
        return "not_lawful_now"  # has the right to decide, and so no need of it
    is_own = sender == "assignee" or (kind == "return" and sender in LEADS)
    if kind in {*ONLY_THE_ASSIGNEE, "return"} and not is_own:
        return "not_assigned_to_you"
    return None


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("kind", SENT_BY)
def test_every_message_is_judged_by_the_table(kind: str, state: str) -> None:
    case = samples.in_state(state)

    judged = {name: judge(case, message(kind, actor)) for name, actor in SENDERS.items()}

    assert judged == {name: expected(kind, state, name) for name in SENDERS}


def test_the_table_names_every_state_and_message() -> None:
    kinds = {type(message(kind, samples.PATIENT)).__name__ for kind in SENT_BY}

    assert set(STATES) == {state.value for state in CaseState}
    assert kinds == {kind.__name__ for kind in AnyMessage.__args__}
    assert set(LAWFUL) == set(SENT_BY)


@pytest.mark.parametrize("state", ["queued", "assigned", "awaiting_patient", "undeliverable"])
def test_case_that_has_moved_on_is_stale_to_who_saw_it_before(state: str) -> None:
    case = samples.in_state(state)
    seen_before = samples.withdraw().model_copy(update={"expected_rev": case.rev - 1})

    assert judge(case, seen_before) is Refusal.STALE
    assert judge(case, seen_before.model_copy(update={"expected_rev": case.rev})) is None


@pytest.mark.parametrize("outcome", sorted(set(Outcome) - STAFF_OUTCOMES))
def test_what_follows_from_events_is_no_ones_choice(outcome: Outcome) -> None:
    case = samples.in_state("assigned")

    assert judge(case, samples.resolve(outcome=outcome, text="t")) is Refusal.OUTCOME_INCOMPLETE


def test_declining_without_a_word_is_refused() -> None:
    case = samples.in_state("assigned")
    silent = samples.resolve(outcome=Outcome.DECLINED)
    explained = samples.resolve(outcome=Outcome.DECLINED, text="Not without a visit.")

    assert judge(case, silent) is Refusal.OUTCOME_INCOMPLETE
    assert judge(case, explained) is None


@pytest.mark.parametrize(
    ("state", "sender"),
    list(product(STATES, ["patient", "guardian", "coordinator", "operations", "the process"])),
)
def test_nobody_but_the_assignee_approves(state: str, sender: str) -> None:
    case = samples.in_state(state)
    prescribing = SENDERS[sender].model_copy(update={"prescriber": True})

    assert judge(case, samples.resolve(prescribing, Outcome.APPROVED)) is not None


@pytest.mark.parametrize(
    "colleague",
    [
        pytest.param(None, id="not looked up"),
        pytest.param(COLLEAGUE.model_copy(update={"id": "SE0000000001-D9"}), id="someone else"),
        pytest.param(COLLEAGUE.model_copy(update={"unit": samples.OTHER_UNIT}), id="other unit"),
        pytest.param(COLLEAGUE.model_copy(update={"roles": ("coordinator",)}), id="other role"),
    ],
)
def test_case_is_assigned_to_who_holds_its_role_only(colleague: Colleague | None) -> None:
    assign = Assign(
        action_id="x", actor=samples.COORDINATOR, to=samples.HOLDER.id, colleague=colleague
    )

    assert judge(samples.in_state("queued"), assign) is Refusal.COLLEAGUE_LACKS_ROLE


def test_another_care_provider_gets_a_case_only_with_a_disclosure() -> None:
    case = samples.in_state("queued")
    silent = Transfer(action_id="x", actor=samples.COORDINATOR, reason="Moved", destination=ABROAD)
    disclosed = silent.model_copy(update={"disclosure": "The patient has agreed."})

    assert judge(case, silent) is Refusal.DISCLOSURE_REQUIRED
    assert judge(case, disclosed) is None


@pytest.mark.parametrize("kind", SENT_BY)
def test_merging_case_takes_no_message(kind: str) -> None:
    merging = apply(samples.in_state("assigned"), samples.merge(), samples.MONDAY)
    sender = SENDERS[min(SENT_BY[kind])]

    assert judge(merging, message(kind, sender)) is Refusal.NOT_LAWFUL_NOW


def test_case_is_not_merged_into_itself() -> None:
    case = samples.in_state("queued")

    merge = samples.merge(into=case.submission.case_id)

    assert judge(case, merge) is Refusal.NOT_LAWFUL_NOW


def unlisted() -> Case:
    known = samples.admission(undeliverable=Undeliverable.NO_LISTING)
    return samples.admitted(known)


@pytest.mark.parametrize(
    ("sender", "refusal"),
    [
        ("coordinator", None),
        ("manager", None),
        ("operations", None),
        ("holder", "not_permitted"),
        ("patient", "not_permitted"),
    ],
)
def test_case_without_a_unit_is_moved_by_those_who_lead(sender: str, refusal: str | None) -> None:
    assert judge(unlisted(), message("transfer", SENDERS[sender])) == refusal


def test_case_that_never_had_a_unit_cannot_be_reopened() -> None:
    withdrawn = samples.after(unlisted(), samples.withdraw(), samples.MONDAY)

    assert judge(withdrawn, samples.reopen()) is Refusal.NOT_LAWFUL_NOW
