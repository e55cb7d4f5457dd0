"""All that staff read or change is in the access log first, as the law asks for [L1]."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import NamedTuple
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
from httpx2 import Response

from api.access_rules import MESSAGE_ROUTE, MESSAGE_RULES, RULES, Rule
from domain.access import WORKING_SESSION
from domain.access_reviews import Period, SampleRule
from store.access_reviews import draw_reviews
from store.staff_tasks import TaskKind, open_task
from tests.api.calling import DECIDED, Api
from tests.api.people import (
    BJORKSATRA_OTHER_PROVIDER,
    LISTED_AT_CLOSED_UNIT,
    NURSE_ROLE,
    PHYSICIAN_ROLE,
    STRANGER,
    Employee,
    employee,
)
from tests.api.test_undeliverable import stuck

pytestmark = pytest.mark.asyncio(loop_scope="session")

SANDVIKEN = "SE5560000000-TEST003"
PHYSICIAN, COLLEAGUE, THIRD = employee(144), employee(145), employee(179)
COORDINATOR, REVIEWER, OPERATOR = employee(162), employee(184), employee(188)
PROVIDER = "SE5560000000-TEST000"
_NEXT_PATIENT = """
SELECT identity FROM listings JOIN citizens USING (identity)
WHERE unit NOT LIKE 'SE5560000000-%' AND NOT protected AND identity BETWEEN '195' AND '199'
ORDER BY identity DESC OFFSET $1 LIMIT 1
"""
_scenes = count()
LAST_ENTRY = "SELECT coalesce(max(entry), 0) FROM access_log"


class Scene(NamedTuple):
    """Two cases of one patient; a task about the first, and an access to it drawn for review."""

    patient: str
    case_id: str
    other_id: str
    task_id: str
    review_id: str


class Row(NamedTuple):
    """What a row of the log must tell: the five fields, and what stands beside them."""

    action: str
    staff: str
    commission: str
    unit: str | None
    provider: str
    kind: str
    patients: tuple[str, ...]
    case_ids: tuple[str | None, ...]


Call = Callable[[Api, Scene], Awaitable[Response]]
Rows = Callable[[Scene], list[Row]]


def row(
    action: str,
    scene: Scene,
    *case_ids: str | None,
    kind: str = "ordinary",
    by: Employee = PHYSICIAN,
    unit: str | None = SANDVIKEN,
) -> Row:
    shown = tuple(sorted(case_ids, key=str))
    return Row(
        action, by.hsa_id, by.commission, unit, PROVIDER, kind, (scene.patient,) * len(shown), shown
    )


class Sight(NamedTuple):
    """How a route is called so that it does something, and the rows that are then expected."""

    call: Call
    rows: Rows


def sends(message: str, body: dict[str, object] | None = None, by: Employee = PHYSICIAN) -> Sight:
    action = message.replace("-", "_")
    return Sight(
        lambda api, scene: api.staff(by).send(scene.case_id, message, body),
        lambda scene: [row(action, scene, scene.case_id, by=by)],
    )


def merges() -> Sight:
    return Sight(
        lambda api, scene: api.staff(PHYSICIAN).send(
            scene.case_id, "merge", {"into": scene.other_id}
        ),
        lambda scene: [row("merge", scene, scene.case_id, scene.other_id)],
    )


TO_OTHER_PROVIDER = {
    "unit": BJORKSATRA_OTHER_PROVIDER,
    "role": PHYSICIAN_ROLE,
    "reason": "Moved",
    "disclosure": "The patient asked for it",
}

ROUTES: dict[tuple[str, str], Sight | None] = {
    ("GET", "/v1/cases/{case_id}"): Sight(
        lambda api, scene: api.staff(PHYSICIAN).get(f"/v1/cases/{scene.case_id}"),
        lambda scene: [row("read_case", scene, scene.case_id)],
    ),
    ("GET", "/v1/cases/{case_id}/events"): Sight(
        lambda api, scene: api.staff(PHYSICIAN).get(f"/v1/cases/{scene.case_id}/events"),
        lambda scene: [row("read_events", scene, scene.case_id)],
    ),
    MESSAGE_ROUTE: sends("note", {"text": "Seen."}),
    ("GET", "/v1/inbox"): Sight(
        lambda api, scene: api.staff(PHYSICIAN).get("/v1/inbox?limit=100"),
        lambda scene: [row("list_inbox", scene, scene.case_id, scene.other_id)],
    ),
    ("POST", "/v1/inbox/search"): Sight(
        lambda api, scene: api.staff(PHYSICIAN).post(
            "/v1/inbox/search", {"identity": scene.patient, "reason": "patient_contact"}
        ),
        lambda scene: [
            row("search", scene, None),
            row("search_hit", scene, scene.other_id),
            row("search_hit", scene, scene.case_id),
        ],
    ),
    ("GET", "/v1/tasks"): Sight(
        lambda api, scene: api.staff(PHYSICIAN).get("/v1/tasks?limit=100"),
        lambda scene: [row("list_tasks", scene, scene.case_id)],
    ),
    ("POST", "/v1/tasks/{task_id}/done"): Sight(
        lambda api, scene: api.staff(PHYSICIAN).post(f"/v1/tasks/{scene.task_id}/done"),
        lambda scene: [row("finish_task", scene, scene.case_id)],
    ),
    ("GET", "/v1/access-reviews"): Sight(
        lambda api, scene: api.staff(REVIEWER).get("/v1/access-reviews?limit=100"),
        lambda scene: [row("list_reviews", scene, scene.case_id, by=REVIEWER, unit=None)],
    ),
    ("POST", "/v1/access-reviews/{review_id}/verdict"): Sight(
        lambda api, scene: api.staff(REVIEWER).post(
            f"/v1/access-reviews/{scene.review_id}/verdict", {"verdict": "justified"}
        ),
        lambda scene: [row("judge_access", scene, scene.case_id, by=REVIEWER, unit=None)],
    ),
    ("GET", "/v1/inbox/counts"): None,  # numbers only
    ("GET", "/v1/coverage"): None,  # staff only
    ("GET", "/v1/products"): None,  # the register of medicines
}
"""Every route that staff may call; None: it shows nothing of any patient."""

MESSAGES: dict[str, Sight] = {
    "take": sends("take"),
    "return": sends("return"),
    "assign": sends("assign", {"to": COLLEAGUE.hsa_id}, COORDINATOR),
    "transfer": sends("transfer", {"role": NURSE_ROLE, "reason": "Hers"}),
    "ask-patient": sends("ask-patient", {"text": "Since when?"}),
    "reply": sends("reply", {"text": "We look into it."}),
    "note": sends("note", {"text": "Seen."}),
    "mark-urgent": sends("mark-urgent", {"reason": "Worse"}),
    "hand-over": sends("hand-over"),
    "merge": merges(),
    "resolve": sends("resolve", {"outcome": "no_action", **DECIDED}),
    "reopen": sends("reopen"),
}
SIGHTS: list[tuple[str, Sight]] = [
    *((" ".join(route), sight) for route, sight in ROUTES.items() if sight is not None),
    *MESSAGES.items(),
    (
        "transfer to another provider",
        Sight(
            lambda api, scene: api.staff(PHYSICIAN).send(
                scene.case_id, "transfer", TO_OTHER_PROVIDER
            ),
            lambda scene: [row("transfer", scene, scene.case_id, kind="disclosure")],
        ),
    ),
]


def of_staff(rule: Rule) -> bool:
    return rule in {Rule.STAFF, Rule.CITIZEN_OR_STAFF}


async def test_every_route_and_message_of_staff_says_what_it_logs() -> None:
    assert {route for route, rule in RULES.items() if of_staff(rule)} == ROUTES.keys()
    assert {name for name, rule in MESSAGE_RULES.items() if of_staff(rule)} == MESSAGES.keys()


@pytest_asyncio.fixture(loop_scope="session")
async def conn(database: str) -> AsyncIterator[asyncpg.Connection]:
    opened = await asyncpg.connect(database)
    yield opened
    await opened.close()


@pytest_asyncio.fixture(loop_scope="session")
async def scene(api: Api, conn: asyncpg.Connection) -> Scene:
    """Two new cases, a task, an access to judge, and lists that are logged up to these."""
    await conn.execute("DELETE FROM staff_tasks")
    await api.staff(PHYSICIAN).get("/v1/inbox?limit=100")
    await api.staff(REVIEWER).get("/v1/access-reviews?limit=100")
    patient = await conn.fetchval(_NEXT_PATIENT, next(_scenes))
    case_id, other_id = [await submitted(api, patient) for _ in range(2)]
    await open_task(conn, TaskKind.CONTACT_LOST, datetime.now(UTC), case_id=case_id)
    task_id = await conn.fetchval("SELECT id::text FROM staff_tasks")
    entry = await conn.fetchval(LAST_ENTRY)
    await api.staff(PHYSICIAN).get(f"/v1/cases/{case_id}/events")
    return Scene(patient, case_id, other_id, task_id, await drawn(conn, entry))


async def submitted(api: Api, patient: str) -> str:
    case = await api.citizen(patient).submit_admitted(clinic=SANDVIKEN)
    return str(case["case_id"])


async def drawn(conn: asyncpg.Connection, after: int) -> str:
    """Draw the one access that was logged after that entry; return its review."""
    at = await conn.fetchval("SELECT at FROM access_log WHERE entry > $1", after)
    period = Period(begins=at, ends=at + timedelta(microseconds=1))
    async with conn.transaction():
        assert await draw_reviews(conn, uuid4(), period, SampleRule(), "seed") == 1
    review_id = await conn.fetchval(
        "SELECT review_id::text FROM access_reviews WHERE entry > $1", after
    )
    return str(review_id)


@asynccontextmanager
async def log_that_fails(conn: asyncpg.Connection) -> AsyncIterator[None]:
    """Let no row of the log be written for a while."""
    await conn.execute(
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'the log is full'; END $$"
    )
    await conn.execute(
        "CREATE TRIGGER failing BEFORE INSERT ON access_log FOR EACH ROW EXECUTE FUNCTION fail()"
    )
    try:
        yield
    finally:
        await conn.execute("DROP TRIGGER failing ON access_log")
        await conn.execute("DROP FUNCTION fail()")


async def rows_since(conn: asyncpg.Connection, entry: int) -> list[Row]:
    found = await conn.fetch(
        "SELECT action, staff, commission, unit, provider, kind, patients::text[] AS patients,"
        " case_ids::text[] AS case_ids FROM access_log WHERE entry > $1 ORDER BY entry",
        entry,
    )
    return [
        Row(
            **dict(one)
            | {
                "patients": tuple(one["patients"]),
                "case_ids": tuple(sorted(one["case_ids"], key=str)),
            }
        )
        for one in found
    ]


@pytest.mark.parametrize("sight", [sight for _, sight in SIGHTS], ids=[name for name, _ in SIGHTS])
async def test_each_use_writes_exactly_its_rows(
    api: Api, conn: asyncpg.Connection, scene: Scene, sight: Sight
) -> None:
    before = await conn.fetchval("SELECT now()")
    entry = await conn.fetchval(LAST_ENTRY)

    answer = await sight.call(api, scene)

    assert answer.status_code in {200, 403, 409}, answer.text  # the case may refuse what was tried
    assert await rows_since(conn, entry) == sight.rows(scene)
    times = await conn.fetch("SELECT at FROM access_log WHERE entry > $1", entry)
    assert all(before <= found["at"] <= datetime.now(UTC) for found in times)


@pytest.mark.parametrize("sight", [sight for _, sight in SIGHTS], ids=[name for name, _ in SIGHTS])
async def test_nothing_leaves_and_nothing_happens_when_the_log_cannot_be_written(
    api: Api, conn: asyncpg.Connection, scene: Scene, sight: Sight
) -> None:
    unread = await state_of(conn, scene)
    async with log_that_fails(conn):
        answer = await sight.call(api, scene)

    assert (answer.status_code, answer.json()["code"]) == (503, "registers_unavailable")
    for word in (scene.patient, scene.case_id, scene.other_id):
        assert word not in answer.text
    assert await state_of(conn, scene) == unread


async def state_of(conn: asyncpg.Connection, scene: Scene) -> tuple[object, ...]:
    revs = await conn.fetch(
        "SELECT rev FROM cases WHERE case_id = ANY ($1::uuid[]) ORDER BY case_id",
        [scene.case_id, scene.other_id],
    )
    verdicts = await conn.fetchval("SELECT count(*) FROM access_verdicts")
    return (*revs, verdicts, await conn.fetchval("SELECT done_at FROM staff_tasks"))


async def test_a_list_read_again_and_again_logs_only_what_is_new(
    api: Api, conn: asyncpg.Connection, scene: Scene
) -> None:
    """A working day at the inbox, polled every 20 seconds, is a row and one for each new case."""
    physician, entry = api.staff(PHYSICIAN), await conn.fetchval(LAST_ENTRY)
    for _ in range(10):
        await physician.get("/v1/inbox?limit=100")
    first = await rows_since(conn, entry)
    new = await submitted(api, scene.patient)
    for query in ("?limit=100", "?limit=100&state=queued", "?limit=1", "?limit=100"):
        await physician.get(f"/v1/inbox{query}")

    assert first == [row("list_inbox", scene, scene.case_id, scene.other_id)]
    assert await rows_since(conn, entry) == [*first, row("list_inbox", scene, new)]
    await api.staff(COLLEAGUE).get("/v1/inbox?limit=100")
    assert new in (await rows_since(conn, entry))[-1].case_ids


async def test_a_list_that_has_been_open_for_a_session_is_logged_anew_in_one_row(
    api: Api, conn: asyncpg.Connection, scene: Scene
) -> None:
    reader, long_ago = api.staff(THIRD), datetime.now(UTC) - WORKING_SESSION
    await conn.execute(
        "INSERT INTO access_log (at, staff, commission, action, patients, case_ids)"
        " VALUES ($1, $2, $3, 'list_inbox', ARRAY[$4]::identity[], ARRAY[$5::uuid])",
        long_ago,
        *THIRD,
        scene.patient,
        scene.case_id,
    )
    entry = await conn.fetchval(LAST_ENTRY)
    answers = [await reader.get("/v1/inbox?limit=100") for _ in range(3)]

    [logged] = await rows_since(conn, entry)
    assert set(logged.case_ids) == {item["case_id"] for item in answers[0].json()["items"]}
    assert scene.case_id in logged.case_ids


async def test_operations_are_logged_when_they_move_a_case_they_see_nothing_of(
    api: Api, conn: asyncpg.Connection
) -> None:
    case_id = await stuck(api, LISTED_AT_CLOSED_UNIT)
    entry = await conn.fetchval(LAST_ENTRY)
    operator = api.staff(OPERATOR)

    await operator.get(f"/v1/cases/{case_id}")
    unseen = await rows_since(conn, entry)
    await operator.send(case_id, "transfer", {"unit": SANDVIKEN, "reason": "Nobody there."})

    [moved] = await rows_since(conn, entry)
    assert unseen == []
    assert (moved.action, moved.staff) == ("transfer", OPERATOR.hsa_id)
    assert (moved.patients, moved.case_ids) == ((LISTED_AT_CLOSED_UNIT,), (case_id,))


async def test_what_is_refused_before_the_case_is_shown_is_no_sight(
    api: Api, conn: asyncpg.Connection, scene: Scene
) -> None:
    entry = await conn.fetchval(LAST_ENTRY)

    for answer in (
        await api.staff(STRANGER).get(f"/v1/cases/{scene.case_id}"),
        await api.staff(STRANGER).send(scene.case_id, "note", {"text": "Hello."}),
        await api.staff(PHYSICIAN).send(scene.case_id, "note", {"words": "Hello."}),
    ):
        assert answer.status_code in {404, 422}
    assert await rows_since(conn, entry) == []
