"""Who is told of a case and when, worked out by hand for one life after another.

Every unit here is open from 8 to 17 on weekdays, so a working day is 9 hours. A renewal is to be
answered within 18 hours of working time and resolved within 45.
"""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

import pytest

from domain.admission import Admission, Undeliverable
from domain.case import Case
from domain.catalogue import Amount
from domain.events import EventKind
from domain.legality import judge
from domain.marks import pass_marks
from domain.messages import AnyMessage, Assign, Colleague, Return, Transfer
from domain.progress import admit, redeliver
from domain.transitions import apply
from domain.vocabulary import Urgency
from domain.worktime import WorkCalendar
from tests.unit import case_samples as samples
from tests.unit.case_samples import (
    BOOKING,
    BOOKING_ESCALATED,
    RENEWAL,
    settled,
    when_it_is,
)
from tests.unit.opening_samples import HOUR, STOCKHOLM, at, calendar

Step = Callable[[Case, datetime], Case]
Script = tuple[tuple[str, Step], ...]

CERTIFICATE = RENEWAL.model_copy(update={"resolution": Amount(count=10)})
MORNINGS = calendar(*[(("08:00", "12:00"),)] * 5, (), (), working_day=4 * HOUR)
COLLEAGUE = Colleague(id=samples.HOLDER.id, unit=samples.UNIT, roles=(samples.ROLE,))


def say(message: AnyMessage) -> Step:
    """Let *message* take effect, which must be lawful then."""

    def step(case: Case, now: datetime) -> Case:
        assert judge(case, message) is None
        return settled(apply(case, message, now))

    return step


def deliver(answer: Admission) -> Step:
    """Look for a place again and find *answer*."""
    return lambda case, now: settled(pass_marks(settled(redeliver(case, answer, now)), now))


def to_another_unit(hours: WorkCalendar) -> Transfer:
    return Transfer(
        action_id=samples.new_id(),
        actor=samples.COORDINATOR,
        reason="Has moved",
        destination=samples.destination(samples.route(samples.OTHER_UNIT), hours),
    )


def give() -> Assign:
    return Assign(
        action_id=samples.new_id(),
        actor=samples.COORDINATOR,
        to=COLLEAGUE.id,
        colleague=COLLEAGUE,
    )


def give_back() -> Return:
    return Return(action_id=samples.new_id(), actor=samples.ASSIGNEE)


TAKEN, ASKED, ANSWERED = (
    say(message) for message in (samples.take(), samples.ask(), samples.answer())
)
ASKED_AGAIN, REPLIED, URGENT = (
    say(message) for message in (samples.ask(), samples.reply(), samples.urgent())
)
RESOLVED, REOPENED, WITHDRAWN = (
    say(message) for message in (samples.resolve(), samples.reopen(), samples.withdraw())
)
RETURNED, GIVEN, MOVED = say(give_back()), say(give()), say(to_another_unit(MORNINGS))


def lived(known: Admission, received: str, admitted: str, script: Script, until: str) -> Case:
    """Return the case at *until*, its clock having jumped from mark to mark and step to step."""
    arrived, let_in = at(received), at(admitted)
    case = settled(pass_marks(admit(samples.received(arrived), known, let_in), let_in))
    for when, step in script:
        now = at(when)
        case = settled(pass_marks(settled(step(when_it_is(case, now), now)), now))
    return when_it_is(case, at(until))


def told(case: Case) -> list[str]:
    """Return every notice as local time, rule and recipient."""
    return [
        f"{note.at.astimezone(STOCKHOLM):%a %d %b %H:%M} {note.rule} > {note.recipient}"
        for note in case.notices
    ]


class Life(NamedTuple):
    """A case that arrives, what people do to it, and everything that is told of it by *until*."""

    received: str
    until: str
    told: tuple[str, ...]
    script: Script = ()
    known: Callable[[datetime], Admission] = samples.admission
    admitted: str | None = None


def urgent_renewal(received_at: datetime) -> Admission:
    return samples.admission(received_at, urgency=Urgency.URGENT)


