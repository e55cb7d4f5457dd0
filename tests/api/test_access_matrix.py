"""Every cell of the access matrix, asserted against the API on a real stack."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio
from httpx2 import ASGITransport, AsyncClient
from joserfc import jwt
from joserfc.jwk import ECKey

from api.access_matrix import MatrixRow, WrongMatrixError, load_matrix, served_calls
from api.app import create_app
from runtime.issuer import LocalIssuer
from runtime.settings import Settings
from store.staff_tasks import TaskKind, open_task
from tests.api.calling import Api, Caller
from tests.api.stage import CITIZENS, STAFF, Stage
from tests.region import ROOT
from tools.access_page import PAGE, render

MATRIX = load_matrix()
AFTER_13 = datetime(2032, 8, 21, 12, tzinfo=UTC)
"""A day on which the child of the guardian's case has turned 13."""

BY_CONTENT = {
    ("POST /v1/cases", "guardian_after_13"),
    ("POST /v1/inbox/search", "staff_patient"),
    ("POST /v1/inbox/search", "staff_relative"),
}
"""Refused for what the body says, so a wrong one is told that it is wrong."""

session = pytest.mark.asyncio(loop_scope="session")


def name_of(row: MatrixRow) -> str:
    return f"{row.call} {row.state or ''}".strip()


@asynccontextmanager
async def api_at(settings: Settings, at: datetime) -> AsyncIterator[AsyncClient]:
    """The same API on another day."""
    app = create_app(settings, now=lambda: at)
    async with (
        app.router.lifespan_context(app),
        AsyncClient(transport=ASGITransport(app), base_url="http://test") as http,
    ):
        yield http


def players(api: Api, later: AsyncClient) -> Callable[[str], Caller]:
    """Return what gives each kind of caller a client with a token of their own."""
    issuer = LocalIssuer(api.settings)
    today = api.caller_with

    def play(name: str) -> Caller:
        now = datetime.now(UTC)
        match name:
            case "anonymous":
                return api.nobody()
            case "guardian_after_13":
                return Caller(later, issuer.citizen_token(CITIZENS[name], AFTER_13))
            case "weak_login" | "no_commission":
                return today(altered(api.settings, name, now))
            case citizen if citizen in CITIZENS:
                return api.citizen(CITIZENS[citizen])
            case _:
                return api.staff(STAFF[name])

    return play


def altered(settings: Settings, name: str, now: datetime) -> str:
    """Return a token as the local issuer's, of staff at a citizen's level or in no commission."""
    assert settings.local_issuer_key is not None
    key = ECKey.import_key(settings.local_issuer_key.get_secret_value())
    key.ensure_kid()
    person = STAFF[name]
    is_weak = name == "weak_login"
    levels = settings.oidc_citizen_acr_values if is_weak else settings.oidc_staff_acr_values
    claims = {
        "iss": settings.oidc_issuer,
        "aud": settings.oidc_audience,
        "sub": "opaque",
        "iat": int(now.timestamp()),
        "exp": int(now.timestamp()) + 600,
        "acr": levels[0],
        "employeeHsaId": person.hsa_id,
    } | ({"commissionHsaId": person.commission} if is_weak else {})
    return jwt.encode({"alg": "ES256", "kid": key.kid, "typ": "at+jwt"}, claims, key)


async def opened_task(conn: asyncpg.Connection, case_id: str) -> str:
    """Return the id of the case's open task, a new one if it has none."""
    await open_task(conn, TaskKind.CONTACT_LOST, datetime.now(UTC), case_id=case_id)
    find = "SELECT id::text FROM staff_tasks WHERE case_id = $1 AND done_at IS NULL"
    return str(await conn.fetchval(find, case_id))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stage(api: Api, database: str) -> AsyncIterator[Stage]:
    """The stage, with one commission ended yesterday."""
    ended = STAFF["ended_commission"].commission
    set_end = "UPDATE commissions SET valid_to = $2 WHERE hsa_id = $1"
    async with AsyncExitStack() as stack:
        conn = await asyncpg.connect(database)
        stack.push_async_callback(conn.close)
        yesterday = await conn.fetchval("SELECT current_date - 2")
        await conn.execute(set_end, ended, yesterday)
        stack.push_async_callback(conn.execute, set_end, ended, None)
        later = await stack.enter_async_context(api_at(api.settings, AFTER_13))
        yield Stage(api, players(api, later), lambda case_id: opened_task(conn, case_id))


@session
@pytest.mark.timeout(300)
@pytest.mark.parametrize("row", MATRIX.rows, ids=name_of)
async def test_every_caller_is_answered_as_the_matrix_says(stage: Stage, row: MatrixRow) -> None:
    found = {}
    for caller, status in row.statuses.items():
        is_taken = status < 400
        answer = await stage.call(row.call, caller, row.state, changes=is_taken)
        found[caller] = answer.status_code

    assert found == row.statuses


@session
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "row", [row for row in MATRIX.rows if row.call.startswith("POST")], ids=name_of
)
async def test_a_wrong_body_hides_no_refusal(stage: Stage, row: MatrixRow) -> None:
    refused = {
        caller: status
        for caller, status in row.statuses.items()
        if status >= 400 and (row.call, caller) not in BY_CONTENT
    }
    found = {}
    for caller in refused:
        answer = await stage.call(row.call, caller, row.state, changes=False, wrong=True)
        found[caller] = answer.status_code

    assert found == refused


def test_the_matrix_has_every_route_and_message() -> None:
    in_matrix = {row.call for row in MATRIX.rows}

    assert served_calls() - in_matrix == set(), "add rows for these to api/access_matrix.toml"
    assert in_matrix - served_calls() == set(), "these are not served: take their rows away"


def test_the_matrix_has_hundreds_of_cells() -> None:
    assert MATRIX.cells == len(MATRIX.rows) * len(MATRIX.callers)
    assert MATRIX.cells > 1000


def test_the_page_is_made_from_the_matrix() -> None:
    told = "run `python -m tools.access_page`"
    assert (ROOT / PAGE).read_text("utf-8") == render(ROOT / PAGE, MATRIX), told


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ('200 = ["a"]', "say what b are answered"),
        ('200 = ["a", "b"]\n401 = ["a"]', "a is unknown or stands twice"),
        ('200 = ["a", "c", "b"]', "c is unknown"),
    ],
)
def test_a_row_that_leaves_something_open_is_refused(
    tmp_path: Path, answers: str, why: str
) -> None:
    file = tmp_path / "matrix.toml"
    file.write_text(
        f'[callers]\na = "A"\nb = "B"\n[[rows]]\ncall = "GET /x"\n[rows.answers]\n{answers}\n',
        encoding="utf-8",
    )

    with pytest.raises(WrongMatrixError, match=why):
        load_matrix(file)
