"""The play of a weekday: its curve and mix as drawn, who comes, and how they call."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from domain.submission import age_on
from load.calling import Calls, Sample
from load.chance import chance_of
from load.clock import Clock
from load.curve import CASES_A_DAY, DAY, Part, Weekday, arrivals, expected
from load.desks import may_take
from load.mix import ASKED, REPEATED, SERVICE_SHARES, TRANSFERRED, errands
from load.reckoning import window_ends
from load.result import improper
from load.score import PartError, part_of, told_part
from load.town import senders
from store.people import CitizenPerson, StaffPerson

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
CITIZENS = [
    CitizenPerson(identity=f"{year}0101{number:04}", name="Name", listed_unit="unit")
    for year in (1950, 1990)
    for number in range(20)
]


def test_a_quarter_of_the_day_comes_between_eight_and_ten() -> None:
    assert expected(100, part_of("08:00-10:00")) == pytest.approx(25)
    assert expected(100, DAY) == pytest.approx(100)


def test_monday_is_heavier_and_the_week_keeps_its_mean() -> None:
    assert Weekday.MONDAY.cases == pytest.approx(1.6 * CASES_A_DAY)
    assert sum(day.cases for day in Weekday) == pytest.approx(5 * CASES_A_DAY)


def test_arrivals_follow_the_curve_hour_by_hour() -> None:
    times = arrivals(100_000, DAY, chance_of(1))
    counted = Counter(at // HOUR for at in times)
    assert times == sorted(times)
    for hour in range(7, 18):
        mean = expected(100_000, Part(hour * HOUR, (hour + 1) * HOUR))
        assert counted[hour] == pytest.approx(mean, abs=5 * mean**0.5)


def test_arrivals_of_a_part_stay_within_it() -> None:
    part = part_of("09:50-10:10")
    times = arrivals(10_000, part, chance_of(2))
    assert all(part.begin <= at < part.end for at in times)
    assert len(times) == pytest.approx(expected(10_000, part), rel=0.2)


def test_the_number_of_arrivals_scatters_as_a_poisson_process_does() -> None:
    """Its variance is its mean; evenly spaced arrivals would have none."""
    counts = [len(arrivals(100, DAY, chance_of(3, number))) for number in range(500)]
    mean = sum(counts) / len(counts)
    variance = sum((count - mean) ** 2 for count in counts) / len(counts)
    assert mean == pytest.approx(100, abs=3)
    assert variance == pytest.approx(100, rel=0.25)


def test_a_seed_draws_its_day_again_and_another_seed_another() -> None:
    times = arrivals(500, DAY, chance_of(4))
    assert arrivals(500, DAY, chance_of(4)) == times
    assert arrivals(500, DAY, chance_of(5)) != times
    assert errands(times, 4) == errands(times, 4)
    assert errands(times, 4) != errands(times, 5)


def test_what_comes_is_mixed_as_assumed() -> None:
    drawn = errands([DAY.begin] * 20_000, 6)
    counted = Counter(errand.service for errand in drawn)
    for service, share in SERVICE_SHARES.items():
        assert counted[service] / len(drawn) == pytest.approx(share, abs=0.015)
    told = (
        (ASKED, [errand.is_asked for errand in drawn]),
        (TRANSFERRED, [errand.is_transferred for errand in drawn]),
        (REPEATED, [errand.repeats is not None for errand in drawn]),
    )
    for share, those in told:
        assert sum(those) / len(those) == pytest.approx(share, abs=0.01)


def test_a_repeat_is_the_same_person_with_the_same_errand() -> None:
    drawn = errands([DAY.begin] * 400, 7)
    people = senders(CITIZENS, drawn, chance_of(7), NOW)
    repeats = [errand for errand in drawn if errand.repeats is not None]
    assert repeats
    for errand in repeats:
        original = drawn[errand.repeats or 0]
        assert (original.service, original.repeats) == (errand.service, None)
        assert people[errand.number] == people[original.number]


def test_nobody_comes_twice_before_everybody_came_once() -> None:
    drawn = [errand for errand in errands([DAY.begin] * 45, 8) if errand.repeats is None]
    first_round = senders(CITIZENS, drawn[: len(CITIZENS)], chance_of(8), NOW)
    assert len({person.identity for person in first_round}) == len(CITIZENS)


def test_contraception_is_for_those_under_fifty_while_there_are_any() -> None:
    known = [one for one in errands([DAY.begin] * 600, 9) if one.repeats is None]
    drawn = [one for one in known if one.service == "contraception"][:15]
    people = senders(CITIZENS, drawn, chance_of(9), NOW)
    assert len(drawn) == 15
    assert all(age_on(person.identity, NOW) < 50 for person in people)


@pytest.mark.parametrize("text", ["", "8-10", "06:00-08:00", "17:00-18:01", "10:00-08:00"])
def test_what_is_no_part_of_the_day_is_refused(text: str) -> None:
    with pytest.raises(PartError, match=told_part(DAY)):
        part_of(text)


def test_windows_cover_the_part_and_the_last_may_be_shorter() -> None:
    ends = window_ends(part_of("08:00-08:12"))
    assert [at / timedelta(minutes=1) for at in ends] == [480, 485, 490, 492]


@pytest.mark.parametrize(
    ("state", "is_prepared", "role", "prescriber", "may"),
    [
        pytest.param("queued", False, "nurse", False, True, id="to prepare"),
        pytest.param("queued", True, "nurse", True, False, id="prepared already"),
        pytest.param("queued", True, "doctor", True, True, id="to decide"),
        pytest.param("queued", True, "doctor", False, False, id="without the right"),
        pytest.param("assigned", False, "doctor", True, False, id="a colleague's"),
    ],
)
def test_what_was_handed_over_is_for_those_who_decide(
    state: str, role: str, *, is_prepared: bool, prescriber: bool, may: bool
) -> None:
    person = StaffPerson(
        hsa_id="SE1",
        commission="SE1-C",
        unit="SE1-U",
        roles=(role,),
        name="Name",
        prescriber=prescriber,
    )
    item = {
        "state": state,
        "service": "renewal",
        "handed_over_at": "2026-11-23T08:00:00Z" if is_prepared else None,
        "handled_by": {"role": {"code": "doctor"}},
    }

    assert may_take(person, item, {"renewal"}) is may


async def test_the_clock_runs_fast_and_ends_with_the_part() -> None:
    clock = Clock(part_of("08:00-08:30"), speed=60_000)
    assert await clock.until(8.25 * HOUR)
    assert clock.now() >= 8.25 * HOUR
    assert not await clock.pause(60)
    assert clock.now() >= 8.5 * HOUR


async def test_a_busy_service_is_asked_again_with_the_same_key() -> None:
    seen: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request.headers["Idempotency-Key"])
        if len(seen) == 1:
            return httpx2.Response(503, headers={"Retry-After": "0"}, json={})
        return httpx2.Response(201, json={"case_id": "one"})

    samples: list[Sample] = []
    transport = httpx2.MockTransport(answer)
    async with httpx2.AsyncClient(transport=transport, base_url="http://service") as client:
        calls = Calls(client, Clock(DAY, 1), samples.append)
        told = await calls.post("submit", "/v1/cases", {}, "token", "key")
    assert told == (201, {"case_id": "one"})
    assert seen == ["key", "key"]
    assert [one.status for one in samples] == [503, 201]
    assert improper(samples) == {}
