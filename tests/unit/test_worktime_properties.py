"""Laws that working time keeps for every calendar, and a slow minute-by-minute witness."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.opening import OpeningHours
from domain.worktime import WorkCalendar

ZONE = "Europe/Stockholm"
MINUTE = timedelta(minutes=1)
NONE = timedelta()


@st.composite
def day_hours(draw: st.DrawFn) -> OpeningHours:
    """Up to two openings between whole hours, so that no clock change splits one's edge."""
    marks = sorted(draw(st.sets(st.integers(0, 24), max_size=4)))
    texts = [f"{mark:02}:00" for mark in marks]
    return tuple(zip(texts[::2], texts[1::2], strict=False))


@st.composite
def calendars(draw: st.DrawFn) -> WorkCalendar:
    week = st.lists(day_hours(), min_size=7, max_size=7).filter(any)
    closed = st.sets(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=30)
    return WorkCalendar(
        version="test",
        zone=ZONE,
        weekly=tuple(draw(week)),
        closed_on=tuple(draw(closed)),
        working_day=timedelta(hours=8),
    )


EDGES = (  # around both clock changes, midnights and ordinary office hours
    *(datetime(2026, 3, 28, 22, tzinfo=UTC) + n * timedelta(minutes=30) for n in range(12)),
    *(datetime(2026, 10, 24, 22, tzinfo=UTC) + n * timedelta(minutes=30) for n in range(12)),
)
moments = st.one_of(
    st.sampled_from(EDGES),
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC)),
)
amounts = st.timedeltas(NONE, timedelta(hours=60))


@given(calendar=calendars(), start=moments, first=amounts, second=amounts)
def test_waiting_twice_is_waiting_once_for_the_sum(
    calendar: WorkCalendar, start: datetime, first: timedelta, second: timedelta
) -> None:
    assert calendar.after(calendar.after(start, first), second) == calendar.after(
        start, first + second
    )


@given(calendar=calendars(), end=moments, first=amounts, second=amounts)
def test_counting_back_twice_is_counting_back_once_for_the_sum(
    calendar: WorkCalendar, end: datetime, first: timedelta, second: timedelta
) -> None:
    assert calendar.before(calendar.before(end, first), second) == calendar.before(
        end, first + second
    )


@given(calendar=calendars(), start=moments, working=amounts)
def test_between_gives_the_amount_back(
    calendar: WorkCalendar, start: datetime, working: timedelta
) -> None:
    assert calendar.between(start, calendar.after(start, working)) == working
    assert calendar.between(calendar.before(start, working), start) == working


@given(calendar=calendars(), anywhere=moments, working=amounts)
def test_before_undoes_after_within_hours(
    calendar: WorkCalendar, anywhere: datetime, working: timedelta
) -> None:
    start = calendar.next_opening(anywhere)

    assert calendar.before(calendar.after(start, working), working) == start


@given(calendar=calendars(), one=moments, other=moments, less=amounts, more=amounts)
def test_later_starts_and_larger_amounts_never_end_earlier(
    calendar: WorkCalendar, one: datetime, other: datetime, less: timedelta, more: timedelta
) -> None:
    early, late = sorted((one, other))
    small, large = sorted((less, more))

    assert calendar.after(early, small) <= calendar.after(late, small)
    assert calendar.after(early, small) <= calendar.after(early, large)
    assert calendar.before(early, small) <= calendar.before(late, small)
    assert calendar.before(late, large) <= calendar.before(late, small)


@given(calendar=calendars(), moment=moments, working=amounts)
def test_every_answer_is_in_opening_hours_and_in_utc(
    calendar: WorkCalendar, moment: datetime, working: timedelta
) -> None:
    for answer in (
        calendar.after(moment, working),
        calendar.before(moment, working),
        calendar.next_opening(moment),
    ):
        assert calendar.is_open(answer)
        assert answer.tzinfo is UTC


@given(calendar=calendars(), one=moments, two=moments, three=moments)
def test_working_time_adds_up_over_neighbouring_stretches(
    calendar: WorkCalendar, one: datetime, two: datetime, three: datetime
) -> None:
    first, middle, last = sorted((one, two, three))

    assert calendar.between(first, last) == calendar.between(first, middle) + calendar.between(
        middle, last
    )
    assert calendar.between(last, first) == NONE


@given(calendar=calendars(), moment=moments, zone=st.sampled_from(["Asia/Tokyo", ZONE]))
def test_an_instant_means_the_same_in_any_zone(
    calendar: WorkCalendar, moment: datetime, zone: str
) -> None:
    elsewhere = moment.astimezone(ZoneInfo(zone))

    assert calendar.next_opening(elsewhere) == calendar.next_opening(moment)
    assert calendar.local_day(elsewhere) == calendar.local_day(moment)


def is_working_minute(calendar: WorkCalendar, minute: datetime) -> bool:
    """Read the wall clock and the week's table, as a person before the door would."""
    local = minute.astimezone(ZoneInfo(calendar.zone))
    if local.date() in calendar.closed_on:
        return False
    wall = f"{local:%H:%M}"
    return any(opens <= wall < closes for opens, closes in calendar.weekly[local.weekday()])


whole_minutes = moments.map(lambda moment: moment.replace(second=0, microsecond=0))


@settings(max_examples=30)
@given(calendar=calendars(), start=whole_minutes, length=st.integers(0, 3 * 24 * 60))
def test_a_count_of_minutes_agrees(calendar: WorkCalendar, start: datetime, length: int) -> None:
    minutes = [start + n * MINUTE for n in range(length)]
    worked = [minute for minute in minutes if is_working_minute(calendar, minute)]

    assert calendar.between(start, start + length * MINUTE) == len(worked) * MINUTE
    if worked:
        assert calendar.next_opening(start) == worked[0]
        assert calendar.after(start, len(worked) * MINUTE) == worked[-1] + MINUTE
        assert calendar.before(start + length * MINUTE, len(worked) * MINUTE) == worked[0]
