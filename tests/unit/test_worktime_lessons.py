"""Mistakes that other case systems made with working time and pauses."""

from datetime import datetime, timedelta

from tests.unit.opening_samples import HEALTH_CENTRE, HOUR, OFFICE, at, calendar


def due_after_pause(start: str, amount: timedelta, pause: str, resume: str) -> datetime:
    """What a caller does around a wait for the patient: the rest counts from the answer."""
    left = amount - HEALTH_CENTRE.between(at(start), at(pause))
    return HEALTH_CENTRE.after(at(resume), left)


def test_a_pause_over_a_weekend_gives_back_working_time_only() -> None:
    """GLPI credited the nights and days of a pending weekend as handling time."""
    due = due_after_pause("2026-03-06 10:00", 18 * HOUR, "2026-03-06 16:00", "2026-03-09 09:00")

    assert due == at("2026-03-10 12:00")


def test_a_new_handling_time_keeps_what_the_pause_gave() -> None:
    """GLPI dropped earlier pauses when the agreement of a ticket changed."""
    used = HEALTH_CENTRE.between(at("2026-03-02 10:00"), at("2026-03-02 12:00"))
    due = HEALTH_CENTRE.after(at("2026-03-05 10:00"), 9 * HOUR - used)

    assert due == at("2026-03-05 17:00")


def test_no_mark_falls_at_midnight_in_a_closed_unit() -> None:
    """GLPI escalated at 00:00 instead of in opening hours."""
    marks = [HEALTH_CENTRE.after(at("2026-03-06 17:00"), n * 9 * HOUR / 10) for n in range(1, 31)]

    assert all(HEALTH_CENTRE.is_open(mark) for mark in marks)
    assert marks[9] == at("2026-03-09 17:00")


def test_a_pause_is_counted_from_when_it_ends_not_from_the_start_of_the_case() -> None:
    """Frappe added the time on hold to the time of creation, holding or not."""
    due = due_after_pause("2026-03-02 08:00", 9 * HOUR, "2026-03-02 10:00", "2026-03-12 16:00")

    assert due == at("2026-03-13 14:00")


def test_a_week_without_mondays_and_thursdays_skips_them() -> None:
    """OsTicket miscounted a schedule that lacked Monday and Thursday."""
    part_time = calendar((), OFFICE, OFFICE, (), OFFICE, (), ())

    assert part_time.after(at("2026-03-01 12:00"), 9 * HOUR) == at("2026-03-03 17:00")
    assert part_time.after(at("2026-03-04 16:00"), 2 * HOUR) == at("2026-03-06 09:00")
    assert part_time.after(at("2026-03-03 08:00"), 3 * 9 * HOUR) == at("2026-03-06 17:00")


def test_a_pause_that_begins_on_a_holiday_uses_no_time() -> None:
    """Dynamics went wrong when a case was put on hold during a holiday."""
    due = due_after_pause("2026-12-23 15:00", 9 * HOUR, "2026-12-25 11:00", "2026-12-28 10:00")

    assert due == at("2026-12-28 17:00")
