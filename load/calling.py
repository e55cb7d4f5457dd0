"""How the play's people call the API: kept connections, each try timed, never giving up early."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx2

from load.clock import Clock, wait

ACCEPTED = 202
REFUSED = 409
BUSY = 503
NO_ANSWER = 0

_MOST_TRIES = 8
_COME_BACK = 1.0
_LOOK_AGAIN = 0.2
# The API closes a connection after 5 idle seconds; ours must let go of it before.
_LIMITS = httpx2.Limits(max_connections=300, max_keepalive_connections=300, keepalive_expiry=4)
_TIMEOUT = 30.0

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sample:
    """One try: what for, when it ended in the play's day, how long it took, what came.

    `status` is 0 when no answer came. `may_retry`: it said when to come back.
    """

    kind: str
    at: timedelta
    seconds: float
    status: int
    may_retry: bool


def open_client(base_url: str) -> httpx2.AsyncClient:
    """Return a client that keeps its connections, as an app's gateway does."""
    return httpx2.AsyncClient(base_url=base_url, limits=_LIMITS, timeout=_TIMEOUT, trust_env=False)


class Calls:
    """Sends requests and hands each try to *record*."""

    def __init__(
        self, client: httpx2.AsyncClient, clock: Clock, record: Callable[[Sample], None]
    ) -> None:
        self._client = client
        self._clock = clock
        self._record = record

    async def get(self, kind: str, path: str, token: str | None = None) -> Body | None:
        """Return the body of a good answer, or None for any other."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = await self._told(kind, self._client.build_request("GET", path, headers=headers))
        return _body(answer) if answer is not None and answer.is_success else None

    async def post(
        self, kind: str, path: str, body: Body, token: str, key: str, **headers: str
    ) -> tuple[int, Body]:
        """Return the last word on *key*: status and body; `NO_ANSWER` when there is none."""
        sent = {"Authorization": f"Bearer {token}", "Idempotency-Key": key, **headers}
        request = self._client.build_request("POST", path, json=body, headers=sent)
        answer = await self._told(kind, request)
        return (NO_ANSWER, {}) if answer is None else (answer.status_code, _body(answer))

    async def _told(self, kind: str, request: httpx2.Request) -> httpx2.Response | None:
        """Send until there is a last word, as often as a patient program would."""
        for _ in range(_MOST_TRIES):
            answer = await self._try(kind, request)
            if answer is not None and answer.status_code not in {ACCEPTED, BUSY}:
                return answer
            await wait(_patience(answer))
        return None

    async def _try(self, kind: str, request: httpx2.Request) -> httpx2.Response | None:
        begun = self._clock.seconds()
        try:
            answer = await self._client.send(request)
        except httpx2.TransportError:
            answer = None
        self._record(
            Sample(
                kind=kind,
                at=self._clock.now(),
                seconds=self._clock.seconds() - begun,
                status=NO_ANSWER if answer is None else answer.status_code,
                may_retry=answer is not None and "Retry-After" in answer.headers,
            )
        )
        return answer


def _patience(answer: httpx2.Response | None) -> float:
    if answer is not None and answer.status_code == ACCEPTED:
        return _LOOK_AGAIN
    told = "" if answer is None else answer.headers.get("Retry-After", "")
    return float(told) if told.isdigit() else _COME_BACK


def _body(answer: httpx2.Response) -> Body:
    read = answer.json()
    return read if isinstance(read, dict) else {}
