"""The case: everything its workflow knows, as one frozen value that survives continue-as-new."""

from datetime import datetime

from pydantic import AwareDatetime, Field

from domain.actors import SYSTEM, Actor, ActorKind
from domain.admission import Admission
from domain.clocks import ClockChange
from domain.events import Event, EventActor, EventKind, chained
from domain.messages import Merge, Route
from domain.model import Model
from domain.notices import ALWAYS_URGENT, Notice, NoticeRule, Recipient
from domain.plan import Plan
from domain.promise import Promise
from domain.submission import Submission
from domain.vocabulary import OPEN_STATES, CaseState, Escalation, Flag, Outcome, Urgency
from domain.worktime import WorkCalendar


class Turn(Model):
    """A clock change that has happened and whose plan is not laid yet.

    `promise` is that of an absorbed case.
    """

    change: ClockChange
    at: AwareDatetime
    moved_from: WorkCalendar | None = None
    promise: Promise | None = None


class Facts(Model):
    """What follow-up asks of every case; instants UTC, counts from its beginning (design 4)."""

    queued_at: AwareDatetime | None = None
    first_taken_at: AwareDatetime | None = None
    first_response_at: AwareDatetime | None = None
    resolved_at: AwareDatetime | None = None
    closed_at: AwareDatetime | None = None
    first_response_promised: AwareDatetime | None = None
    resolution_promised: AwareDatetime | None = None
    first_response_breached: bool = False
    resolution_breached: bool = False
    reminders: int = 0
    escalations: int = 0
    transfers: int = 0
    returns: int = 0
    reopens: int = 0
    qualified_contact: bool | None = None
    documented_in_record: str | None = None


class Case(Model):
    """One case. `rev` counts changes; `turns` are clock changes still without a plan.

    `told` remembers when a rule last reminded a recipient. `new_date` is the date a delay notice
    named. `stranded` says that nobody held the role when the case came to its place, so that it
    is undeliverable again when it is reopened. `first_response_late` and `breached` say which of
    the promises that now hold is broken.
    `merging` is the message that waits for the kept case's answer, `absorbed` the cases that ended
    in this one. `protection_heard_at`: when a change of protection was last looked up and told,
    None while there was none. `prepared_by` handed the case over at `handed_over_at`; it
    `waits_for_decider` until somebody with its role has it, and is `hand_over_late` once that was
    escalated. `notices` are those of this run and any it took over unrecorded. `salt` goes into the
    hash of every event.
    """

    submission: Submission
    salt: str = ""
    state: CaseState = CaseState.RECEIVED
    rev: int = 0
    admission: Admission | None = None
    route: Route | None = None
    calendar: WorkCalendar | None = None
    urgency: Urgency = Urgency.NORMAL
    assigned_to: str | None = None
    outcome: Outcome | None = None
    asked_at: AwareDatetime | None = None
    new_date: AwareDatetime | None = None
    escalation: Escalation = Escalation.NONE
    overdue_told: int = 0
    first_response_late: bool = False
    breached: bool = False
    stranded: bool = False
    merging: Merge | None = None
    absorbed: tuple[str, ...] = ()
    protection_heard_at: AwareDatetime | None = None
    prepared_by: str | None = None
    handed_over_at: AwareDatetime | None = None
    waits_for_decider: bool = False
    hand_over_late: bool = False
    plan: Plan | None = None
    turns: tuple[Turn, ...] = ()
    told: dict[str, AwareDatetime] = Field(default_factory=dict)
    facts: Facts = Facts()
    events: tuple[Event, ...] = ()
    notices: tuple[Notice, ...] = ()

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def is_over(self) -> bool:
        return self.state in {CaseState.CLOSED, CaseState.REJECTED}

    @property
    def is_paused(self) -> bool:
        return self.state is CaseState.AWAITING_PATIENT

    @property
    def is_settled(self) -> bool:
        """Whether nothing is under way that a message led to: no plan, and no merge."""
        return self.merging is None and (not self.turns or self.plan is None)

    @property
    def is_overdue(self) -> bool:
        late_first = self.first_response_late and self.facts.first_response_at is None
        return self.is_open and (late_first or self.breached)

    @property
    def flags(self) -> tuple[Flag, ...]:
        return self.admission.flags if self.admission else ()

    @property
    def is_protected(self) -> bool:
        return self.admission is not None and self.admission.protected

    @property
    def is_hidden(self) -> bool:
        """Whether unit, role and service stay out of clear texts: protected now or ever before."""
        return self.is_protected or self.protection_heard_at is not None

    @property
    def is_for_handlers_only(self) -> bool:
        return self.admission is not None and self.admission.named_only

    def with_flag(self, flag: Flag) -> "Case":
        """Return the case with one more flag; one not admitted yet has none."""
        if self.admission is None or flag in self.flags:
            return self
        flagged = self.admission.model_copy(update={"flags": (*self.flags, flag)})
        return self.model_copy(update={"admission": flagged})

    def changed(self, **update: object) -> "Case":
        """Return the case with these fields replaced and its rev one higher."""
        return self.model_copy(update={**update, "rev": self.rev + 1})

    def with_facts(self, **update: object) -> "Case":
        """Return the case with these facts replaced."""
        return self.model_copy(update={"facts": self.facts.model_copy(update=update)})

    def turned(
        self,
        change: ClockChange,
        at: datetime,
        moved_from: WorkCalendar | None = None,
        promise: Promise | None = None,
    ) -> "Case":
        """Return the case with a clock change that awaits its plan."""
        turn = Turn(change=change, at=at, moved_from=moved_from, promise=promise)
        return self.model_copy(update={"turns": (*self.turns, turn)})

    def with_event(
        self,
        kind: EventKind,
        at: datetime,
        actor: Actor = SYSTEM,
        action_id: str | None = None,
        **detail: str | None,
    ) -> "Case":
        """Return the case with one more event, chained to the last."""
        known = {name: value for name, value in detail.items() if value is not None}
        event = Event(
            seq=len(self.events) + 1,
            at=at,
            kind=kind,
            actor=_event_actor(actor),
            action_id=action_id,
            detail=known,
            salt=self.salt,
        )
        before = self.events[-1].hash if self.events else ""
        return self.model_copy(update={"events": (*self.events, chained(event, before))})

    def with_notice(
        self, rule: NoticeRule, recipient: Recipient, at: datetime, step: int = 0
    ) -> "Case":
        """Return the case with a notice to be recorded with this rev."""
        notice = Notice(
            rev=self.rev,
            rule=f"{rule}_{step}" if step else str(rule),
            recipient=recipient,
            at=at,
            urgent=self.urgency is Urgency.URGENT or rule in ALWAYS_URGENT,
        )
        return self.model_copy(update={"notices": (*self.notices, notice)})


def _event_actor(actor: Actor) -> EventActor:
    staff = actor.kind is ActorKind.STAFF
    return EventActor(
        kind=actor.kind,
        id=actor.id,
        commission=actor.commission if staff else None,
        unit=actor.unit if staff else None,
    )


def open_case(submission: Submission, salt: str = "") -> Case:
    """Return the case as it stands when it has been received and nothing else."""
    actor = Actor(kind=ActorKind.CITIZEN, id=submission.submitted_by)
    return (
        Case(submission=submission, salt=salt)
        .changed()
        .with_event(EventKind.RECEIVED, submission.received_at, actor, channel=submission.channel)
    )