def certificate(received_at: datetime) -> Admission:
    return samples.admission(received_at, CERTIFICATE)


def booking(received_at: datetime) -> Admission:
    return samples.admission(received_at, BOOKING)


def visit_on_wednesday(received_at: datetime) -> Admission:
    return samples.admission(received_at, BOOKING, visit_at=at("2026-09-09 10:00"))


def escalated_before(visit: str) -> Callable[[datetime], Admission]:
    """Return the admission of an urgent change of a visit that is escalated two hours ahead."""
    return lambda received_at: samples.admission(
        received_at, BOOKING_ESCALATED, urgency=Urgency.URGENT, visit_at=at(visit)
    )


def unlisted(received_at: datetime) -> Admission:
    return samples.admission(received_at, undeliverable=Undeliverable.NO_LISTING)


def without_holder(received_at: datetime) -> Admission:
    return samples.admission(received_at, undeliverable=Undeliverable.NO_HOLDER)


LIVES = {
    "in hours, and nobody ever acts": Life(
        received="2026-09-07 08:00",
        until="2026-12-01 12:00",
        told=(
            "Mon 07 Sep 08:00 new_case > role_subscribers",
            "Mon 07 Sep 17:00 first_response_warning_50 > role",
            "Tue 08 Sep 13:24 first_response_warning_80 > role",
            "Tue 08 Sep 17:00 first_response_breach > coordinator",
            "Tue 08 Sep 17:00 first_response_breach > unit_manager",
            "Wed 09 Sep 12:30 resolution_warning_50 > role",
            "Thu 10 Sep 17:00 resolution_warning_80 > role",
            "Fri 11 Sep 17:00 delay > citizen",
            "Fri 11 Sep 17:00 resolution_breach > unit_manager",
            "Mon 14 Sep 17:00 resolution_overdue_1 > operations_manager",
            "Tue 15 Sep 17:00 resolution_overdue_2 > operations_manager",
            "Tue 15 Sep 17:00 moved_promise > citizen",
            "Wed 16 Sep 17:00 resolution_overdue_3 > operations_manager",
            "Thu 17 Sep 17:00 resolution_overdue_4 > operations_manager",
            "Thu 17 Sep 17:00 moved_promise > citizen",
            "Fri 18 Sep 17:00 resolution_overdue_5 > operations_manager",
        ),
    ),
    "at night": Life(
        received="2026-09-09 20:00",
        until="2026-09-11 17:00",
        told=(
            "Thu 10 Sep 08:00 new_case > role_subscribers",
            "Thu 10 Sep 17:00 first_response_warning_50 > role",
            "Fri 11 Sep 13:24 first_response_warning_80 > role",
            "Fri 11 Sep 17:00 first_response_breach > coordinator",
            "Fri 11 Sep 17:00 first_response_breach > unit_manager",
        ),
    ),
    "at the weekend": Life(
        received="2026-09-12 10:00",
        until="2026-09-14 17:00",
        told=(
            "Mon 14 Sep 08:00 new_case > role_subscribers",
            "Mon 14 Sep 17:00 first_response_warning_50 > role",
        ),
    ),
    "before Easter": Life(
        received="2026-04-02 16:30",
        until="2026-04-08 16:30",
        told=(
            "Thu 02 Apr 16:30 new_case > role_subscribers",
            "Tue 07 Apr 16:30 first_response_warning_50 > role",
            "Wed 08 Apr 12:54 first_response_warning_80 > role",
            "Wed 08 Apr 16:30 first_response_breach > coordinator",
            "Wed 08 Apr 16:30 first_response_breach > unit_manager",
        ),
    ),
    "before Midsummer, both warnings on one day": Life(
        received="2026-06-18 10:00",
        until="2026-06-23 10:00",
        told=(
            "Thu 18 Jun 10:00 new_case > role_subscribers",
            "Mon 22 Jun 10:00 first_response_warning_50 > role",
            "Tue 23 Jun 10:00 first_response_breach > coordinator",
            "Tue 23 Jun 10:00 first_response_breach > unit_manager",
        ),
    ),
    "before the clocks go forward": Life(
        received="2026-03-27 16:00",
        until="2026-03-31 16:00",
        told=(
            "Fri 27 Mar 16:00 new_case > role_subscribers",
            "Mon 30 Mar 16:00 first_response_warning_50 > role",
            "Tue 31 Mar 12:24 first_response_warning_80 > role",
            "Tue 31 Mar 16:00 first_response_breach > coordinator",
            "Tue 31 Mar 16:00 first_response_breach > unit_manager",
        ),
    ),
    "a booking before the clocks go back": Life(
        received="2026-10-23 16:00",
        until="2026-10-27 16:00",
        known=booking,
        told=(
            "Fri 23 Oct 16:00 new_case > role_subscribers",
            "Mon 26 Oct 11:30 first_response_warning_50 > role",
            "Mon 26 Oct 16:00 first_response_breach > coordinator",
            "Mon 26 Oct 16:00 first_response_breach > unit_manager",
            "Mon 26 Oct 16:00 resolution_warning_50 > role",
            "Tue 27 Oct 12:24 resolution_warning_80 > role",
            "Tue 27 Oct 16:00 delay > citizen",
            "Tue 27 Oct 16:00 resolution_breach > unit_manager",
        ),
    ),
    "urgent, at night": Life(
        received="2026-09-12 02:00",
        until="2026-09-14 17:00",
        known=urgent_renewal,
        told=(
            "Sat 12 Sep 02:00 new_case > role_subscribers",
            "Mon 14 Sep 12:30 first_response_warning_50 > role",
            "Mon 14 Sep 12:30 resolution_warning_50 > role",
            "Mon 14 Sep 17:00 first_response_breach > coordinator",
            "Mon 14 Sep 17:00 first_response_breach > unit_manager",
            "Mon 14 Sep 17:00 delay > citizen",
            "Mon 14 Sep 17:00 resolution_breach > unit_manager",
        ),
    ),
    "taken, and then nothing": Life(
        received="2026-09-07 08:00",
        until="2026-09-11 17:00",
        script=(("2026-09-07 09:00", TAKEN),),
        told=(
            "Mon 07 Sep 08:00 new_case > role_subscribers",
            "Mon 07 Sep 17:00 first_response_warning_50 > role",
            "Tue 08 Sep 13:24 first_response_warning_80 > role",
            "Tue 08 Sep 17:00 first_response_breach > coordinator",
            "Tue 08 Sep 17:00 first_response_breach > unit_manager",
            "Wed 09 Sep 12:30 resolution_warning_50 > owner",
            "Thu 10 Sep 17:00 resolution_warning_80 > owner",
            "Fri 11 Sep 17:00 delay > citizen",
            "Fri 11 Sep 17:00 resolution_breach > unit_manager",
        ),
    ),
    "assigned, and then nothing": Life(
        received="2026-09-07 08:00",
        until="2026-09-07 17:00",
        script=(("2026-09-07 10:00", GIVEN),),
        told=(
            "Mon 07 Sep 08:00 new_case > role_subscribers",
            "Mon 07 Sep 10:00 assigned_to_you > owner",
            "Mon 07 Sep 17:00 first_response_warning_50 > role",
        ),
    ),
    "replied to and resolved in time": Life(
        received="2026-09-07 08:00",
        until="2026-12-01 12:00",
        script=(
            ("2026-09-07 09:00", TAKEN),
            ("2026-09-07 10:00", REPLIED),
            ("2026-09-10 10:00", RESOLVED),
        ),
        told=(
            "Mon 07 Sep 08:00 new_case > role_subscribers",
            "Mon 07 Sep 10:00 reply > citizen",
            "Wed 09 Sep 12:30 resolution_warning_50 > owner",
            "Thu 10 Sep 10:00 outcome > citizen",
        ),
    ),
    "a certificate has ten days": Life(
        received="2026-09-07 08:00",
        until="2026-09-18 17:00",
        known=certificate,
        script=(("2026-09-07 09:00", TAKEN), ("2026-09-07 10:00", REPLIED)),
        told=(
            "Mon 07 Sep 08:00 new_case > role_subscribers",
            "Mon 07 Sep 10:00 reply > citizen",
            "Fri 11 Sep 17:00 resolution_warning_50 > owner",
            "Wed 16 Sep 17:00 resolution_warning_80 > owner",
            "Fri 18 Sep 17:00 delay > citizen",
            "Fri 18 Sep 17:00 resolution_breach > unit_manager",
        ),
    ),
    "late before Christmas": Life(
        received="2026-12-17 08:00",
        until="2027-02-01 12:00",
        script=(("2026-12-17 09:00", TAKEN), ("2026-12-17 10:00", REPLIED)),
        told=(
            "Thu 17 Dec 08:00 new_case > role_subscribers",
            "Thu 17 Dec 10:00 reply > citizen",
            "Mon 21 Dec 12:30 resolution_warning_50 > owner",
            "Tue 22 Dec 17:00 resolution_warning_80 > owner",
            "Wed 23 Dec 17:00 delay > citizen",
            "Wed 23 Dec 17:00 resolution_breach > unit_manager",
            "Mon 28 Dec 17:00 resolution_overdue_1 > operations_manager",
            "Tue 29 Dec 17:00 resolution_overdue_2 > operations_manager",
            "Tue 29 Dec 17:00 moved_promise > citizen",
            "Wed 30 Dec 17:00 resolution_overdue_3 > operations_manager",
            "Mon 04 Jan 17:00 resolution_overdue_4 > operations_manager",
            "Mon 04 Jan 17:00 moved_promise > citizen",
            "Tue 05 Jan 17:00 resolution_overdue_5 > operations_manager",
        ),
    ),
    "asked and answered: the time left counts anew": Life(
        received="2026-09-07 08:00",
        until="2026-09-15 16:59",
        script=(
            ("2026-09-07 10:00", TAKEN),
            ("2026-09-07 11:00", ASKED),
            ("2026-09-09 09:00", ANSWERED),
        ),
        told=(
            "Mon 07 Sep 08:00 new_case > role_subscribers",
            "Mon 07 Sep 11:00 question > citizen",
            "Wed 09 Sep 09:00 patient_answered > owner",
            "Fri 11 Sep 12:00 resolution_warning_50 > owner",
            "Mon 14 Sep 15:36 resolution_warning_80 > owner",
            "Tue 15 Sep 15:00 delay > citizen",
            "Tue 15 Sep 15:00 resolution_breach > unit_manager",
        ),
    ),
    "the patient is silent": Life(
        received="2026-09-07 08:00",
        until="2026-12-01 12:00",
        script=(("2026-09-07 10:00", TAKEN), ("2026-09-07 11:00", ASKED)),
        told=(
            "Mon 07 Sep 08:00 new_case > role_subscribers",
            "Mon 07 Sep 11:00 question > citizen",
            "Thu 10 Sep 11:00 patient_silence_3 > citizen",
            "Mon 14 Sep 11:00 patient_silence_7 > citizen",
            "Mon 21 Sep 11:00 outcome > citizen",
        ),
    ),
    "the third day of silence is a Saturday": Life(
        received="2026-09-09 08:00",
        until="2026-09-23 10:00",
        script=(("2026-09-09 09:00", TAKEN), ("2026-09-09 10:00", ASKED)),
        told=(
            "Wed 09 Sep 08:00 new_case > role_subscribers",
            "Wed 09 Sep 10:00 question > citizen",
            "Mon 14 Sep 08:00 patient_silence_3 > citizen",
            "Wed 16 Sep 10:00 patient_silence_7 > citizen",
            "Wed 23 Sep 10:00 outcome > citizen",
        ),
    ),
    "silent over Christmas: reminded once on the day both fall on": Life(
        received="2026-12-21 08:00",
        until="2027-01-04 10:00",
        script=(("2026-12-21 09:00", TAKEN), ("2026-12-21 10:00", ASKED)),
        told=(
            "Mon 21 Dec 08:00 new_case > role_subscribers",
            "Mon 21 Dec 10:00 question > citizen",
            "Mon 28 Dec 08:00 patient_silence_3 > citizen",
            "Mon 04 Jan 10:00 outcome > citizen",
        ),
    ),
    "silent while the clocks go back: a day is 24 hours": Life(
        received="2026-10-19 08:00",
        until="2026-11-02 09:00",
        script=(("2026-10-19 09:00", TAKEN), ("2026-10-19 10:00", ASKED)),
        told=(
            "Mon 19 Oct 08:00 new_case > role_subscribers",
            "Mon 19 Oct 10:00 question > citizen",
            "Thu 22 Oct 10:00 patient_silence_3 > citizen",
            "Mon 26 Oct 09:00 patient_silence_7 > citizen",
            "Mon 02 Nov 09:00 outcome > citizen",
        ),
    ),
    "asked twice: silence counts anew, the 14 days of pause do not": Life(
        received="2026-09-07 08:00",
        until="2026-12-01 12:00",
        script=(
            ("2026-09-07 10:00", TAKEN),
            ("2026-09-07 11:00", ASKED),
            ("2026-09-11 10:00", ASKED_AGAIN),
        ),
        told=(
            "Mon 07 Sep 08:00 new_case > role_subscribers",
            "Mon 07 Sep 11:00 question > citizen",
            "Thu 10 Sep 11:00 patient_silence_3 > citizen",
            "Fri 11 Sep 10:00 question > citizen",
            "Mon 14 Sep 10:00 patient_silence_3 > citizen",
            "Fri 18 Sep 10:00 patient_silence_7 > citizen",
            "Wed 23 Sep 14:00 resolution_warning_50 > owner",
            "Fri 25 Sep 08:36 resolution_warning_80 > owner",
            "Fri 25 Sep 10:00 outcome > citizen",
        ),
    ),
    "withdrawn before anyone took it": Life(
        received="2026-09-07 08:00",
        until="2026-12-01 12:00",
        script=(("2026-09-07 10:00", WITHDRAWN),),
        told=("Mon 07 Sep 08:00 new_case > role_subscribers",),
    ),
    "withdrawn from its owner": Life(
        received="2026-09-07 08:00",
        until="2026-12-01 12:00",
        script=(("2026-09-07 09:00", TAKEN), ("2026-09-07 10:00", WITHDRAWN)),
        told=(
            "Mon 07 Sep 08:00 new_case > role_subscribers",
            "Mon 07 Sep 10:00 patient_withdrew > owner",
        ),
    ),
    "transferred to a unit open in the mornings": Life(
        received="2026-09-07 08:00",
        until="2026-09-11 10:00",
        script=(("2026-09-07 12:00", MOVED),),
        told=(
            "Mon 07 Sep 08:00 new_case > role_subscribers",
            "Mon 07 Sep 12:00 moved_promise > citizen",
            "Tue 08 Sep 08:00 new_case > role_subscribers",
            "Wed 09 Sep 11:00 first_response_warning_50 > role",
            "Thu 10 Sep 11:12 first_response_warning_80 > role",
            "Fri 11 Sep 10:00 first_response_breach > coordinator",
            "Fri 11 Sep 10:00 first_response_breach > unit_manager",
        ),
    ),
    "returned: those who subscribe hear of it, and half of what is left is half": Life(
        received="2026-09-07 08:00",
        until="2026-09-11 17:00",
        script=(("2026-09-07 09:00", TAKEN), ("2026-09-08 12:00", RETURNED)),
        told=(
            "Mon 07 Sep 08:00 new_case > role_subscribers",
            "Mon 07 Sep 17:00 first_response_warning_50 > role",
            "Tue 08 Sep 12:00 new_case > role_subscribers",
            "Tue 08 Sep 14:30 first_response_warning_50 > role",
            "Tue 08 Sep 17:00 first_response_breach > coordinator",
            "Tue 08 Sep 17:00 first_response_breach > unit_manager",
            "Thu 10 Sep 10:00 resolution_warning_50 > role",
            "Fri 11 Sep 10:36 resolution_warning_80 > role",
            "Fri 11 Sep 17:00 delay > citizen",
            "Fri 11 Sep 17:00 resolution_breach > unit_manager",
        ),
    ),
    "taken and returned at the weekend: told once, on Monday": Life(
        received="2026-09-11 18:00",
        until="2026-09-14 17:00",
        script=(("2026-09-12 12:00", TAKEN), ("2026-09-13 10:00", RETURNED)),
        told=(
            "Mon 14 Sep 08:00 new_case > role_subscribers",
            "Mon 14 Sep 17:00 first_response_warning_50 > role",
        ),
    ),
    "reopened in the evening": Life(
        received="2026-09-07 08:00",
        until="2026-09-16 17:00",
        script=(
            ("2026-09-07 09:00", TAKEN),
            ("2026-09-07 15:00", RESOLVED),
            ("2026-09-09 18:00", REOPENED),
        ),
        told=(
            "Mon 07 Sep 08:00 new_case > role_subscribers",
            "Mon 07 Sep 15:00 outcome > citizen",
            "Thu 10 Sep 08:00 new_case > role_subscribers",
            "Mon 14 Sep 12:30 resolution_warning_50 > role",
            "Tue 15 Sep 17:00 resolution_warning_80 > role",
            "Wed 16 Sep 17:00 delay > citizen",
            "Wed 16 Sep 17:00 resolution_breach > unit_manager",
        ),
    ),
    "marked urgent: 50 and 80 % of the shorter time": Life(
        received="2026-09-07 08:00",
        until="2026-09-09 10:00",
        script=(("2026-09-08 10:00", URGENT),),
        told=(
            "Mon 07 Sep 08:00 new_case > role_subscribers",
            "Mon 07 Sep 17:00 first_response_warning_50 > role",
            "Tue 08 Sep 10:00 marked_urgent > role",
            "Tue 08 Sep 13:30 first_response_warning_50 > role",
            "Tue 08 Sep 14:30 resolution_warning_50 > role",
            "Tue 08 Sep 17:00 first_response_breach > coordinator",
            "Tue 08 Sep 17:00 first_response_breach > unit_manager",
            "Wed 09 Sep 08:12 resolution_warning_80 > role",
            "Wed 09 Sep 10:00 delay > citizen",
            "Wed 09 Sep 10:00 resolution_breach > unit_manager",
        ),
    ),
    "the visit comes first": Life(
        received="2026-09-07 08:00",
        until="2026-12-01 12:00",
        known=visit_on_wednesday,
        told=(
            "Mon 07 Sep 08:00 new_case > role_subscribers",
            "Mon 07 Sep 12:30 first_response_warning_50 > role",
            "Mon 07 Sep 16:00 resolution_warning_50 > role",
            "Mon 07 Sep 17:00 first_response_breach > coordinator",
            "Mon 07 Sep 17:00 first_response_breach > unit_manager",
            "Tue 08 Sep 11:48 resolution_warning_80 > role",
            "Tue 08 Sep 15:00 delay > citizen",
            "Tue 08 Sep 15:00 resolution_breach > unit_manager",
            "Wed 09 Sep 10:00 outcome > citizen",
            "Wed 09 Sep 10:00 visit_overtaken > unit_manager",
        ),
    ),
    "nobody has changed the visit two working hours before it": Life(
        received="2026-09-11 09:00",
        until="2026-12-01 12:00",
        known=escalated_before("2026-09-14 08:30"),
        script=(("2026-09-11 09:30", TAKEN), ("2026-09-11 09:30", REPLIED)),
        told=(
            "Fri 11 Sep 09:00 new_case > role_subscribers",
            "Fri 11 Sep 09:30 reply > citizen",
            "Fri 11 Sep 10:00 resolution_warning_50 > owner",
            "Fri 11 Sep 11:00 delay > citizen",
            "Fri 11 Sep 11:00 resolution_breach > unit_manager",
            "Fri 11 Sep 15:30 visit_near > coordinator",
            "Mon 14 Sep 08:30 outcome > citizen",
            "Mon 14 Sep 08:30 visit_overtaken > unit_manager",
        ),
    ),
    "told before the visit once, though the patient is asked and answers after it": Life(
        received="2026-09-07 08:00",
        until="2026-09-09 10:00",
        known=escalated_before("2026-09-09 10:00"),
        script=(
            ("2026-09-07 08:30", TAKEN),
            ("2026-09-07 08:30", ASKED),
            ("2026-09-09 08:30", ANSWERED),
            ("2026-09-09 08:40", ASKED),
        ),
        told=(
            "Mon 07 Sep 08:00 new_case > role_subscribers",
            "Mon 07 Sep 08:30 question > citizen",
            "Wed 09 Sep 08:00 visit_near > coordinator",
            "Wed 09 Sep 08:30 patient_answered > owner",
            "Wed 09 Sep 08:30 delay > citizen",
            "Wed 09 Sep 08:30 resolution_breach > unit_manager",
            "Wed 09 Sep 08:40 question > citizen",
            "Wed 09 Sep 10:00 outcome > citizen",
            "Wed 09 Sep 10:00 visit_overtaken > unit_manager",
        ),
    ),
    "resolved before the visit comes near": Life(
        received="2026-09-07 08:00",
        until="2026-09-09 12:00",
        known=escalated_before("2026-09-09 10:00"),
        script=(("2026-09-07 08:30", TAKEN), ("2026-09-07 08:30", RESOLVED)),
        told=(
            "Mon 07 Sep 08:00 new_case > role_subscribers",
            "Mon 07 Sep 08:30 outcome > citizen",
        ),
    ),
    "unlisted, on a Saturday: told at once": Life(
        received="2026-09-05 12:00",
        until="2026-09-08 17:00",
        known=unlisted,
        told=(
            "Sat 05 Sep 12:00 undeliverable > role_catalogue_owner",
            "Sat 05 Sep 12:00 undeliverable > operations",
            "Mon 07 Sep 17:00 first_response_warning_50 > role",
            "Tue 08 Sep 13:24 first_response_warning_80 > role",
            "Tue 08 Sep 17:00 first_response_breach > coordinator",
            "Tue 08 Sep 17:00 first_response_breach > unit_manager",
        ),
    ),
    "nobody holds the role until Tuesday": Life(
        received="2026-09-07 08:00",
        until="2026-09-08 17:00",
        known=without_holder,
        script=(("2026-09-08 12:00", deliver(samples.admission())),),
        told=(
            "Mon 07 Sep 08:00 undeliverable > coordinator",
            "Mon 07 Sep 17:00 first_response_warning_50 > role",
            "Tue 08 Sep 12:00 new_case > role_subscribers",
            "Tue 08 Sep 14:30 first_response_warning_50 > role",
            "Tue 08 Sep 17:00 first_response_breach > coordinator",
            "Tue 08 Sep 17:00 first_response_breach > unit_manager",
        ),
    ),
    "asked late in the evening: reminded in hours, and ended at that hour": Life(
        received="2026-09-07 08:00",
        until="2026-09-21 23:00",
        script=(("2026-09-07 10:00", TAKEN), ("2026-09-07 23:00", ASKED)),
        told=(
            "Mon 07 Sep 08:00 new_case > role_subscribers",
            "Mon 07 Sep 17:00 first_response_warning_50 > role",
            "Mon 07 Sep 23:00 question > citizen",
            "Fri 11 Sep 08:00 patient_silence_3 > citizen",
            "Tue 15 Sep 08:00 patient_silence_7 > citizen",
            "Mon 21 Sep 23:00 outcome > citizen",
        ),
    ),
    "admitted on a Sunday night after its time: all of it then": Life(
        received="2026-09-07 08:00",
        admitted="2026-09-13 02:00",
        until="2026-09-14 16:59",
        told=(
            "Sun 13 Sep 02:00 first_response_breach > coordinator",
            "Sun 13 Sep 02:00 first_response_breach > unit_manager",
            "Sun 13 Sep 02:00 delay > citizen",
            "Sun 13 Sep 02:00 resolution_breach > unit_manager",
            "Sun 13 Sep 02:00 new_case > role_subscribers",
        ),
    ),
    "late, asked, and answered after the new date": Life(
        received="2026-09-07 08:00",
        until="2026-09-18 10:00",
        script=(
            ("2026-09-14 09:00", TAKEN),
            ("2026-09-14 10:00", ASKED),
            ("2026-09-17 10:00", ANSWERED),
        ),
        told=(
            "Mon 07 Sep 08:00 new_case > role_subscribers",
            "Mon 07 Sep 17:00 first_response_warning_50 > role",
            "Tue 08 Sep 13:24 first_response_warning_80 > role",
            "Tue 08 Sep 17:00 first_response_breach > coordinator",
            "Tue 08 Sep 17:00 first_response_breach > unit_manager",
            "Wed 09 Sep 12:30 resolution_warning_50 > role",
            "Thu 10 Sep 17:00 resolution_warning_80 > role",
            "Fri 11 Sep 17:00 delay > citizen",
            "Fri 11 Sep 17:00 resolution_breach > unit_manager",
            "Mon 14 Sep 10:00 question > citizen",
            "Thu 17 Sep 10:00 patient_silence_3 > citizen",
            "Thu 17 Sep 10:00 patient_answered > owner",
            "Thu 17 Sep 10:00 moved_promise > citizen",
            "Fri 18 Sep 10:00 resolution_overdue_1 > operations_manager",
        ),
    ),
    "admitted late: the highest of each line, once": Life(
        received="2026-09-07 08:00",
        admitted="2026-09-09 18:30",
        until="2026-09-10 17:00",
        told=(
            "Wed 09 Sep 18:30 first_response_breach > coordinator",
            "Wed 09 Sep 18:30 first_response_breach > unit_manager",
            "Wed 09 Sep 18:30 resolution_warning_50 > role",
            "Wed 09 Sep 18:30 new_case > role_subscribers",
            "Thu 10 Sep 17:00 resolution_warning_80 > role",
        ),
    ),
}


