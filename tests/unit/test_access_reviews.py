"""The week that is sampled: the last whole one, in the region's own time."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from domain.access import AccessAction, Verdict, action_of_message, is_explained
from domain.access_reviews import week_before

STOCKHOLM = "Europe/Stockholm"


@pytest.mark.parametrize(
    ("at", "begins", "ends"),
    [
        pytest.param("2026-11-25T12:00", "2026-11-15T23:00", "2026-11-22T23:00", id="midweek"),
        pytest.param("2026-11-22T23:00", "2026-11-15T23:00", "2026-11-22T23:00", id="as it ends"),
        pytest.param("2026-11-22T22:59", "2026-11-08T23:00", "2026-11-15T23:00", id="just before"),
        pytest.param("2026-03-31T12:00", "2026-03-22T23:00", "2026-03-29T22:00", id="shorter"),
        pytest.param("2026-10-27T12:00", "2026-10-18T22:00", "2026-10-25T23:00", id="longer"),
    ],
)
def test_the_last_whole_week_runs_from_monday_to_monday(at: str, begins: str, ends: str) -> None:
    period = week_before(datetime.fromisoformat(at).replace(tzinfo=UTC), STOCKHOLM)

    assert (period.begins, period.ends) == (
        datetime.fromisoformat(begins).replace(tzinfo=UTC),
        datetime.fromisoformat(ends).replace(tzinfo=UTC),
    )


def test_weeks_follow_each_other_without_gap_or_overlap() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    weeks = [week_before(at + number * timedelta(days=7), STOCKHOLM) for number in range(60)]

    assert all(later.begins == earlier.ends for earlier, later in pairwise(weeks))


def test_a_message_is_logged_by_its_kind() -> None:
    assert action_of_message("ask-patient") is AccessAction.ASK_PATIENT
    with pytest.raises(ValueError, match="withdraw"):
        action_of_message("withdraw")


def test_only_a_justified_access_speaks_for_itself() -> None:
    assert is_explained(Verdict.JUSTIFIED, None)
    assert not is_explained(Verdict.QUESTIONABLE, None)
    assert is_explained(Verdict.UNJUSTIFIED, "No care relation.")
