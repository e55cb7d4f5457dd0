"""The chain of events: gapless, in order, and any edit is seen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.events import SEEN_BY_CITIZEN, Event, EventKind, chained, is_unbroken
from tests.unit import case_samples as samples
from tests.unit.case_samples import MONDAY, after, in_state
from tests.unit.opening_samples import HOUR

EVENTS = after(in_state("awaiting_patient"), samples.answer(), MONDAY + 2 * HOUR).events


def test_the_events_of_a_case_are_an_unbroken_chain() -> None:
    assert [event.seq for event in EVENTS] == [1, 2, 3, 4, 5]
    assert is_unbroken(EVENTS)


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param({"detail": {"text": "Another"}}, id="another word"),
        pytest.param({"at": MONDAY}, id="another time"),
        pytest.param({"kind": EventKind.REPLIED}, id="another kind"),
        pytest.param({"action_id": "forged"}, id="another message"),
        pytest.param({"hash": "0" * 64}, id="another hash"),
    ],
)
@pytest.mark.parametrize("position", range(len(EVENTS)))
def test_any_edit_breaks_the_chain(position: int, edit: dict[str, object]) -> None:
    edited = list(EVENTS)
    edited[position] = edited[position].model_copy(update=edit)

    assert edited[position] == EVENTS[position] or not is_unbroken(tuple(edited))


@given(order=st.permutations(range(len(EVENTS))))
def test_any_other_order_breaks_the_chain(order: list[int]) -> None:
    assert is_unbroken(tuple(EVENTS[place] for place in order)) is (order == sorted(order))


@pytest.mark.parametrize("missing", range(len(EVENTS) - 1))
def test_a_missing_event_breaks_the_chain(missing: int) -> None:
    assert not is_unbroken(EVENTS[:missing] + EVENTS[missing + 1 :])


def test_one_edit_with_its_own_hash_mended_still_breaks_what_follows() -> None:
    forged = chained(EVENTS[2].model_copy(update={"detail": {"reason": "Forged"}}), EVENTS[1].hash)

    assert not is_unbroken((*EVENTS[:2], forged, *EVENTS[3:]))


def test_hash_survives_the_way_through_json() -> None:
    read = tuple(Event.model_validate_json(event.model_dump_json()) for event in EVENTS)

    assert is_unbroken(read)


def test_citizen_sees_nothing_internal() -> None:
    internal = {
        "noted",
        "refused",
        "reminded",
        "escalated",
        "marked_urgent",
        "returned",
        "assigned",
        "handed_over",
        "protection_changed",
    }

    assert {kind.value for kind in EventKind} - {kind.value for kind in SEEN_BY_CITIZEN} == internal
