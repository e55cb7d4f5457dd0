"""Requests in which a patient's values stand where they do not belong; none may be echoed."""

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import NamedTuple

import httpx2

from tests.api.people import HENRIK
from tests.end_to_end.canary_calls import Front, Json
from tests.end_to_end.canary_words import Canaries

_DASHED = f"{HENRIK[:8]}-{HENRIK[8:]}"
_NOBODYS_CASE = "00000000-0000-4000-8000-000000000000"


class Attack(NamedTuple):
    """One request; *fault* adds to or replaces the headers of an ordinary one."""

    method: str
    path: str
    fault: Mapping[str, str | bytes] = {}
    content: bytes | None = None


async def attack(front: Front, citizen: str, canaries: Canaries) -> int:
    """Send every one of them; return how many were refused."""
    before = len(front.refusals)
    for number, each in enumerate(_attacks(citizen, canaries)):
        ordinary = {"Authorization": f"Bearer {citizen}", "Idempotency-Key": f"attack-{number}"}
        kind = {"Content-Type": "application/json"} if each.content is not None else {}
        headers = ordinary | kind | dict(each.fault)
        with suppress(httpx2.TransportError):  # what is far too long may be cut off, not answered
            await front.call(each.method, each.path, headers, content=each.content)
    return len(front.refusals) - before


def _attacks(citizen: str, canaries: Canaries) -> Iterator[Attack]:
    yield from _headers(canaries)
    yield from _addresses(canaries)
    yield from _bodies(canaries)
    yield from _tokens(citizen, canaries)


def _headers(canaries: Canaries) -> Iterator[Attack]:
    body = json.dumps({"service": "nothing", "answers": {}}).encode()
    for name, value in (
        ("Idempotency-Key", HENRIK),
        ("Idempotency-Key", _DASHED),
        ("X-Request-Id", HENRIK),
        ("X-Request-Id", _DASHED),
        ("User-Agent", canaries.token("a header")),
        ("Accept-Language", canaries.token("a header")),
        ("Accept", canaries.token("a header")),
        ("Prefer", canaries.token("a header")),
        ("If-Match", canaries.token("a header")),
        ("Cookie", f"name={canaries.token('a header')}"),
        ("Referer", f"https://app.example/{canaries.token('a header')}"),
        ("traceparent", f"00-{canaries.token('a header')}-01"),
        ("baggage", f"patient={HENRIK},name={canaries.token('a header')}"),
        ("X-Forwarded-For", canaries.token("a header")),
        ("Content-Type", canaries.token("a header")),
    ):
        yield Attack("POST", "/v1/cases", {name: value}, body)


def _addresses(canaries: Canaries) -> Iterator[Attack]:
    for path in (
        f"/v1/cases/{HENRIK}",
        f"/v1/cases/{canaries.token('a path')}/events",
        f"/v1/services/{canaries.token('a path')}",
        f"/v1/{canaries.token('a path')}",
        f"/{HENRIK}/{canaries.token('a path')}?{HENRIK}",
        f"/v1/cases?state={canaries.token('a query')}",
        f"/v1/cases?cursor={canaries.token('a query')}",
        f"/v1/cases?limit={HENRIK}",
        f"/v1/cases?{canaries.token('a query')}=1",
        f"/v1/products?q={canaries.token('a query')}",
        f"/v1/inbox?role={canaries.token('a query')}",
    ):
        yield Attack("GET", path)
    yield Attack("POST", f"/v1/cases/{_NOBODYS_CASE}/{canaries.token('a path')}", {}, b"{}")
    yield Attack(canaries.token("a method"), "/v1/cases")


def _bodies(canaries: Canaries) -> Iterator[Attack]:
    word = canaries.text("a body")
    for body in (
        {"service": word, "answers": {}},
        {"service": "prescription_renewal", "answers": {word: word}},
        {"service": "prescription_renewal", "answers": {"message": {word: [word]}}},
        {"service": "prescription_renewal", "answers": {"message": word * 400}},
        {"service": "booking_change", "answers": {"booking": {"starts_at": word}}},
        {"service": "prescription_renewal", "answers": {}, "clinic": word, "channel": word},
        {"service": "prescription_renewal", "answers": {}, "on_behalf_of": word},
        {"service": "prescription_renewal", "answers": {}, "on_behalf_of": HENRIK, word: HENRIK},
        {"service": "prescription_renewal", "answers": {}, "not_duplicate_of": [word, HENRIK]},
        [word, HENRIK],
        word,
    ):
        yield Attack("POST", "/v1/cases", {}, json.dumps(body).encode())
    for content in (
        f'{{"service": "{word}", '.encode(),
        f'{{"{word}": NaN}}'.encode(),
        f'{{"{word}": 1, "{word}": 2}}'.encode(),
        f'"{word}\\ud800\\u0000"'.encode(),
        word.encode("latin-1"),
        b"[" * 5_000 + word.encode(),
        word.encode() * 100_000,
    ):
        yield Attack("POST", "/v1/cases", {}, content)
    for message in ("answer", "withdraw", "take"):
        address = f"/v1/cases/{_NOBODYS_CASE}/{message}"
        yield Attack("POST", address, {}, json.dumps({"text": [word], word: HENRIK}).encode())


def _tokens(citizen: str, canaries: Canaries) -> Iterator[Attack]:
    head, claims, _ = citizen.split(".")
    claims_of_another = _part({"identity": HENRIK, "name": canaries.text("a token")})
    for token in (
        canaries.token("a token"),
        f"{head}.{claims}.{_part('changed')}",
        f"{_part({'alg': 'none'})}.{claims_of_another}.",
        f"{_part({'alg': 'HS256', 'kid': HENRIK})}.{claims_of_another}.{_part('x')}",
        f"{head}.{claims_of_another}.{_part('x')}",
    ):
        yield Attack("GET", "/v1/cases", {"Authorization": f"Bearer {token}"})
    yield Attack("GET", "/v1/cases", {"Authorization": f"Basic {HENRIK}"})
    yield Attack("GET", "/v1/inbox")
    yield Attack("GET", f"/v1/cases/{_NOBODYS_CASE}")


def _part(value: Json) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
