"""Merging: who absorbs whom, and what the kept case takes over."""

from datetime import timedelta

import pytest

from domain.case import Case
from domain.events import EventKind
from domain.legality import Refusal
from domain.merging import Offer, OfferRefusal, absorb, end_merging, judge_offer, offer_of
from domain.promise import Promise
from domain.transitions import apply
from domain.vocabulary import CaseState, Outcome
from tests.unit import case_samples as samples

NOW = samples.MONDAY + timedelta(hours=1)
OTHER = "00000000-0000-0000-0000-000000000009"


def an_offer(**changes: object) -> Offer:
    offer = Offer(
        from_case=OTHER,
        patient=samples.PATIENT.id,
        provider=samples.PROVIDER,
        promise=Promise(
            first_response_by=NOW + timedelta(hours=2), resolution_by=NOW + timedelta(hours=5)
        ),
    )
    return offer.model_copy(update=changes)


def dues(case: Case) -> tuple[object, object]:
    assert case.plan is not None
    clocks = case.plan.clocks
    return clocks.first_response.due_at, clocks.resolution.due_at


@pytest.mark.parametrize("state", ["queued", "assigned"])
def test_kept_case_takes_the_earlier_promise(state: str) -> None:
    kept = samples.settled(absorb(samples.in_state(state), an_offer(), NOW))

    assert dues(kept) == (NOW + timedelta(hours=2), NOW + timedelta(hours=5))
    assert kept.state == state
    assert kept.events[-1].detail == {"from": OTHER}


def test_later_promise_moves_nothing() -> None:
    case = samples.in_state("queued")
    late = Promise(first_response_by=None, resolution_by=NOW + timedelta(days=90))

    assert dues(samples.settled(absorb(case, an_offer(promise=late), NOW))) == dues(case)


def test_absorbing_twice_is_absorbing_once() -> None:
    once = absorb(samples.in_state("queued"), an_offer(), NOW)

    assert absorb(once, an_offer(), NOW) == once
    assert judge_offer(once.changed(state=CaseState.RESOLVED), an_offer()) is None


def test_kept_case_that_waits_for_the_patient_stays_paused() -> None:
    waiting = samples.in_state("awaiting_patient", NOW)

    kept = samples.settled(absorb(waiting, an_offer(), NOW))

    assert kept.plan is not None
    assert waiting.plan is not None
    assert kept.plan.clocks.paused_since == waiting.plan.clocks.paused_since
    assert kept.plan.clocks.resolution.left == timedelta(hours=5)
    assert kept.plan.clocks.resolution.due_at < waiting.plan.clocks.resolution.due_at


def test_role_is_still_told_of_a_kept_case_that_came_at_night() -> None:
    evening = samples.MONDAY + timedelta(hours=12)
    case = samples.admitted(samples.admission(evening), evening)
    tomorrow = samples.MONDAY + timedelta(days=1)
    promise = Promise(first_response_by=None, resolution_by=tomorrow + timedelta(hours=8))

    kept = samples.settled(absorb(case, an_offer(promise=promise), evening))

    morning = samples.when_it_is(kept, tomorrow)
    assert [notice.rule for notice in morning.notices] == ["new_case"]


@pytest.mark.parametrize(
    ("state", "changes", "why"),
    [
        ("resolved", {}, OfferRefusal.NOT_OPEN),
        ("queued", {"patient": "197005109999"}, OfferRefusal.ANOTHER_PATIENT),
        ("queued", {"provider": samples.FOREIGN_PROVIDER}, OfferRefusal.ANOTHER_PROVIDER),
        ("received", {}, OfferRefusal.ANOTHER_PROVIDER),
    ],
)
def test_offer_is_refused(state: str, changes: dict[str, object], why: OfferRefusal) -> None:
    assert judge_offer(samples.in_state(state), an_offer(**changes)) is why


def test_case_that_is_merging_absorbs_none() -> None:
    merging = apply(samples.in_state("queued"), samples.merge(), NOW)

    assert judge_offer(merging, an_offer()) is OfferRefusal.MERGING


def test_case_ends_as_duplicate_after_a_yes() -> None:
    merge = samples.merge()
    merging = apply(samples.in_state("queued"), merge, NOW)

    made = offer_of(merging)
    ended = end_merging(merging, None, NOW)

    assert made is not None
    assert (made.into, made.offer.from_case) == (merge.into, merging.submission.case_id)
    assert (merging.state, ended.state) == ("queued", "resolved")
    assert (ended.outcome, ended.merging) == (Outcome.DUPLICATE, None)
    assert ended.events[-1].kind is EventKind.MERGED
    assert ended.events[-1].detail == {"into": merge.into, "outcome": "duplicate"}


def test_case_goes_on_after_a_no() -> None:
    before = samples.in_state("assigned")
    merging = apply(before, samples.merge(), NOW)

    after = end_merging(merging, OfferRefusal.SILENT, NOW)

    assert (after.state, after.merging, dues(after)) == (before.state, None, dues(before))
    refused = {"message": "merge", "code": Refusal.MERGE_REFUSED, "why": "silent"}
    assert after.events[-1].detail == refused


def test_case_that_ended_while_it_waited_merges_no_more() -> None:
    closed = samples.in_state("closed").changed(merging=samples.merge())

    assert end_merging(closed, None, NOW).outcome is Outcome.APPROVED
