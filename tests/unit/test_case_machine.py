"""Any sequence of messages and waits, lawful or not, against a small model of what a case is."""

from dataclasses import dataclass
from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from domain.actors import Actor
from domain.case import Case
from domain.events import is_unbroken
from domain.legality import judge
from domain.licences import Prescribing
from domain.marks import next_mark, pass_marks
from domain.messages import AnyMessage, Assign, Colleague, Destination, Note, Return, Transfer
from domain.progress import admit
from domain.transitions import apply, noted_refusal
from domain.vocabulary import CaseState, Outcome
from tests.unit import case_samples as samples
from tests.unit.case_samples import MONDAY, settled, when_it_is
from tests.unit.opening_samples import HEALTH_CENTRE

DAY = timedelta(days=1)
HOLDERS = (samples.ASSIGNEE, samples.HOLDER, samples.NO_PRESCRIBER)
TEAM = (*HOLDERS, samples.PREPARER)
CITIZENS = (samples.PATIENT, samples.GUARDIAN)
OTHERS = (samples.ANOTHER_CITIZEN, samples.OUTSIDER, samples.OPERATIONS, samples.COORDINATOR)
PRESCRIBERS = ("SE0000000001-D1", "SE0000000001-D2")


@dataclass
class Expected:
    """What a case is, in the fewest words: its state, who has it and when time ends it."""

    state: str = "received"
    is_placed: bool = False
    owner: str | None = None
    outcome: str | None = None
    waits_for_decider: bool = False
    silent_until: timedelta | None = None
    closes: timedelta | None = None

    def end(self, outcome: str, now: timedelta) -> None:
        self.state, self.outcome, self.waits_for_decider = "resolved", outcome, False
        self.silent_until, self.closes = None, now + 14 * DAY

    def wait(self, now: timedelta) -> None:
        """Let time pass until *now*: a silent patient and an ended case run out of it."""
        if self.silent_until is not None and self.silent_until <= now:
            self.end("no_answer", self.silent_until)
        if self.closes is not None and self.closes <= now:
            self.state, self.closes = "closed", None

    def _take(self, actor: Actor, now: timedelta) -> bool:
        is_theirs = actor.id in PRESCRIBERS or not self.waits_for_decider
        if self.state != "queued" or actor not in TEAM or not is_theirs:
            return False
        self.state, self.owner, self.waits_for_decider = "assigned", actor.id, False
        return True

    def _return(self, actor: Actor, now: timedelta) -> bool:
        is_theirs = actor is samples.COORDINATOR or actor.id == self.owner
        if self.state != "assigned" or not is_theirs:
            return False
        self.state, self.owner = "queued", None
        return True

    def _assign(self, actor: Actor, now: timedelta) -> bool:
        if self.state not in {"queued", *IN_HAND} or actor is not samples.COORDINATOR:
            return False
        self.state = "assigned" if self.state == "queued" else self.state
        self.owner, self.waits_for_decider = "SE0000000001-D2", False
        return True

    def _transfer(self, actor: Actor, now: timedelta) -> bool:
        may = actor in (*HOLDERS, samples.COORDINATOR, samples.OPERATIONS)
        if self.state not in {"queued", *IN_HAND} or not may:
            return False
        self.state, self.owner, self.silent_until = "queued", None, None
        self.waits_for_decider = False
        return True

    def _hand_over(self, actor: Actor, now: timedelta) -> bool:
        if self.state != "assigned" or actor.id != self.owner or self.owner in PRESCRIBERS:
            return False
        self.state, self.owner, self.waits_for_decider = "queued", None, True
        return True

    def _hand_over_to(self, actor: Actor, now: timedelta) -> bool:
        if self.state != "assigned" or actor.id != self.owner or self.owner in PRESCRIBERS:
            return False
        self.owner = "SE0000000001-D2"
        return True

    def _ask(self, actor: Actor, now: timedelta) -> bool:
        if self.state not in IN_HAND or actor.id != self.owner:
            return False
        self.state, self.silent_until = "awaiting_patient", now + 14 * DAY
        return True

    def _answer(self, actor: Actor, now: timedelta) -> bool:
        if self.state not in {"queued", *IN_HAND} or actor not in CITIZENS:
            return False
        if self.state == "awaiting_patient":
            self.state, self.silent_until = "assigned", None
        return True

    def _note(self, actor: Actor, now: timedelta) -> bool:
        return self.state in {"queued", *IN_HAND} and actor in TEAM

    def _approve(self, actor: Actor, now: timedelta) -> bool:
        is_theirs = actor.id == self.owner and self.owner in PRESCRIBERS
        if self.state not in IN_HAND or not is_theirs:
            return False
        self.end("approved", now)
        return True

    def _withdraw(self, actor: Actor, now: timedelta) -> bool:
        if self.state not in {"received", "queued", *IN_HAND} or actor not in CITIZENS:
            return False
        self.end("withdrawn", now)
        return True

    def _reopen(self, actor: Actor, now: timedelta) -> bool:
        if not self.is_placed or self.state != "resolved" or actor not in (*HOLDERS, *CITIZENS):
            return False
        self.state, self.owner, self.outcome, self.closes = "queued", None, None, None
        return True

    def hear(self, kind: str, actor: Actor, now: timedelta) -> bool:
        """Take in a message of *kind*; False, and nothing has changed, when it is not lawful."""
        heard: bool = getattr(self, f"_{kind}")(actor, now)
        return heard


