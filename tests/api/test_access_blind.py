"""A case of somebody else's and a case that is not there cannot be told apart, in any way."""

import pytest
from asyncpg.connection import Connection
from httpx2 import Response

from api.access_rules import MESSAGE_RULES, Rule
from tests.api.calling import Api, Caller
from tests.api.people import ADMINISTRATOR, ERIK, PERNILLA, STRANGER, Employee, employee

pytestmark = pytest.mark.asyncio(loop_scope="session")

ABSENT = "00000000-0000-0000-0000-00000000aaaa"
UNTOLD = {"x-request-id", "date"}
SENT_BY_STAFF = sorted(name for name, rule in MESSAGE_RULES.items() if rule is not Rule.CITIZEN)
SENT_BY_CITIZENS = sorted(name for name, rule in MESSAGE_RULES.items() if rule is not Rule.STAFF)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every SQL text that this process sends to PostgreSQL."""
    texts: list[str] = []
    execute = Connection._execute  # type: ignore[attr-defined]  # private: the way of every statement

    async def remember(self: object, query: str, *given: object, **more: object) -> object:
        texts.append(query)
        return await execute(self, query, *given, **more)

    monkeypatch.setattr(Connection, "_execute", remember)
    return texts


async def told(
    caller: Caller, call: str, case_id: str, asked: list[str]
) -> tuple[int, bytes, dict[str, str], list[str]]:
    """Return everything a caller is told, and what was asked of the database for it."""
    asked.clear()
    answer = await make(caller, call, case_id)
    headers = {name: value for name, value in answer.headers.items() if name not in UNTOLD}
    return answer.status_code, answer.content, headers, list(asked)


async def make(caller: Caller, call: str, case_id: str) -> Response:
    if call in {"", "/events"}:
        return await caller.get(f"/v1/cases/{case_id}{call}", if_none_match='"1"')
    return await caller.send(case_id, call, {"wrong": 1}, if_match='"1"')


@pytest.mark.parametrize("call", ["", "/events", *SENT_BY_STAFF])
@pytest.mark.parametrize(
    "stranger",
    [STRANGER, ADMINISTRATOR, employee(123), employee(188), employee(178, "SE5560000001")],
    ids=["coordinator", "colleague", "holder", "operations", "other provider"],
)
async def test_staff_are_told_the_same_of_both(
    api: Api, asked: list[str], stranger: Employee, call: str
) -> None:
    case_id = (await api.citizen(ERIK).submit_admitted())["case_id"]
    caller = api.staff(stranger)

    foreign = await told(caller, call, case_id, asked)
    absent = await told(caller, call, ABSENT, asked)

    assert foreign[0] == 404
    assert foreign == absent
    assert len(foreign[3]) >= 2


@pytest.mark.parametrize("call", ["", "/events", *SENT_BY_CITIZENS])
async def test_citizens_are_told_the_same_of_both(api: Api, asked: list[str], call: str) -> None:
    case_id = (await api.citizen(ERIK).submit_admitted())["case_id"]
    caller = api.citizen(PERNILLA)

    foreign = await told(caller, call, case_id, asked)
    absent = await told(caller, call, ABSENT, asked)

    assert foreign[0] == 404
    assert foreign == absent
