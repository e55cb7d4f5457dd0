"""How long a case is kept, who may let it go, and what of its chain outlives erasing."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.disposal.approving import is_approved
from commands.disposal.due_cases import keep_until
from domain.actors import ActorKind
from domain.case import Case, open_case
from domain.events import Event, EventActor, EventKind, chained, digest_of, erased, is_unbroken
from domain.progress import admit
from domain.retention import (
    DueCase,
    Duty,
    Hindrance,
    Standing,
    chain_hash,
    find_hindrance,
    kept_from,
    plan_hash,
    retain_until,
)
from domain.transitions import apply
from runtime.region import load_region
from store.retention_runs import Approval, RetentionRun
from tests.region import EXAMPLE, SHIPPED
from tests.unit import case_samples as samples
from tests.unit.case_samples import MONDAY
from tests.unit.opening_samples import HOUR

DAYS = st.dates(date(1990, 1, 1), date(2090, 12, 31))
YEARS = st.integers(1, 100)
TODAY = date(2036, 11, 24)
RUN = "run-1"
HASHED_BEFORE = "91e2892efb12bbddc7e9f179fb158dfe1147c8405f2b906567102cf0da9c083e"


@pytest.mark.parametrize(
    ("closed_on", "years", "until"),
    [
        pytest.param(date(2026, 11, 22), 10, date(2036, 11, 22), id="the same day"),
        pytest.param(date(2024, 2, 29), 2, date(2026, 3, 1), id="a leap day is never shortened"),
        pytest.param(date(2024, 2, 29), 4, date(2028, 2, 29), id="a leap day to a leap year"),
        pytest.param(date(2026, 12, 31), 10, date(2036, 12, 31), id="the last day of a year"),
    ],
)
def test_time_is_counted_in_calendar_years(closed_on: date, years: int, until: date) -> None:
    assert retain_until(closed_on, years) == until


@given(closed_on=DAYS, years=YEARS)
def test_nothing_is_kept_shorter_than_its_years(closed_on: date, years: int) -> None:
    until = retain_until(closed_on, years)

    assert until.year == closed_on.year + years
    assert (until.month, until.day) >= (closed_on.month, closed_on.day)


@given(closed_on=DAYS, years=YEARS, ahead=st.integers(-800, 800))
def test_what_the_search_finds_is_what_the_rule_lets_go(
    closed_on: date, years: int, ahead: int
) -> None:
    today = retain_until(closed_on, years) + timedelta(days=ahead)

    assert (closed_on < kept_from(today, years)) is (retain_until(closed_on, years) < today)


@pytest.mark.parametrize("today", [date(2024, 2, 29), date(2023, 3, 1), date(2023, 2, 28)])
def test_every_day_around_a_leap_day_is_judged_alike(today: date) -> None:
    for back in range(-3, 4):
        closed_on = date(today.year - 2, 2, 28) + timedelta(days=back)
        assert (closed_on < kept_from(today, 2)) is (retain_until(closed_on, 2) < today)


@pytest.mark.parametrize("folder", [SHIPPED, EXAMPLE], ids=["shipped", "example"])
def test_every_service_of_a_region_has_a_class(folder: object) -> None:
    catalogue = load_region(SHIPPED if folder == SHIPPED else EXAMPLE).catalogue

    assert all(entry.retention in catalogue.retention_classes for entry in catalogue.services)
    assert catalogue.retention_classes["record_support"].years >= 10


def test_service_that_left_the_catalogue_is_kept_longest() -> None:
    region = load_region(SHIPPED)
    late_evening = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)

    assert region.catalogue.retention_of("gone") == "record_support"
    assert keep_until(region, "gone", late_evening) == date(2037, 1, 1)
    assert keep_until(region, "booking_change", late_evening) == date(2029, 1, 1)


def test_region_without_classes_keeps_everything() -> None:
    region = load_region(SHIPPED)
    bare = region.catalogue.model_copy(update={"retention_classes": {}, "services": ()})

    assert bare.retention_of("prescription_renewal") is None


def listed(case_id: str = "a", **other: object) -> DueCase:
    told = {
        "case_id": case_id,
        "retention_class": "record_support",
        "service": "contraception",
        "closed_at": datetime(2026, 11, 22, 9, tzinfo=UTC),
        "until": date(2036, 11, 22),
        "rev": 7,
    }
    return DueCase.model_validate(told | other)


def standing(**other: object) -> Standing:
    told = {
        "rev": 7,
        "service": "contraception",
        "is_over": True,
        "is_held": False,
        "erased_by": None,
    }
    return Standing.model_validate(told | other)


@pytest.mark.parametrize(
    ("now", "hindrance"),
    [
        pytest.param(standing(), None, id="as listed"),
        pytest.param(None, Hindrance.MISSING, id="no row"),
        pytest.param(standing(is_over=False), Hindrance.OPEN, id="reopened"),
        pytest.param(standing(is_held=True), Hindrance.HELD, id="held"),
        pytest.param(standing(rev=8), Hindrance.CHANGED, id="changed"),
        pytest.param(standing(erased_by=RUN), None, id="erased by this run"),
        pytest.param(standing(erased_by="run-2"), Hindrance.ERASED_BEFORE, id="by another"),
    ],
)
def test_a_listed_case_is_judged_by_how_it_stands_now(
    now: Standing | None, hindrance: Hindrance | None
) -> None:
    assert find_hindrance(listed(), now, date(2036, 11, 22), TODAY, RUN) is hindrance


def test_a_longer_time_decided_since_holds_too() -> None:
    found = find_hindrance(listed(), standing(), date(2046, 11, 22), TODAY, RUN)

    assert found is Hindrance.NOT_DUE


def test_plan_is_the_same_in_any_order_and_another_with_any_other_word() -> None:
    one, two = listed("a"), listed("b")

    assert plan_hash([one, two]) == plan_hash([two, one])
    others = [[one], [one, listed("b", rev=8)], [one, listed("b", until=date(2036, 11, 23))]]
    assert plan_hash([one, two]) not in {plan_hash(other) for other in others}


def run_of(proposed_by: str = "A") -> RetentionRun:
    return RetentionRun(
        run=RUN, decision="D", proposed_at=MONDAY, proposed_by=proposed_by, plan_hash="h"
    )


def yes(by: str, duty: Duty, seen: str = "h") -> Approval:
    return Approval(
        approved_by=by, commission=f"{by}-C", duty=duty, plan_hash=seen, approved_at=MONDAY
    )


@pytest.mark.parametrize(
    ("approvals", "approved"),
    [
        pytest.param([yes("B", Duty.OPERATIONS), yes("C", Duty.LOG_REVIEWER)], True, id="both"),
        pytest.param([yes("B", Duty.OPERATIONS)], False, id="one"),
        pytest.param([yes("B", Duty.OPERATIONS), yes("B", Duty.LOG_REVIEWER)], False, id="alone"),
        pytest.param([yes("B", Duty.OPERATIONS), yes("C", Duty.OPERATIONS)], False, id="one duty"),
        pytest.param(
            [yes("A", Duty.OPERATIONS), yes("C", Duty.LOG_REVIEWER)], False, id="the proposer"
        ),
        pytest.param(
            [yes("B", Duty.OPERATIONS), yes("C", Duty.LOG_REVIEWER, "other")],
            False,
            id="to another list",
        ),
    ],
)
def test_two_persons_of_two_duties_say_yes(approvals: list[Approval], approved: bool) -> None:
    assert is_approved(run_of(), approvals) is approved


def life(salt: str) -> Case:
    case = admit(open_case(samples.submission(), salt), samples.admission(), MONDAY)
    taken = apply(case, samples.take(), MONDAY + HOUR)
    asked = apply(taken, samples.ask(), MONDAY + 2 * HOUR)
    return apply(asked, samples.answer(), MONDAY + 3 * HOUR)


SALTED, UNSALTED = life("5a17").events, life("").events


@pytest.mark.parametrize("events", [SALTED, UNSALTED], ids=["salted", "unsalted"])
def test_erased_events_keep_their_chain(events: tuple[Event, ...]) -> None:
    left = tuple(erased(event) for event in events)

    assert is_unbroken(events)
    assert is_unbroken(left)
    assert chain_hash(left) == chain_hash(events)
    assert [(one.seq, one.at, one.kind, one.hash) for one in left] == [
        (one.seq, one.at, one.kind, one.hash) for one in events
    ]


def test_erased_events_say_nothing() -> None:
    left = [erased(event) for event in SALTED]

    assert all(
        (one.detail, one.action_id, one.salt, one.actor.id) == ({}, None, "", "") for one in left
    )
    assert [erased(one) for one in left] == left


def test_digest_needs_the_salt() -> None:
    event = SALTED[-1]
    guess = event.model_copy(update={"salt": "another"})

    assert digest_of(event) != digest_of(guess)
    assert digest_of(event) not in {digest_of(UNSALTED[-1]), ""}
    assert digest_of(UNSALTED[-1]) == ""


def test_hash_without_a_salt_is_what_it_was_before_there_were_salts() -> None:
    told = {"seq": 1, "at": datetime(2026, 9, 7, 6, tzinfo=UTC), "kind": "received"}
    actor = EventActor(kind=ActorKind.CITIZEN, id="197005109819")
    event = Event.model_validate(told | {"actor": actor, "detail": {"channel": "mvg_app"}})

    assert chained(event, "").hash == HASHED_BEFORE
    assert chained(event.model_copy(update={"salt": "5a17"}), "").hash != HASHED_BEFORE


@pytest.mark.parametrize("position", range(len(SALTED)))
@pytest.mark.parametrize(
    "edit",
    [
        pytest.param({"digest": "0" * 64}, id="another digest"),
        pytest.param({"hash": "0" * 64}, id="another hash"),
        pytest.param({"digest": None}, id="as if it had said nothing"),
        pytest.param({"detail": {"text": "Forged"}}, id="words put in"),
        pytest.param({"actor": EventActor(kind=ActorKind.STAFF, id="SE0-X")}, id="somebody put in"),
    ],
)
def test_any_edit_of_erased_events_is_seen(position: int, edit: dict[str, object]) -> None:
    left = [erased(event) for event in SALTED]
    left[position] = left[position].model_copy(update=edit)

    assert not is_unbroken(tuple(left))


def test_one_event_can_not_pass_as_erased() -> None:
    """Who removes a word from a living case could else say that it was erased."""
    assert not is_unbroken((*SALTED[:-1], erased(SALTED[-1])))


def test_what_the_digest_does_not_cover_is_covered_by_the_proof() -> None:
    left = [erased(event) for event in SALTED]
    moved = left[1].model_copy(update={"kind": EventKind.REJECTED})

    assert chain_hash([left[0], moved, *left[2:]]) != chain_hash(left)
