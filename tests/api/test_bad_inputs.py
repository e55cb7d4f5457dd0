"""Hostile bytes at the real server: each kind has its status, and no answer repeats a value."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.edge_limits import EdgeLimits
from runtime.issuer import LocalIssuer
from runtime.settings import Settings
from tests.api.calling import RENEWAL, new_key
from tests.api.people import ERIK, NURSE
from tests.api.wire import Answer, Wire, listening, read_answer, until

pytestmark = pytest.mark.asyncio(loop_scope="session")

CANARY = b"Kanariefagel"
IDENTITY = b"191212121212"
HOST = b"Host: test"
JSON = b"Content-Type: application/json"
SIGNED = b"Authorization: Bearer @citizen@"
STAFF = b"Authorization: Bearer @staff@"
KEYED = b"Idempotency-Key: @key@"
CASE = b"/v1/cases/00000000-0000-4000-8000-000000000000"
LIMIT = b"/v1/cases?limit="
MOMENT = timedelta(milliseconds=20)


class Row(NamedTuple):
    """One kind of bad input: what is sent, and what it is answered with."""

    name: str
    status: int
    code: str
    request: bytes


def head(*lines: bytes) -> bytes:
    return b"\r\n".join([*lines, b"", b""])


def get(target: bytes, *headers: bytes) -> bytes:
    return head(b"GET " + target + b" HTTP/1.1", HOST, *headers)


def post(body: bytes, *headers: bytes, target: bytes = b"/v1/cases") -> bytes:
    """Return a submission by a citizen, with the length of *body*."""
    length = b"Content-Length: %d" % len(body)
    return head(b"POST " + target + b" HTTP/1.1", HOST, SIGNED, KEYED, length, *headers) + body


def submit(answers: bytes) -> bytes:
    return post(b'{"service":"prescription_renewal","answers":' + answers + b"}", JSON)


def renewal(days: bytes = b"20", more: bytes = b"") -> bytes:
    """Return a renewal whose days of supply, or other members, are written as given."""
    written = json.dumps(RENEWAL).replace('"supply_left_days": 20', '"supply_left_days": @days@')
    return submit(written.encode().replace(b"@days@", days)[:-1] + more + b"}")


FRAMING = [
    Row("no Host", 400, "invalid_request", head(b"GET / HTTP/1.1")),
    Row("two Hosts", 400, "invalid_request", get(b"/", HOST)),
    Row("TLS bytes as a method", 400, "invalid_request", b"\x16\x03\x01\x02\x00"),
    Row("odd bytes in the method", 400, "invalid_request", head(b"G\xffT / HTTP/1.1", HOST)),
    Row("TRACE", 405, "method_not_allowed", head(b"TRACE / HTTP/1.1", HOST)),
    Row("HTTP/0.9", 400, "invalid_request", b"GET /\r\n\r\n"),
    Row("HTTP/2 preface", 400, "invalid_request", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    Row("101 headers", 431, "headers_too_large", get(b"/", *[b"X: " + CANARY] * 100)),
    Row("a header of 40 kB", 431, "headers_too_large", get(b"/", b"X: " + CANARY * 3600)),
    Row("a URL over 4 kB", 414, "url_too_long", get(b"/" + CANARY * 400)),
    Row(
        "a length and chunks",
        400,
        "invalid_request",
        post(b"{}", JSON, b"Transfer-Encoding: chunked"),
    ),
    Row(
        "an unknown transfer encoding",
        400,
        "invalid_request",
        head(b"POST /v1/cases HTTP/1.1", HOST, b"Transfer-Encoding: " + CANARY),
    ),
    Row(
        "a negative length",
        400,
        "invalid_request",
        head(b"POST /v1/cases HTTP/1.1", HOST, b"Content-Length: -1"),
    ),
    Row(
        "two lengths",
        400,
        "invalid_request",
        post(b"{}", JSON, b"Content-Length: 3"),
    ),
    Row(
        "a malformed chunk",
        400,
        "invalid_request",
        head(b"POST /v1/cases HTTP/1.1", HOST, JSON, b"Transfer-Encoding: chunked") + b"zz\r\n",
    ),
    Row("a bare line feed", 400, "invalid_request", b"GET / HTTP/1.1\nHost: test\n\n"),
    Row("one bare line feed", 400, "invalid_request", get(b"/", b"X: a\nY: " + CANARY)),
    Row("NUL in a header", 400, "invalid_request", get(b"/", b"X: " + CANARY + b"\x00")),
    Row("a folded header", 400, "invalid_request", get(b"/", b"X: a\r\n " + CANARY)),
    Row("another host's URL", 400, "invalid_request", get(b"http://elsewhere.test/" + CANARY)),
    Row(
        "a WebSocket",
        400,
        "invalid_request",
        get(b"/v1/cases", b"Connection: Upgrade", b"Upgrade: websocket"),
    ),
    Row(
        "a WebSocket among others",
        400,
        "invalid_request",
        get(b"/v1/api-info", b"Connection: Upgrade", b"Upgrade: h2c, WebSocket/13"),
    ),
    Row(
        "a WebSocket in a header of its own",
        400,
        "invalid_request",
        get(b"/v1/api-info", b"Upgrade: h2c", b"Upgrade: websocket"),
    ),
]

BODIES = [
    Row("over 64 kB", 413, "body_too_large", post(b" " * 65_537, JSON)),
    Row("no body", 400, "empty_body", head(b"POST /v1/cases HTTP/1.1", HOST, SIGNED, KEYED)),
    Row("no type", 415, "unsupported_media_type", post(CANARY)),
    Row("text", 415, "unsupported_media_type", post(CANARY, b"Content-Type: text/plain")),
    Row(
        "a form",
        415,
        "unsupported_media_type",
        post(CANARY, b"Content-Type: application/x-www-form-urlencoded"),
    ),
    Row(
        "parts",
        415,
        "unsupported_media_type",
        post(CANARY, b"Content-Type: multipart/form-data; boundary=x"),
    ),
    Row("UTF-16 by name", 415, "unsupported_media_type", post(CANARY, JSON + b"; charset=utf-16")),
    Row("UTF-16 by bytes", 400, "invalid_json", post('{"a":1}'.encode("utf-16"), JSON)),
    Row("a byte order mark", 400, "invalid_json", post(b"\xef\xbb\xbf{}", JSON)),
    Row("not UTF-8", 400, "invalid_json", post(b'{"a":"\xff' + CANARY + b'"}', JSON)),
    Row("gzip", 415, "unsupported_media_type", post(CANARY, JSON, b"Content-Encoding: gzip")),
    Row("a picture", 415, "unsupported_media_type", post(b"\x89PNG", b"Content-Type: image/png")),
    Row("a picture said to be JSON", 400, "invalid_json", post(b"\x89PNG\r\n\x1a\n", JSON)),
    Row("XML wanted", 406, "not_acceptable", get(b"/v1/services", b"Accept: application/xml")),
    Row("two types", 400, "repeated_header", post(b"{}", JSON, JSON)),
    Row("length 0", 400, "empty_body", post(b"", JSON)),
    Row("bytes after the JSON", 400, "invalid_json", post(b"{}" + CANARY, JSON)),
]

JSONS = [
    Row("cut short", 400, "invalid_json", post(b'{"service":"' + CANARY, JSON)),
    Row("Infinity", 400, "invalid_json", renewal(b"Infinity")),
    Row("-Infinity", 400, "invalid_json", renewal(b"-Infinity")),
    Row("NaN", 400, "invalid_json", renewal(b"NaN")),
    Row("1e400", 400, "number_out_of_range", renewal(b"1e400")),
    Row("5,000 digits", 400, "number_out_of_range", renewal(b"1" * 5000)),
    Row("more than any column holds", 422, "invalid_answers", renewal(b"4294967296")),
    Row("1.0 for a whole number", 422, "invalid_answers", renewal(b"1.0")),
    Row("true for a whole number", 422, "invalid_answers", renewal(b"true")),
    Row("text for a whole number", 422, "invalid_answers", renewal(b'"5"')),
    Row("a key twice", 400, "duplicate_key", renewal(more=b', "items": []')),
    Row("60,000 brackets", 400, "too_deep", post(b"[" * 60_000, JSON)),
    Row("100,000 brackets", 413, "body_too_large", post(b"[" * 100_000, JSON)),
    Row("a million elements", 413, "body_too_large", post(b"[" + b"0," * 1_000_000, JSON)),
    Row("null", 422, "invalid_body", post(b"null", JSON)),
    Row("a string", 422, "invalid_body", post(b'"' + CANARY + b'"', JSON)),
    Row("an array", 422, "invalid_body", post(b"[]", JSON)),
    Row("a property nobody asked for", 422, "invalid_body", post(b'{"' + CANARY + b'":1}', JSON)),
    Row("__proto__", 422, "invalid_answers", renewal(more=b', "__proto__": {}')),
    Row("an empty key", 422, "invalid_answers", renewal(more=b', "": 1')),
    Row("a key of 60 kB", 422, "invalid_body", post(b'{"' + b"k" * 60_000 + b'":1}', JSON)),
    Row("NUL", 422, "unstorable_text", renewal(more=rb', "message": "a\u0000"')),
    Row("a lone surrogate", 422, "unstorable_text", renewal(more=rb', "message": "\udc00"')),
    Row("a C0 sign", 422, "unstorable_text", renewal(more=rb', "message": "\u0008"')),
    Row("DEL", 422, "unstorable_text", renewal(more=rb', "message": "\u007f"')),
    Row("a C1 sign", 422, "unstorable_text", renewal(more=rb', "message": "\u0085"')),
    Row("a noncharacter", 422, "unstorable_text", renewal(more=rb', "message": "\uffff"')),
    Row("an ANSI escape", 422, "unstorable_text", renewal(more=rb', "message": "\u001b[31m"')),
]

TARGETS = [
    Row("an id that is none", 404, "not_found", get(b"/v1/cases/" + CANARY, SIGNED)),
    Row("an id in braces", 404, "not_found", get(b"/v1/cases/%7B" + CASE[10:] + b"%7D", SIGNED)),
    Row("an id in capitals", 404, "not_found", get(CASE.replace(b"8000", b"ABCD"), SIGNED)),
    Row("a case that is not there", 404, "not_found", get(CASE, SIGNED)),
    Row("%00", 404, "not_found", get(CASE + b"%00", SIGNED)),
    Row("%ff", 400, "invalid_path", get(CASE + b"%ff", SIGNED)),
    Row("..%2f", 404, "not_found", get(b"/v1/cases/..%2f..%2fetc", SIGNED)),
    Row("a slash at the end", 404, "not_found", get(b"/v1/cases/", SIGNED)),
    Row("two slashes", 404, "not_found", get(b"//v1/cases", SIGNED)),
    Row("a path parameter", 404, "not_found", get(CASE + b";x=1", SIGNED)),
    Row("a parameter twice", 400, "repeated_parameter", get(b"/v1/cases?limit=1&limit=2", SIGNED)),
    Row("limit 0", 422, "invalid_parameters", get(b"/v1/cases?limit=0", SIGNED)),
    Row("limit -1", 422, "invalid_parameters", get(b"/v1/cases?limit=-1", SIGNED)),
    Row("limit 10^9", 422, "invalid_parameters", get(b"/v1/cases?limit=1000000000", SIGNED)),
    *[
        Row(f"limit '{text}'", 422, "invalid_parameters", get(LIMIT + text.encode(), SIGNED))
        for text in ("abc", "1.0", "1_0", "+5", "%2B5", "%205", "5%20", "05", "50.000", "")
    ],
    *[
        Row(text, 422, "invalid_parameters", get(b"/v1/inbox?" + text.encode(), STAFF))
        for text in ("mine=yes", "mine=on", "mine=1", "overdue=Y", "overdue=True", "mine=")
    ],
    Row("an order of one's own", 422, "unknown_parameter", get(b"/v1/cases?sort=x", SIGNED)),
    Row(
        "a filter with SQL in it",
        422,
        "invalid_parameters",
        get(b"/v1/cases?state=x'%20OR%201=1", SIGNED),
    ),
    Row("a unit of others", 422, "unknown_parameter", get(b"/v1/inbox?unit=" + CANARY, STAFF)),
    Row("an identity in the path", 400, "identity_in_url", get(b"/v1/cases/" + IDENTITY, SIGNED)),
    Row(
        "a search by identity with GET",
        400,
        "identity_in_url",
        get(b"/v1/inbox/search?identity=" + IDENTITY, STAFF),
    ),
    Row(
        "an identity as a key",
        400,
        "identity_in_key",
        post(b"{}", JSON).replace(b"@key@", IDENTITY),
    ),
]

CALLERS = [
    Row("nobody", 401, "unauthenticated", get(CASE)),
    Row("Basic", 401, "unauthenticated", get(CASE, b"Authorization: Basic " + CANARY)),
    Row("no token at all", 401, "unauthenticated", get(CASE, b"Authorization: Bearer " + CANARY)),
    Row("a token in the query", 400, "token_in_url", get(CASE + b"?access_token=" + CANARY)),
    Row(
        "a token over 8 kB",
        431,
        "headers_too_large",
        get(CASE, b"Authorization: Bearer " + b"x" * 8193),
    ),
    Row("a citizen at work", 403, "forbidden", get(b"/v1/inbox", SIGNED)),
    Row("a role of one's own", 403, "forbidden", get(b"/v1/inbox", SIGNED, b"X-Role: coordinator")),
    Row(
        "no key",
        400,
        "idempotency_key_required",
        submit(b"{}").replace(b"Idempotency-Key: @key@\r\n", b""),
    ),
    Row(
        "a malformed entity tag",
        400,
        "invalid_header",
        post(b"{}", JSON, b"If-Match: 3", target=CASE + b"/withdraw"),
    ),
]
ROWS = [*FRAMING, *BODIES, *JSONS, *TARGETS, *CALLERS]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def wire(served: Settings) -> AsyncIterator[Wire]:
    async with listening(served) as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quick(served: Settings) -> AsyncIterator[Wire]:
    """A server that does not wait for what was cut off."""
    async with listening(served, EdgeLimits(read_for=MOMENT, head_for=MOMENT)) as server:
        yield server


def signed(request: bytes, settings: Settings) -> bytes:
    """Return *request* with tokens and a key in their places."""
    issuer, now = LocalIssuer(settings), datetime.now(UTC)
    return (
        request.replace(b"@citizen@", issuer.citizen_token(ERIK, now).encode())
        .replace(b"@staff@", issuer.staff_token(NURSE.hsa_id, NURSE.commission, now).encode())
        .replace(b"@key@", new_key().encode())
    )


def check_refusal(answer: Answer) -> None:
    """Whatever was sent: a problem as documented, marked, without the value and the server."""
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-request-id"]
    assert "server" not in answer.headers
    assert CANARY not in answer.body + repr(answer.headers).encode()
    assert IDENTITY not in answer.body


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
async def test_each_kind_of_bad_input_has_its_answer(
    wire: Wire, served: Settings, row: Row
) -> None:
    answer = await wire.say(signed(row.request, served))

    assert answer is not None
    assert (answer.status, answer.code) == (row.status, row.code)
    check_refusal(answer)


async def test_two_requests_cannot_be_hidden_in_one(wire: Wire) -> None:
    """What is framed in two ways ends the connection: the rest is never read as a request."""
    hidden = get(b"/v1/api-info")
    reader, writer = await wire.open()
    writer.write(post(b"0\r\n\r\n", JSON, b"Transfer-Encoding: chunked") + hidden)
    first = await read_answer(reader)
    second = await read_answer(reader)
    writer.close()

    assert first is not None
    assert (first.status, first.headers["connection"], second) == (400, "close", None)


async def test_whoever_claims_to_be_someone_is_nobody_else(wire: Wire, served: Settings) -> None:
    claims = (b"X-Forwarded-For: 10.0.0.1", b"X-Forwarded-Proto: https", b"Forwarded: for=x")
    plain = await wire.say(signed(get(b"/v1/cases", SIGNED), served))
    claimed = await wire.say(signed(get(b"/v1/cases", SIGNED, *claims), served))

    assert plain is not None
    assert claimed is not None
    assert (claimed.status, claimed.body) == (plain.status, plain.body)


async def test_what_is_asked_for_in_time_is_finished_before_the_end(served: Settings) -> None:
    request = signed(renewal(b"1.0"), served)
    async with listening(served) as wire:
        reader, writer = await wire.open()
        writer.write(request[:-1])
        await writer.drain()
        await until(lambda: wire.server.server_state.tasks)
        wire.server.should_exit = True
        await until(lambda: not wire.server.servers[0].is_serving())
        writer.write(request[-1:])
        answer = await read_answer(reader)
        writer.close()

    assert answer is not None
    assert (answer.status, answer.code) == (422, "invalid_answers")


GOOD = [get(b"/v1/services"), get(CASE), post(b"{}", JSON), submit(b"{}")]


@st.composite
def mangled(draw: st.DrawFn) -> bytes:
    """A good request with some bytes taken out, put in or doubled; its head ends in any case."""
    request = bytearray(draw(st.sampled_from(GOOD)))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(request)))
        request[at : at + draw(st.integers(0, 5))] = draw(ODD)
    return bytes(request) + b"\r\n\r\n"


ODD = st.binary(max_size=8) | st.sampled_from([b"\r\n", b"\n", b"\x00", b" ", b":", b"%", b"/"])


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(request=mangled() | st.binary(min_size=1, max_size=200))
async def test_no_bytes_make_a_fault(quick: Wire, served: Settings, request: bytes) -> None:
    answer = await quick.say(signed(request, served))

    assert answer is None or answer.status < 500