IN_HAND = ("assigned", "awaiting_patient")
DECIDER = Colleague(
    id="SE0000000001-D2",
    unit=samples.UNIT,
    roles=(samples.ROLE,),
    prescribing=Prescribing.FULL,
)
KINDS = (
    *("take", "return", "assign", "transfer", "ask", "answer", "note", "approve", "withdraw"),
    *("reopen", "hand_over", "hand_over_to"),
)


def message(kind: str, actor: Actor) -> AnyMessage:
    colleague = Colleague(id="SE0000000001-D2", unit=samples.UNIT, roles=(samples.ROLE,))
    here = Destination(route=samples.route(), calendar=HEALTH_CENTRE)
    made: dict[str, AnyMessage] = {
        "take": samples.take(actor),
        "return": Return(action_id="x", actor=actor),
        "assign": Assign(action_id="x", actor=actor, to="SE0000000001-D2", colleague=colleague),
        "transfer": Transfer(action_id="x", actor=actor, reason="r", destination=here),
        "ask": samples.ask(actor),
        "answer": samples.answer(actor),
        "note": Note(action_id="x", actor=actor, text="t"),
        "approve": samples.resolve(actor, Outcome.APPROVED),
        "withdraw": samples.withdraw(actor),
        "reopen": samples.reopen(actor),
        "hand_over": samples.hand_over(actor),
        "hand_over_to": samples.hand_over(actor, DECIDER),
    }
    return made[kind]


class CaseMachine(RuleBasedStateMachine):
    """Sends anything to a case at any time, as its workflow would take it in."""

    def __init__(self) -> None:
        super().__init__()
        self.now = timedelta()
        self.case: Case = samples.received()
        self.expected = Expected()
        self.rev = self.case.rev

    @precondition(lambda self: self.case.admission is None)
    @rule()
    def admit(self) -> None:
        at = MONDAY + self.now
        self._become(admit(self.case, samples.admission(), at))
        self.expected.is_placed = True
        if self.expected.state == "received":
            self.expected.state = "queued"

    @rule(kind=st.sampled_from(KINDS), actor=st.sampled_from((*TEAM, *CITIZENS, *OTHERS)))
    def send(self, kind: str, actor: Actor) -> None:
        sent = message(kind, actor)
        lawful = self.expected.hear(kind, actor, self.now)
        before, at = self.case, MONDAY + self.now

        refusal = judge(before, sent)

        assert (refusal is None) is lawful
        if refusal is None:
            self._become(apply(before, sent, at))
            return
        assert judge(before, sent) == refusal
        traced = noted_refusal(before, sent, refusal, at)
        assert traced.model_copy(update={"events": before.events, "rev": before.rev}) == before

    @rule(span=st.timedeltas(timedelta(minutes=1), 9 * DAY))
    def wait(self, span: timedelta) -> None:
        self.now += span
        if self.case.admission is not None:
            self.expected.wait(self.now)
            self._become(when_it_is(self.case, MONDAY + self.now))

    def _become(self, case: Case) -> None:
        after = settled(pass_marks(settled(case), MONDAY + self.now))
        is_changed = after.state != self.case.state or after.events != self.case.events
        assert after.rev > self.rev or not is_changed
        self.case, self.rev = after, after.rev

    @invariant()
    def is_what_was_expected(self) -> None:
        case = self.case
        told = (case.state.value, case.outcome and case.outcome.value)
        assert told == (self.expected.state, self.expected.outcome)
        assert isinstance(case.state, CaseState)
        if case.is_open:
            assert case.assigned_to == self.expected.owner
            assert (case.assigned_to is not None) is (case.state in IN_HAND)
            assert case.waits_for_decider is self.expected.waits_for_decider

    @invariant()
    def has_an_unbroken_history(self) -> None:
        assert is_unbroken(self.case.events)
        assert [event.seq for event in self.case.events] == [*range(1, len(self.case.events) + 1)]

    @invariant()
    def was_approved_by_a_prescriber_or_not_at_all(self) -> None:
        for event in self.case.events:
            if event.detail.get("outcome") == "approved":
                assert event.actor.id in PRESCRIBERS

    @invariant()
    def has_nothing_left_to_do_in_the_past(self) -> None:
        mark = next_mark(self.case)
        assert mark is None or mark.at > MONDAY + self.now


CaseMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=25)
TestCaseMachine = CaseMachine.TestCase
