"""People, rules and cases that the tests of a case's rules share."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count

from pydantic import JsonValue

from domain.actors import Actor, ActorKind
from domain.admission import Admission, Undeliverable
from domain.case import Case, open_case
from domain.catalogue import (
    Amount,
    AmountUnit,
    BilingualText,
    HandlingRules,
    ServiceEntry,
    SystemRoles,
)
from domain.clocks import ClockChange
from domain.deciders import Decider, Decision
from domain.forms.booking_change import BOOKING_CHANGE
from domain.forms.form import Occasion, Reading
from domain.licences import Prescribing
from domain.marks import next_mark, pass_marks
from domain.messages import (
    Answer,
    AnyMessage,
    AskPatient,
    Colleague,
    Destination,
    Documented,
    HandOver,
    MarkUrgent,
    Merge,
    Reopen,
    Reply,
    Resolve,
    Route,
    Take,
    Withdraw,
)
from domain.plan import Plan, PlanRequest
from domain.planning import lay_plan
from domain.progress import admit, adopt_plan, plan_request
from domain.submission import CaseId, Submission
from domain.transitions import apply
from domain.vocabulary import Outcome, Urgency
from domain.worktime import WorkCalendar
from tests.unit.opening_samples import HEALTH_CENTRE, at

UNIT, OTHER_UNIT, FOREIGN_UNIT = "SE0000000001-A", "SE0000000001-B", "SE0000000002-A"
PROVIDER, FOREIGN_PROVIDER = "SE0000000001-P", "SE0000000002-P"
ROLE, PREPARER_ROLE = "PV/lakare/recept", "PV/sjukskoterska/recept"
SYSTEM_ROLES = SystemRoles(
    coordinator="coordinator",
    unit_manager="unit_manager",
    operations_manager="operations_manager",
    role_catalogue_owner="role_catalogue_owner",
    log_reviewer="log_reviewer",
    follow_up_analyst="follow_up_analyst",
    care_choice_office="care_choice_office",
    operations="operations",
)
RENEWAL = HandlingRules(
    version="1",
    service="prescription_renewal",
    role=ROLE,
    first_response=Amount(count=2),
    resolution=Amount(count=5),
    preparer_role=PREPARER_ROLE,
    decisions=(
        Decision(
            outcomes=(Outcome.APPROVED, Outcome.APPROVED_IN_PART, Outcome.DECLINED),
            by=(Decider(prescribing=Prescribing.FULL),),
        ),
    ),
    system_roles=SYSTEM_ROLES,
)
BOOKING = HandlingRules(
    version="1",
    service="booking_change",
    role=ROLE,
    first_response=Amount(count=1),
    resolution=Amount(count=2),
    urgent=Amount(count=2, unit=AmountUnit.WORKING_HOURS),
    system_roles=SYSTEM_ROLES,
)
BOOKING_ESCALATED = BOOKING.model_copy(
    update={"visit_escalation": Amount(count=2, unit=AmountUnit.WORKING_HOURS)}
)
MONDAY = at("2026-09-07 08:00")
"""A Monday at opening time with no holiday for eight weeks."""

_actions = count(1)


def new_id() -> str:
    """Return an action id no other message has."""
    return f"a-{next(_actions)}"


def staff(hsa_id: str, *roles: str, unit: str = UNIT, prescriber: bool = False) -> Actor:
    return Actor(
        kind=ActorKind.STAFF,
        id=hsa_id,
        commission=f"{hsa_id}-C",
        unit=unit,
        provider=PROVIDER,
        roles=roles,
        prescriber=prescriber,
    )


PATIENT = Actor(kind=ActorKind.CITIZEN, id="197005109819")
GUARDIAN = Actor(kind=ActorKind.CITIZEN, id="198001019999")
ANOTHER_CITIZEN = Actor(kind=ActorKind.CITIZEN, id="196001019998")
ASSIGNEE = staff("SE0000000001-D1", ROLE, prescriber=True)
HOLDER = staff("SE0000000001-D2", ROLE, prescriber=True)
NO_PRESCRIBER = staff("SE0000000001-N1", ROLE)
PREPARER = staff("SE0000000001-S1", PREPARER_ROLE)
COORDINATOR = staff("SE0000000001-C1", "coordinator")
MANAGER = staff("SE0000000001-M1", "unit_manager")
OUTSIDER = staff("SE0000000001-D3", ROLE, unit=OTHER_UNIT)
OPERATIONS = Actor(kind=ActorKind.OPERATIONS, id="operations")


def route(unit: str = UNIT, provider: str = PROVIDER, role: str = ROLE) -> Route:
    return Route(
        unit=unit,
        provider=provider,
        unit_name="A unit",
        role=role,
        role_name=BilingualText(sv="Roll", en="Role"),
    )


def destination(to: Route, calendar: WorkCalendar = HEALTH_CENTRE) -> Destination:
    return Destination(route=to, calendar=calendar)


def submission(received_at: datetime = MONDAY) -> Submission:
    return Submission(
        case_id=CaseId("00000000-0000-0000-0000-000000000001"),
        service="prescription_renewal",
        answers={},
        patient=PATIENT.id,
        submitted_by=GUARDIAN.id,
        received_at=received_at,
        fingerprint="f",
    )


def first_plan(
    received_at: datetime,
    rules: HandlingRules = RENEWAL,
    *,
    calendar: WorkCalendar = HEALTH_CENTRE,
    urgency: Urgency = Urgency.NORMAL,
    visit_at: datetime | None = None,
    laid_at: datetime | None = None,
) -> Plan:
    """Return the plan that admission lays."""
    return lay_plan(
        PlanRequest(
            change=ClockChange.ADMITTED,
            at=received_at,
            rules=rules,
            calendar=calendar,
            urgency=urgency,
            received_at=received_at,
            visit_at=visit_at,
            laid_at=laid_at,
        )
    )


def admission(
    received_at: datetime = MONDAY,
    rules: HandlingRules = RENEWAL,
    *,
    calendar: WorkCalendar = HEALTH_CENTRE,
    urgency: Urgency = Urgency.NORMAL,
    visit_at: datetime | None = None,
    undeliverable: Undeliverable | None = None,
) -> Admission:
    return Admission(
        route=None if undeliverable is Undeliverable.NO_LISTING else route(),
        undeliverable=undeliverable,
        urgency=urgency,
        visit_at=visit_at,
        rules=rules,
        calendar=calendar,
        plan=first_plan(received_at, rules, calendar=calendar, urgency=urgency, visit_at=visit_at),
    )


def received(received_at: datetime = MONDAY) -> Case:
    return open_case(submission(received_at))


def admitted(known: Admission | None = None, received_at: datetime = MONDAY) -> Case:
    """Return a case admitted the instant it was received; its first notice has gone."""
    case = admit(received(received_at), known or admission(received_at), received_at)
    return settled(pass_marks(case, received_at))


def settled(case: Case) -> Case:
    """Return *case* with the plan of every clock change laid, as its workflow does at once."""
    while case.turns:
        request = plan_request(case, case.turns[0])
        if request is None:
            return case
        case = adopt_plan(case, case.turns[0], lay_plan(request))
    return case


def after(case: Case, message: AnyMessage, when: datetime) -> Case:
    """Return *case* when time has come to *when* and *message* then took effect."""
    return settled(apply(when_it_is(case, when), message, when))


def when_it_is(case: Case, now: datetime) -> Case:
    """Return *case* when time has come to *now*, each mark having taken effect at its instant."""
    mark = next_mark(case)
    while mark is not None and mark.at <= now:
        case = settled(pass_marks(case, mark.at))
        mark = next_mark(case)
    return case


def take(actor: Actor = ASSIGNEE) -> Take:
    return Take(action_id=new_id(), actor=actor)


def ask(actor: Actor = ASSIGNEE) -> AskPatient:
    return AskPatient(action_id=new_id(), actor=actor, text="Since when?")


def answer(actor: Actor = PATIENT) -> Answer:
    return Answer(action_id=new_id(), actor=actor, text="Since May.")


def reply(actor: Actor = ASSIGNEE) -> Reply:
    return Reply(action_id=new_id(), actor=actor, text="We look into it.")


def urgent(actor: Actor = ASSIGNEE) -> MarkUrgent:
    return MarkUrgent(action_id=new_id(), actor=actor, reason="Worse")


def merge(actor: Actor = HOLDER, into: str = "00000000-0000-0000-0000-000000000002") -> Merge:
    return Merge(action_id=new_id(), actor=actor, into=into)


def resolve(
    actor: Actor = ASSIGNEE, outcome: Outcome = Outcome.APPROVED, text: str | None = None
) -> Resolve:
    return Resolve(
        action_id=new_id(),
        actor=actor,
        outcome=outcome,
        text=text,
        documented_in_record=Documented.YES,
        qualified_contact=False,
    )


def hand_over(
    actor: Actor = PREPARER, colleague: Colleague | None = None, note: str | None = None
) -> HandOver:
    """Return a hand-over to *colleague*, or to whoever decides."""
    named = colleague.id if colleague else None
    return HandOver(action_id=new_id(), actor=actor, to=named, colleague=colleague, note=note)


def withdraw(actor: Actor = PATIENT) -> Withdraw:
    return Withdraw(action_id=new_id(), actor=actor)


def reopen(actor: Actor = PATIENT) -> Reopen:
    return Reopen(action_id=new_id(), actor=actor)


def in_state(state: str, now: datetime = MONDAY + timedelta(hours=1)) -> Case:
    """Return a case that has come to *state* in an ordinary way, before or at *now*."""
    waiting = admitted()
    taken = after(waiting, take(), now)
    cases: dict[str, Callable[[], Case]] = {
        "received": received,
        "queued": lambda: waiting,
        "assigned": lambda: taken,
        "awaiting_patient": lambda: after(taken, ask(), now),
        "resolved": lambda: after(taken, resolve(), now),
        "closed": lambda: when_it_is(after(taken, resolve(), now), now + timedelta(days=14)),
        "undeliverable": lambda: admitted(admission(undeliverable=Undeliverable.NO_HOLDER)),
        "rejected": lambda: admit(received(), Admission(problems=("missing",)), MONDAY),
    }
    return cases[state]()


def booking_reading(received_at: datetime, visit_at: datetime) -> Reading:
    """Return what a change of a visit says of urgency when it is received."""
    service = ServiceEntry(
        code="booking_change",
        form="booking_change",
        name=BilingualText(sv="Besök", en="Visit"),
        handling=BOOKING,
    )
    answers: dict[str, JsonValue] = {
        "action": "cancel",
        "booking": {"starts_at": visit_at.isoformat(), "kind": "Blood pressure"},
    }
    return BOOKING_CHANGE.reading(answers, Occasion(received_at, service, HEALTH_CENTRE))
