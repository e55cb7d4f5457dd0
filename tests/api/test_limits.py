"""Limits: how often one person may do a thing, and how much is worked on at once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
import pytest_asyncio
from httpx2 import ASGITransport, AsyncClient
from starlette.types import Receive, Scope, Send
from structlog.testing import capture_logs
from typing_extensions import override

from api.callers import CitizenCaller, StaffCaller
from api.engine import Engine, EngineAwayError
from api.limits import Budget, Limiter, Limits, name_of
from api.limits_in_flight import InFlight
from api.problem_texts import load_problem_texts
from api.problems import ProblemError
from domain.submission import CaseId, CaseMemo, Submission
from runtime.settings import Settings
from tests.api.calling import RENEWAL, Api, new_key, serving
from tests.api.wire import until
from tests.region import SHIPPED

session = pytest.mark.asyncio(loop_scope="session")

TEXTS = load_problem_texts(SHIPPED / "texts" / "problems.toml")
SECRET = b"a secret of tests, long enough to be one"
PER, CECILIA, PATRIK, AMINA = "197601049872", "197710019881", "197803219893", "197908049906"
"""Listed at a unit with staff; other tests leave them alone."""

CASE_ID = "00000000-0000-4000-8000-000000000000"
CITIZEN = CitizenCaller(identity="191212121212", issuer="https://idp.test", acr="loa3")
STAFF = StaffCaller(hsa_id="SE2321000198-P001", commission="SE2321000198-C001", acr="loa3")


@dataclass
class Clock:
    """Seconds that pass when a test says so."""

    at: float = 1000.0

    def __call__(self) -> float:
        return self.at


def limiter(clock: Clock, most: int = 3, kept: int = 100) -> Limiter:
    return Limiter("requests", Budget(most, timedelta(seconds=60)), SECRET, clock, kept)


def taken(of: Limiter, who: str, times: int) -> int:
    """Return how many of *times* were let through."""
    return sum(of.refusal(who) is None for _ in range(times))


def test_a_budget_is_spent_at_once_and_comes_back_evenly() -> None:
    clock = Clock()
    counted = limiter(clock)

    assert taken(counted, "a", 5) == 3
    clock.at += 20
    assert taken(counted, "a", 5) == 1
    clock.at += 3600
    assert taken(counted, "a", 5) == 3


def test_a_refusal_says_how_many_seconds_to_wait() -> None:
    clock = Clock()
    counted = limiter(clock)
    taken(counted, "a", 3)
    clock.at += 0.5

    with pytest.raises(ProblemError) as refused:
        counted.take("a")

    assert (refused.value.status, refused.value.code) == (429, "too_many_requests")
    assert refused.value.headers == {"Retry-After": "20"}
    clock.at += 19.5
    counted.take("a")


def test_one_caller_spends_nothing_of_another() -> None:
    counted = limiter(Clock())

    assert taken(counted, "a", 5) == 3
    assert taken(counted, "b", 5) == 3


def test_what_is_given_back_may_be_taken_again() -> None:
    counted = limiter(Clock())
    taken(counted, "a", 3)

    counted.give_back("a")

    assert taken(counted, "a", 5) == 1


def test_giving_back_never_makes_more_than_the_budget() -> None:
    counted = limiter(Clock())

    for _ in range(9):
        counted.give_back("a")

    assert taken(counted, "a", 9) == 3


def test_memory_is_bounded_and_the_longest_unused_goes_first() -> None:
    counted = limiter(Clock(), kept=10)
    taken(counted, "flood", 3)

    for number in range(1000):
        counted.refusal(f"other {number}")
        counted.refusal("flood")

    assert len(counted) == 10


def test_without_a_budget_nothing_is_refused_or_kept() -> None:
    free = Limiter("requests", None, SECRET, Clock())

    assert taken(free, "a", 1000) == 1000
    assert len(free) == 0


def test_neither_memory_nor_log_holds_an_identity() -> None:
    limits = Limits(SECRET, submits=Budget(1, timedelta(hours=1)), clock=Clock())

    with capture_logs() as logs:
        taken(limits.submits, name_of(CITIZEN), 2)

    kept = repr(vars(limits.submits)) + repr(logs)
    assert CITIZEN.identity not in kept
    assert logs == [{"event": "limit_reached", "log_level": "warning", "code": "submits"}]


def test_a_person_is_one_whatever_token_or_commission_they_use() -> None:
    other = STAFF.model_copy(update={"commission": "SE2321000198-C002", "acr": "loa4"})

    assert name_of(STAFF) == name_of(other)
    assert name_of(CITIZEN) != name_of(CITIZEN.model_copy(update={"issuer": "https://b.test"}))


def test_a_message_sent_again_does_not_count() -> None:
    limits = Limits(SECRET, messages=Budget(2, timedelta(minutes=1)), clock=Clock())

    for _ in range(50):
        limits.take_message(STAFF, CASE_ID, "one")
    limits.take_message(STAFF, CASE_ID, "two")

    with pytest.raises(ProblemError):
        limits.take_message(STAFF, CASE_ID, "three")
    limits.take_message(STAFF, CASE_ID, "one")
    limits.take_message(STAFF, CASE_ID.replace("4", "5"), "three")
    limits.take_message(CITIZEN, CASE_ID, "three")


def test_nobody_is_limited_in_local_mode_unless_asked_for(served: Settings) -> None:
    limits = ("limit_submits_per_hour", "limit_requests_per_minute", "limit_messages_per_minute")

    assert [getattr(served, name) for name in limits] == [0, 0, 0]
    assert [Settings.model_fields[name].default for name in limits] == [10, 600, 30]


@dataclass
class Slow:
    """An application that answers when it is told to, and then sends on for ever."""

    may_answer: asyncio.Event
    may_end: asyncio.Event
    reached: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.reached += 1
        if not scope["path"].startswith("/health/"):
            await self.may_answer.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        if scope["path"] == "/stream":
            await self.may_end.wait()
        await send({"type": "http.response.body", "body": b"{}"})


@pytest.fixture
def slow() -> Slow:
    return Slow(asyncio.Event(), asyncio.Event())


def client_of(app: Slow, most: int) -> AsyncClient:
    return AsyncClient(transport=ASGITransport(InFlight(app, TEXTS, most)), base_url="http://test")


async def test_one_request_too_many_at_once_is_told_to_come_back(slow: Slow) -> None:
    async with client_of(slow, 2) as client, asyncio.TaskGroup() as group:
        held = [group.create_task(client.get("/")) for _ in range(2)]
        await until(lambda: slow.reached == len(held))
        refused = await client.get("/")
        healthy = await client.get("/health/live")
        slow.may_answer.set()
        answers = [await task for task in held]
        after = await client.get("/")

    assert (refused.status_code, refused.json()["code"]) == (503, "service_unavailable")
    assert refused.headers["retry-after"]
    assert healthy.status_code == 200
    assert [answer.status_code for answer in (*answers, after)] == [200, 200, 200]


async def test_an_answer_that_is_being_sent_holds_no_place(slow: Slow) -> None:
    slow.may_answer.set()
    async with client_of(slow, 1) as client, asyncio.TaskGroup() as group:
        stream = group.create_task(client.get("/stream"))
        await until(lambda: slow.reached)
        other = await client.get("/")
        slow.may_end.set()

    assert (other.status_code, stream.result().status_code) == (200, 200)


async def test_a_request_that_fails_gives_its_place_back() -> None:
    async def fail(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise RuntimeError

    guarded = InFlight(fail, TEXTS, 1)
    transport = ASGITransport(guarded, raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url="http://test") as client:
        statuses = [(await client.get("/")).status_code for _ in range(3)]

    assert statuses == [500, 500, 500]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def limited(served: Settings) -> AsyncIterator[Api]:
    """An API that limits also locally."""
    limits = {
        "limit_submits_per_hour": 2,
        "limit_requests_per_minute": 40,
        "limit_messages_per_minute": 5,
    }
    async with serving(served.model_copy(update=limits)) as running:
        yield running


@session
async def test_new_cases_are_limited_and_replays_never(limited: Api) -> None:
    citizen, keys = limited.citizen(PATRIK), [new_key() for _ in range(3)]
    first, second = [await citizen.submit(key=key) for key in keys[:2]]

    third = await citizen.submit(key=keys[2])
    replays = [await citizen.submit(key=key) for key in keys[:2] * 2]
    invalid = await citizen.submit({"items": []})
    urgent = await citizen.submit(RENEWAL | {"severe_symptoms": ["chest_pain"]})
    other = await limited.citizen(CECILIA).submit()

    assert [answer.status_code for answer in (first, second, third)] == [201, 201, 429]
    assert third.json()["code"] == "too_many_requests"
    assert 1 <= int(third.headers["retry-after"]) <= 1800
    assert [answer.status_code for answer in replays] == [200] * 4
    assert invalid.json()["code"] == "invalid_answers"
    assert urgent.json()["code"] == "stop_call_112"
    assert other.status_code == 201


class Flaky(Engine):
    """Stands where Temporal does: refuses the first starts, then takes each."""

    def __init__(self, refusals: int) -> None:
        self._refusals = refusals

    @override
    async def start(self, submission: Submission, memo: CaseMemo) -> None:
        self._refusals -= 1
        if self._refusals >= 0:
            raise EngineAwayError

    @override
    async def find_memo(self, case_id: CaseId) -> CaseMemo | None:
        return None


@session
async def test_a_case_that_did_not_come_about_does_not_count(served: Settings) -> None:
    """Temporal is away for longer than the budget would last."""
    async with serving(served.model_copy(update={"limit_submits_per_hour": 2})) as running:
        running.app.state.desk = replace(running.app.state.desk, engine=Flaky(4))
        answers = [await running.citizen(PER).submit() for _ in range(7)]

    assert [answer.status_code for answer in answers] == [503] * 4 + [201] * 2 + [429]


@session
async def test_a_flood_on_one_case_leaves_the_others_alone(limited: Api) -> None:
    citizen = limited.citizen(PER)
    flooded, calm = [(await citizen.submit_admitted())["case_id"] for _ in range(2)]

    flood = [await citizen.send(flooded, "answer", {"text": f"{number}"}) for number in range(9)]
    mine = await citizen.send(calm, "answer", {"text": "A word"})
    read = await citizen.get(f"/v1/cases/{flooded}")

    assert [answer.status_code for answer in flood] == [200] * 5 + [429] * 4
    assert flood[-1].headers["retry-after"]
    assert (mine.status_code, read.status_code) == (200, 200)


@session
async def test_a_message_repeated_over_the_limit_answers_as_it_did(limited: Api) -> None:
    citizen = limited.citizen(CECILIA)
    case_id = (await citizen.submit_admitted())["case_id"]
    said = {"text": "Once"}
    first = await citizen.send(case_id, "answer", said, idempotency_key="once")
    others = [await citizen.send(case_id, "answer", {"text": "More"}) for _ in range(6)]

    again = await citizen.send(case_id, "answer", said, idempotency_key="once")

    assert others[-1].status_code == 429
    assert (first.status_code, again.status_code) == (200, 200)


@session
async def test_whoever_calls_too_often_waits_and_nobody_else_does(limited: Api) -> None:
    citizen = limited.citizen(AMINA)
    statuses = [(await citizen.get("/v1/cases")).status_code for _ in range(60)]
    other = await limited.citizen(CECILIA).get("/v1/cases")

    assert set(statuses[:40]) == {200}
    assert statuses[-1] == 429
    assert other.status_code == 200
