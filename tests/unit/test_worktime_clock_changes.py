"""Working time where the clocks change, and where a day ends at midnight."""

from datetime import UTC, date, datetime

import pytest

from tests.unit.opening_samples import (
    EMERGENCY,
    HEALTH_CENTRE,
    HOUR,
    NIGHT_WARD,
    NONE,
    STOCKHOLM,
    at,
    calendar,
)


@pytest.mark.parametrize(
    ("start", "hours", "expected"),
    [
        pytest.param("2026-03-28 12:00", 24, "2026-03-29 13:00", id="a day that lacks an hour"),
        pytest.param("2026-10-24 12:00", 24, "2026-10-25 11:00", id="a day of 25 hours"),
        pytest.param("2026-03-29 01:00", 1, "2026-03-29 03:00", id="into the skipped hour"),
        pytest.param("2026-12-31 23:00", 2, "2027-01-01 01:00", id="over midnight"),
        pytest.param("2026-01-01 12:00", 731 * 24, "2028-01-02 12:00", id="two years"),
    ],
)
def test_a_unit_that_never_closes_counts_elapsed_time(
    start: str, hours: int, expected: str
) -> None:
    assert EMERGENCY.after(at(start), hours * HOUR) == at(expected)
    assert EMERGENCY.before(at(expected), hours * HOUR) == at(start)
    assert EMERGENCY.between(at(start), at(expected)) == hours * HOUR
    assert EMERGENCY.next_opening(at(start)) == at(start)


def test_the_two_half_past_twos_of_autumn_are_an_hour_apart() -> None:
    first = datetime(2026, 10, 25, 2, 30, tzinfo=STOCKHOLM)
    second = first.replace(fold=1)

    assert EMERGENCY.between(first, second) == HOUR
    assert EMERGENCY.after(first, HOUR) == second.astimezone(UTC)


@pytest.mark.parametrize(
    ("evening", "worked"),
    [
        pytest.param("2026-03-28 22:00", 7, id="the short night"),
        pytest.param("2026-10-24 22:00", 9, id="the long night"),
        pytest.param("2026-11-24 22:00", 8, id="an ordinary night"),
    ],
)
def test_a_night_is_as_long_as_its_clocks_make_it(evening: str, worked: int) -> None:
    morning = at(evening) + worked * HOUR

    assert morning.astimezone(STOCKHOLM).hour == 6
    assert NIGHT_WARD.between(at(evening), at(evening) + 12 * HOUR) == worked * HOUR
    assert NIGHT_WARD.after(at(evening), worked * HOUR) == morning


def test_an_opening_in_the_skipped_hour_begins_when_the_clocks_have_changed() -> None:
    split = calendar(*[(("01:00", "01:30"), ("02:30", "04:00"))] * 7, working_day=2 * HOUR)

    assert split.next_opening(at("2026-03-29 01:30")) == at("2026-03-29 03:00")
    assert split.between(at("2026-03-29 00:00"), at("2026-03-29 12:00")) == 1.5 * HOUR
    assert split.between(at("2026-10-25 00:00"), at("2026-10-25 12:00")) == 3 * HOUR


def test_openings_that_touch_in_the_skipped_hour_do_not_overlap() -> None:
    split = calendar(*[(("01:00", "02:30"), ("02:30", "04:00"))] * 7, working_day=3 * HOUR)

    assert split.between(at("2026-03-29 00:00"), at("2026-03-29 12:00")) == 2 * HOUR
    assert split.between(at("2026-10-25 00:00"), at("2026-10-25 12:00")) == 4 * HOUR


def test_an_opening_that_the_clocks_skip_whole_is_none() -> None:
    nightly = calendar(*[(("02:15", "02:45"),)] * 7, working_day=HOUR / 2)

    assert not nightly.is_open(at("2026-03-29 03:00"))
    assert nightly.next_opening(at("2026-03-28 12:00")) == at("2026-03-30 02:15")


def test_midnight_that_ends_a_day_is_its_closing_instant() -> None:
    evenings = calendar(*[(("22:00", "24:00"),)] * 7, working_day=2 * HOUR)

    assert evenings.is_open(at("2026-03-03 00:00"))
    assert evenings.after(at("2026-03-02 22:00"), 2 * HOUR) == at("2026-03-03 00:00")
    assert evenings.after(at("2026-03-03 00:00"), NONE) == at("2026-03-03 00:00")
    assert evenings.before(at("2026-03-03 00:00"), NONE) == at("2026-03-03 00:00")
    assert evenings.next_opening(at("2026-03-03 00:00")) == at("2026-03-03 22:00")


def test_the_local_day_changes_at_local_midnight() -> None:
    assert HEALTH_CENTRE.local_day(datetime(2026, 7, 1, 22, tzinfo=UTC)) == date(2026, 7, 2)
    assert HEALTH_CENTRE.local_day(datetime(2026, 1, 1, 22, tzinfo=UTC)) == date(2026, 1, 1)
