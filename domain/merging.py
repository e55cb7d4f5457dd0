"""Merging: a case offers itself to the one it repeats, and ends only after that one's yes.

The kept case judges the offer by its own state. Two that offer themselves to each other both
refuse, so neither is ever lost (design section 4).
"""

from datetime import datetime
from enum import StrEnum

from domain.actors import SYSTEM
from domain.case import Case
from domain.clocks import ClockChange
from domain.events import EventKind
from domain.legality import Refusal
from domain.messages import Merge
from domain.model import Model
from domain.notices import NoticeRule, Recipient
from domain.promise import Promise
from domain.seen import Seen, refused_later
from domain.transitions import ended_as, noted_refusal
from domain.vocabulary import Outcome


class OfferRefusal(StrEnum):
    """Why the kept case does not absorb another."""

    NOT_OPEN = "not_open"
    MERGING = "merging"
    ANOTHER_PATIENT = "another_patient"
    ANOTHER_PROVIDER = "another_provider"
    SILENT = "silent"


class Offer(Model):
    """What a merging case tells the one that is to be kept: whose it is and what was promised."""

    from_case: str
    patient: str
    provider: str
    promise: Promise


class OfferTo(Model):
    """An offer and the id of the case it goes to."""

    into: str
    offer: Offer


class OfferAnswer(Model):
    """What the kept case said: None for yes."""

    refusal: OfferRefusal | None = None


class Absorbed(Model):
    """The kept case's yes, and its rev after it."""

    rev: int


def offer_of(case: Case) -> OfferTo | None:
    """Return the offer that a merging case makes; None while it has nothing to make."""
    if case.merging is None or case.route is None or case.plan is None:
        return None
    clocks = case.plan.clocks
    is_answered = case.facts.first_response_at is not None
    promise = Promise(
        first_response_by=None if is_answered else clocks.first_response.due_at,
        resolution_by=clocks.resolution.due_at,
    )
    offer = Offer(
        from_case=case.submission.case_id,
        patient=case.submission.patient,
        provider=case.route.provider,
        promise=promise,
    )
    return OfferTo(into=case.merging.into, offer=offer)


def judge_offer(case: Case, offer: Offer) -> OfferRefusal | None:
    """Return why *case* does not absorb the case of *offer*; one absorbed before is no question."""
    if offer.from_case in case.absorbed:
        return None
    if not case.is_open:
        return OfferRefusal.NOT_OPEN
    if case.merging is not None or offer.from_case == case.submission.case_id:
        return OfferRefusal.MERGING
    if case.submission.patient != offer.patient:
        return OfferRefusal.ANOTHER_PATIENT
    if case.route is None or case.route.provider != offer.provider:
        return OfferRefusal.ANOTHER_PROVIDER
    return None


def absorb(case: Case, offer: Offer, at: datetime) -> Case:
    """Return the kept *case* after its yes: it takes the earlier of both promises, once."""
    if offer.from_case in case.absorbed:
        return case
    kept = case.changed(absorbed=(*case.absorbed, offer.from_case))
    told = kept.with_event(EventKind.ABSORBED, at, SYSTEM, None, **{"from": offer.from_case})
    return told.turned(ClockChange.ABSORBED, at, promise=offer.promise)


def end_merging(case: Case, refusal: OfferRefusal | None, at: datetime) -> Case:
    """Return *case* after the answer: ended as a duplicate, or going on as it was."""
    merge = case.merging
    after = case.model_copy(update={"merging": None})
    if merge is None or case.is_over:
        return after
    if refusal is None:
        return _merged(after, merge, at)
    return noted_refusal(after, merge, Refusal.MERGE_REFUSED, at, why=refusal)


def seen_after(case: Case, seen: dict[str, Seen], refusal: OfferRefusal | None) -> dict[str, Seen]:
    """Return what a merging case has *seen* after the answer: a no is what its message is told."""
    if case.merging is None or refusal is None:
        return seen
    return refused_later(seen, case.merging.action_id, Refusal.MERGE_REFUSED)


def _merged(case: Case, merge: Merge, at: datetime) -> Case:
    told = ended_as(case, Outcome.DUPLICATE, at).with_event(
        EventKind.MERGED,
        at,
        merge.actor,
        merge.action_id,
        into=merge.into,
        reason=merge.reason,
        outcome=Outcome.DUPLICATE,
    )
    return told.with_notice(NoticeRule.OUTCOME, Recipient.CITIZEN, at)
