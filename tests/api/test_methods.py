"""Which methods a path answers: a 405 names them all, and a HEAD is a GET without its body."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncpg
import pytest
import pytest_asyncio

from runtime.issuer import LocalIssuer
from runtime.settings import Settings
from tests.api.calling import Api
from tests.api.people import HENRIK, PHYSICIANS
from tests.api.wire import Wire, listening

pytestmark = pytest.mark.asyncio(loop_scope="session")

CASE = "/v1/cases/00000000-0000-4000-8000-000000000000"
EVERY_METHOD = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
COUNT_ENTRIES = "SELECT count(*) FROM access_log"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def wire(served: Settings) -> AsyncIterator[Wire]:
    async with listening(served) as server:
        yield server


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/v1/cases", "GET, HEAD, POST"),
        ("TRACE", "/v1/cases", "GET, HEAD, POST"),
        ("POST", "/v1/services", "GET, HEAD"),
        ("OPTIONS", CASE, "GET, HEAD"),
        ("GET", f"{CASE}/take", "POST"),
        ("HEAD", "/v1/inbox/search", "POST"),
        ("TRACE", "/nowhere", EVERY_METHOD),
    ],
)
async def test_a_405_names_every_method_of_its_path(
    wire: Wire, method: str, path: str, allowed: str
) -> None:
    status, headers, _ = await ask(wire, method, path)

    assert (status, headers["allow"]) == (405, allowed)


@pytest.mark.parametrize("path", ["/v1/services", "/v1/cases", "/health/live", "/v1/nowhere"])
async def test_a_head_is_answered_as_a_get_without_its_body(
    wire: Wire, served: Settings, path: str
) -> None:
    token = LocalIssuer(served).citizen_token(HENRIK, datetime.now(UTC))

    got, asked = await ask(wire, "GET", path, token), await ask(wire, "HEAD", path, token)

    assert (got[0], told(got[1])) == (asked[0], told(asked[1]))
    assert got[2]
    assert asked[2] == b""


async def test_a_head_of_a_case_is_in_the_access_log(
    wire: Wire, api: Api, served: Settings, database: str
) -> None:
    case = await api.citizen(HENRIK).submit_admitted()
    hsa_id, commission = PHYSICIANS[0].hsa_id, PHYSICIANS[0].commission
    token = LocalIssuer(served).staff_token(hsa_id, commission, datetime.now(UTC))
    conn = await asyncpg.connect(database)
    before = await conn.fetchval(COUNT_ENTRIES)
    seen = await ask(wire, "HEAD", f"/v1/cases/{case['case_id']}", token)
    refused = await ask(wire, "HEAD", f"/v1/cases/{case['case_id']}")
    entries = await conn.fetchval(COUNT_ENTRIES) - before
    await conn.close()

    assert (seen[0], refused[0], entries) == (200, 401, 1)


async def ask(
    wire: Wire, method: str, path: str, token: str | None = None
) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers and every byte that comes after them before the connection ends."""
    lines = [f"{method} {path} HTTP/1.1", "Host: test", "Connection: close"]
    lines += [f"Authorization: Bearer {token}"] if token else []
    reader, writer = await wire.open()
    writer.write("\r\n".join([*lines, "", ""]).encode())
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    first, *rest = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in rest)
    return int(first.split()[1]), {name.lower(): value.strip() for name, _, value in pairs}, body


def told(headers: dict[str, str]) -> dict[str, str]:
    """Return the headers that the same question gets each time."""
    return {name: value for name, value in headers.items() if name not in {"x-request-id", "date"}}
