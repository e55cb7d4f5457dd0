"""What the registers say of a submission: where the case lies, what to notice, which rules hold."""

from enum import StrEnum

from pydantic import AwareDatetime

from domain.catalogue import HandlingRules
from domain.messages import Route
from domain.model import Model
from domain.plan import Plan
from domain.submission import Submission
from domain.vocabulary import Flag, Urgency
from domain.worktime import WorkCalendar


class Undeliverable(StrEnum):
    """Why a case has nowhere to go."""

    NO_LISTING = "no_listing"
    NO_UNIT = "no_unit"
    CLOSED_UNIT = "closed_unit"
    NO_HOLDER = "no_holder"
    NO_CLINIC = "no_clinic"


class AdmissionRequest(Model):
    """Ask for admission. `run_id` is the case's first run, so a retry knows its own claim.

    `again_at`: when the case, let in before, looks for a place once more; None the first time.
    """

    submission: Submission
    run_id: str
    again_at: AwareDatetime | None = None


class Admission(Model):
    """The answer: pinned to the case until it moves.

    `already_recorded`: another workflow has this case id. `problems`: what the gate refused.
    Otherwise a `route`, or the reason there is none, with rules, calendar and the first plan.
    `content_keys` say what the case is about (`domain.duplicates`). `atc_codes` are those of the
    medicines asked for, where a right to decide may rest on them; None unless all are known.
    `named_only`: staff who are not named for protected patients must not touch the case.
    """

    already_recorded: bool = False
    problems: tuple[str, ...] = ()
    route: Route | None = None
    undeliverable: Undeliverable | None = None
    flags: tuple[Flag, ...] = ()
    content_keys: tuple[str, ...] = ()
    atc_codes: tuple[str, ...] | None = None
    urgency: Urgency = Urgency.NORMAL
    protected: bool = False
    named_only: bool = False
    visit_at: AwareDatetime | None = None
    rules: HandlingRules | None = None
    calendar: WorkCalendar | None = None
    plan: Plan | None = None