@pytest.mark.parametrize("name", LIVES)
def test_everyone_is_told_at_the_hour_worked_out_by_hand(name: str) -> None:
    life = LIVES[name]
    known = life.known(at(life.received))

    case = lived(known, life.received, life.admitted or life.received, life.script, life.until)

    assert told(case) == list(life.told)


@pytest.mark.parametrize(
    ("received", "script", "new_date"),
    [
        pytest.param("2026-09-07 08:00", (), "2026-09-15 17:00", id="two working days on"),
        pytest.param("2026-03-26 16:00", (), "2026-04-08 16:00", id="over Easter"),
        pytest.param(
            "2026-09-07 08:00",
            (("2026-09-08 10:00", URGENT),),
            "2026-09-11 10:00",
            id="urgent or not",
        ),
    ],
)
def test_late_case_names_a_new_date(received: str, script: Script, new_date: str) -> None:
    known = samples.admission(at(received))

    case = lived(known, received, received, script, "2026-12-01 12:00")

    delays = [event for event in case.events if event.kind is EventKind.DELAYED]
    assert [datetime.fromisoformat(event.detail["new_date"]) for event in delays] == [at(new_date)]


def test_what_is_urgent_is_marked_so_from_then_on() -> None:
    known = samples.admission(at("2026-09-07 08:00"))

    case = lived(
        known,
        "2026-09-07 08:00",
        "2026-09-07 08:00",
        (("2026-09-08 10:00", URGENT),),
        "2026-09-08 17:00",
    )

    assert [note.urgent for note in case.notices] == [False, False, *[True] * 5]
