"""A client that does not give up: it sends the same thing with the same key until it is told."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass

import httpx2
from pydantic import JsonValue

from tests.smoke.ledger import LATER, UNAVAILABLE, Answer, Intent, Ledger

_PAUSE = 0.1
_NOT_THERE_YET = 404

Body = dict[str, JsonValue]


class UnexpectedAnswerError(Exception):
    """A live API answered something that no retry is meant for."""


@dataclass(frozen=True, slots=True)
class Caller:
    """One signed-in person. Connections that break say nothing, so they are tried again."""

    client: httpx2.AsyncClient
    token: str
    ledger: Ledger

    async def post(
        self, path: str, body: Body, intent: Intent, lasts: Collection[int]
    ) -> httpx2.Response:
        """Send until the status is one of *lasts*; the intent is on disk before the first try.

        Raises:
            UnexpectedAnswerError: neither a last word nor a reason to try again.
        """
        self.ledger.intend(intent)
        answer = await self.send(path, body, intent.key, lasts)
        self.ledger.settle(intent.key, answer.status_code)
        return answer

    async def send(
        self, path: str, body: Body, key: str, lasts: Collection[int]
    ) -> httpx2.Response:
        """Send as `post` does, but as another try of an intent that is in the ledger."""
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": key}
        request = self.client.build_request("POST", path, json=body, headers=headers)
        return await self._until_told(request, key, {LATER, UNAVAILABLE}, lasts)

    async def read_until(self, path: str, state: str) -> None:
        """Read a case until it is in *state*."""
        headers = {"Authorization": f"Bearer {self.token}"}
        request = self.client.build_request("GET", path, headers=headers)
        again = {UNAVAILABLE, _NOT_THERE_YET}
        answer = await self._until_told(request, "", again, {200})
        while answer.json()["state"] != state:
            await asyncio.sleep(_PAUSE)
            answer = await self._until_told(request, "", again, {200})

    async def _until_told(
        self, request: httpx2.Request, key: str, again: Collection[int], lasts: Collection[int]
    ) -> httpx2.Response:
        while True:
            answer = await self._try(request, key)
            if answer is not None and answer.status_code in lasts:
                return answer
            if answer is not None and answer.status_code not in again:
                raise UnexpectedAnswerError(
                    f"{request.method} was answered {answer.status_code}: {answer.text}"
                )
            await asyncio.sleep(_PAUSE)

    async def _try(self, request: httpx2.Request, key: str) -> httpx2.Response | None:
        try:
            answer = await self.client.send(request)
        except httpx2.TransportError:
            return None
        may_retry = "Retry-After" in answer.headers
        self.ledger.heard(Answer(key, answer.status_code, may_retry=may_retry))
        return answer
