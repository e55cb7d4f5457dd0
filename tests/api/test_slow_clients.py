"""Clients that send or read too slowly, leave, or are too many: cut off, without harm to others."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from api.edge_limits import EdgeLimits
from runtime.issuer import LocalIssuer
from runtime.settings import Settings
from tests.api.calling import new_key
from tests.api.people import HENRIK
from tests.api.wire import Wire, listening, read_answer, until

pytestmark = pytest.mark.asyncio(loop_scope="session")

MOMENT = timedelta(milliseconds=200)
DRIP_S = 0.02
LIVE = b"GET /health/live HTTP/1.1\r\nHost: test\r\n\r\n"
API_INFO = b"GET /v1/api-info HTTP/1.1\r\nHost: test\r\n\r\n"
POST = (
    b"POST /v1/cases HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n"
    b"Content-Length: 60000\r\n"
)
AWAY = (ConnectionError, asyncio.IncompleteReadError)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def hasty(served: Settings) -> AsyncIterator[Wire]:
    """A server that waits only a moment, and has few connections."""
    limits = EdgeLimits(read_for=MOMENT, head_for=MOMENT, write_for=MOMENT)
    async with listening(served, limits) as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def small(served: Settings) -> AsyncIterator[Wire]:
    """A server of two connections, and two more for health checks."""
    async with listening(served, EdgeLimits(connections=2, spare=2)) as server:
        yield server


async def drip(writer: asyncio.StreamWriter, piece: bytes) -> None:
    """Send *piece*, if any, again and again until the connection is cut."""
    while piece:
        try:
            writer.write(piece)
            await writer.drain()
        except ConnectionError:
            return
        await asyncio.sleep(DRIP_S)


async def answer_to_drip(wire: Wire, begin: bytes, piece: bytes) -> tuple[int, str, bytes]:
    """Return status and code of the one answer, and what came after it before the end."""
    reader, writer = await wire.open()
    writer.write(begin)
    dripping = asyncio.create_task(drip(writer, piece))
    answer = await read_answer(reader)
    assert answer is not None
    try:
        rest = await reader.read()
    except ConnectionError:
        rest = b""
    await dripping
    writer.close()
    return answer.status, answer.code, rest


@pytest.mark.parametrize(
    ("begin", "piece"),
    [
        pytest.param(b"GET / HT", b"T", id="a line that never ends"),
        pytest.param(b"GET / HTTP/1.1\r\n", b"X: y\r\n", id="headers that never end"),
        pytest.param(POST + b"\r\n", b"x", id="a body that drips"),
        pytest.param(LIVE[:-2] + b"Content-Length: 0\r\n", b"", id="a head that stops"),
        pytest.param(POST + b"\r\n{}", b"", id="a body shorter than it said"),
    ],
)
async def test_what_comes_too_slowly_is_given_up(hasty: Wire, begin: bytes, piece: bytes) -> None:
    assert await answer_to_drip(hasty, begin, piece) == (408, "request_timeout", b"")


async def test_a_kept_connection_waits_no_longer_for_its_next_head(hasty: Wire) -> None:
    reader, writer = await hasty.open()
    writer.write(LIVE)
    first = await read_answer(reader)
    dripping = asyncio.create_task(drip(writer, b"X"))
    second = await read_answer(reader)
    await dripping
    writer.close()

    assert first is not None
    assert second is not None
    assert (first.status, second.status) == (200, 408)


async def test_a_body_nobody_waits_for_does_not_hold_the_connection(hasty: Wire) -> None:
    unread = POST.replace(b"application/json", b"text/plain") + b"\r\n"

    assert await answer_to_drip(hasty, unread, b"x") == (415, "unsupported_media_type", b"")


async def test_a_connection_that_says_nothing_is_closed_without_a_word(hasty: Wire) -> None:
    assert await hasty.say() is None


async def test_a_client_that_does_not_read_is_cut_off(hasty: Wire) -> None:
    reader, writer = await hasty.open()
    asked = 400
    writer.write(b"GET /openapi.json HTTP/1.1\r\nHost: test\r\n\r\n" * asked)
    await until(lambda: not hasty.server.server_state.connections)

    answers = 0
    while await read_whole(reader):
        answers += 1
    writer.close()
    assert answers < asked


async def read_whole(reader: asyncio.StreamReader) -> bool:
    """Whether one more answer is there as a whole."""
    try:
        return await read_answer(reader) is not None
    except AWAY:
        return False


@asynccontextmanager
async def held(wire: Wire, count: int) -> AsyncIterator[list[asyncio.StreamReader]]:
    """Hold *count* connections that say nothing, and leave none behind."""
    opened = [await wire.open() for _ in range(count)]
    await until(lambda: len(wire.server.server_state.connections) == count)
    try:
        yield [reader for reader, _ in opened]
    finally:
        for _, writer in opened:
            writer.close()
        await until(lambda: not wire.server.server_state.connections)


async def test_one_connection_too_many_is_told_to_come_back(small: Wire) -> None:
    async with held(small, 2):
        refused = await small.say(API_INFO)
    served = await small.say(API_INFO)

    assert refused is not None
    assert served is not None
    assert (refused.status, refused.code) == (503, "service_unavailable")
    assert refused.headers["retry-after"]
    assert refused.headers["connection"] == "close"
    assert refused.headers["x-content-type-options"] == "nosniff"
    assert refused.headers["x-request-id"]
    assert served.status == 200


@pytest.mark.parametrize("path", [b"live", b"ready"])
async def test_a_process_without_connections_still_says_that_it_lives(
    small: Wire, path: bytes
) -> None:
    async with held(small, 2):
        answers = [await small.say(LIVE.replace(b"live", path)) for _ in range(5)]

    for answer in answers:
        assert answer is not None
        assert (answer.status, answer.headers["connection"]) == (200, "close")


async def test_whoever_holds_a_place_for_health_checks_in_silence_makes_room(small: Wire) -> None:
    async with held(small, 4) as readers:
        checked = await small.say(LIVE)
        given_up = await read_answer(readers[2])

    assert checked is not None
    assert given_up is not None
    assert (checked.status, given_up.status) == (200, 503)


async def test_a_client_that_leaves_half_way_submits_nothing(hasty: Wire, served: Settings) -> None:
    token = LocalIssuer(served).citizen_token(HENRIK, datetime.now(UTC)).encode()
    signed = b"Authorization: Bearer " + token + b"\r\n"
    own = b"GET /v1/cases HTTP/1.1\r\nHost: test\r\n" + signed + b"\r\n"
    before = await hasty.say(own)
    _, writer = await hasty.open()
    key = b"Idempotency-Key: " + new_key().encode()
    writer.write(POST + signed + key + b"\r\n\r\n" + b'{"service":')
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    await until(lambda: not hasty.server.server_state.tasks)
    after = await hasty.say(own)

    assert before is not None
    assert after is not None
    assert (before.status, after.body) == (200, before.body)
