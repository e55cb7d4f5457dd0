"""What callers of the HTTP API wait for: an accepted submission, and a message's visible state."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx2
from pydantic import JsonValue

from bench.figures import Figure, percentile
from bench.ordinary_life import SERVICE, messages, submission
from bench.stack import Bench
from domain.actors import ActorKind
from domain.messages import AnyMessage
from domain.submission import Submission
from runtime.issuer import LocalIssuer

_CLIENTS = 4
_WARM_UP = 3
_LOOK_EVERY = 0.02
_ACCEPTED = 202
_BUSY = 503
_REPEATED = 409
_NOT_IN_A_BODY = {"kind", "action_id", "actor", "expected_rev", "colleague", "red_flag_words"}


@dataclass(slots=True)
class _Waits:
    """Seconds callers waited, by what for.

    `later` counts answers that only promise, `busy` those that ask to try again.
    """

    accepted: list[float] = field(default_factory=list)
    visible: list[float] = field(default_factory=list)
    later: int = 0
    busy: int = 0


async def measure_http(bench: Bench, cases: int) -> list[Figure]:
    """Start worker and API, then let four clients submit and handle *cases* cases each.

    A message's state is visible when the answer 200 comes, since the row has its rev by then.
    """
    await bench.stack.start("worker")
    await bench.stack.start("api")
    async with httpx2.AsyncClient(base_url=bench.stack.api_url, trust_env=False) as client:
        await _all(bench, client, _Waits(), 0, _WARM_UP)
        waits = _Waits()
        await _all(bench, client, waits, _WARM_UP, cases)
    return [
        _milliseconds("POST accepted, p95 at 4 clients", waits.accepted, 95, 60),
        _milliseconds("POST accepted, median", waits.accepted, 50),
        _milliseconds("message to its visible state, p95", waits.visible, 95, 100),
        _milliseconds("message to its visible state, median", waits.visible, 50),
        Figure(what="messages answered 202", value=waits.later, unit=""),
        Figure(what="requests answered 503", value=waits.busy, unit=""),
    ]


def _milliseconds(
    what: str, seconds: list[float], percent: int, limit: float | None = None
) -> Figure:
    bound = None if limit is None else ("<=", limit)
    value = round(percentile(seconds, percent) * 1000, 1)
    return Figure(what=what, value=value, unit="ms", budget=bound)


async def _all(
    bench: Bench, client: httpx2.AsyncClient, waits: _Waits, first: int, cases: int
) -> None:
    """Let every client submit its cases, and when all have, handle them one by one."""
    desk = _Desk(bench, client, waits)
    submitted = [
        [submission(bench, number * _CLIENTS + of) for number in range(first, first + cases)]
        for of in range(_CLIENTS)
    ]
    paths = await asyncio.gather(
        *(desk.submit_all(f"{first}-{of}", mine) for of, mine in enumerate(submitted))
    )
    await asyncio.gather(
        *(desk.handle_all(mine, of) for mine, of in zip(submitted, paths, strict=True))
    )


def _named(answer: httpx2.Response) -> list[JsonValue]:
    """Return the cases that a submission seems to repeat."""
    named: list[JsonValue] = answer.json()["duplicates"]
    return named


class _Desk:
    """Citizens and staff of the bench at the API."""

    def __init__(self, bench: Bench, client: httpx2.AsyncClient, waits: _Waits) -> None:
        self._bench = bench
        self._client = client
        self._waits = waits
        self._issuer = LocalIssuer(bench.settings)

    async def submit_all(self, name: str, submitted: list[Submission]) -> list[str]:
        """Submit one after another; return the paths of the cases."""
        return [await self._submit(f"{name}-{number}", one) for number, one in enumerate(submitted)]

    async def handle_all(self, submitted: list[Submission], paths: list[str]) -> None:
        """Act on one case after another, each when staff see it."""
        for one, path in zip(submitted, paths, strict=True):
            every = messages(self._bench, one)
            await self._until_queued(path, every[0])
            for message in every:
                await self._act(path, message)

    async def _submit(self, key: str, one: Submission) -> str:
        body: dict[str, JsonValue] = {"service": SERVICE, "answers": one.answers}
        headers = {**self._citizen(one.patient), "Idempotency-Key": key}
        answer, seconds = await self._post("/v1/cases", body, headers)
        self._waits.accepted.append(seconds)
        return f"/v1/cases/{answer.json()['case_id']}"

    async def _act(self, path: str, message: AnyMessage) -> None:
        body = message.model_dump(mode="json", exclude=_NOT_IN_A_BODY, exclude_none=True)
        to = f"{path}/{message.kind.replace('_', '-')}"
        headers = {**self._sender(message), "Idempotency-Key": message.action_id}
        answer, seconds = await self._post(to, body, headers)
        if answer.status_code == _ACCEPTED:
            self._waits.later += 1
        else:
            self._waits.visible.append(seconds)

    async def _post(
        self, path: str, body: dict[str, JsonValue], headers: dict[str, str]
    ) -> tuple[httpx2.Response, float]:
        """Send until something else than 503 comes; return it, and the seconds it all took."""
        clock = asyncio.get_running_loop().time
        begun = clock()
        answer = await self._client.post(path, json=body, headers=headers)
        while answer.status_code == _BUSY:
            self._waits.busy += 1
            answer = await self._client.post(path, json=body, headers=headers)
        if answer.status_code == _REPEATED:
            return await self._post(path, body | {"not_duplicate_of": _named(answer)}, headers)
        answer.raise_for_status()
        return answer, clock() - begun

    async def _until_queued(self, path: str, first: AnyMessage) -> None:
        while True:
            answer = await self._client.get(path, headers=self._sender(first))
            if answer.is_success and answer.json()["state"] == "queued":
                return
            await asyncio.sleep(_LOOK_EVERY)

    def _sender(self, message: AnyMessage) -> dict[str, str]:
        actor = message.actor
        if actor.kind is ActorKind.CITIZEN:
            return self._citizen(actor.id)
        token = self._issuer.staff_token(actor.id, actor.commission or "", datetime.now(UTC))
        return {"Authorization": f"Bearer {token}"}

    def _citizen(self, identity: str) -> dict[str, str]:
        token = self._issuer.citizen_token(identity, datetime.now(UTC))
        return {"Authorization": f"Bearer {token}"}
