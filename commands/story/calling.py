"""How the demo's people speak to the API: signed in, over HTTP."""

from typing import Any
from uuid import uuid4

import httpx2

from runtime.errors import OperatorError

View = dict[str, Any]


class StoryError(OperatorError):
    """The API answered something the story does not expect."""


class Caller:
    """One signed-in person."""

    def __init__(self, client: httpx2.AsyncClient, token: str) -> None:
        self._client = client
        self._headers = {"Authorization": f"Bearer {token}"}

    async def get(self, path: str) -> View:
        """Return what a GET answers; raises `StoryError` for a refusal."""
        return _read(await self._client.get(path, headers=self._headers))

    async def post(self, path: str, body: View, **headers: str) -> View:
        """Return what a POST with an idempotency key of its own answers, or raise `StoryError`."""
        sent = {**self._headers, "Idempotency-Key": str(uuid4()), **headers}
        return _read(await self._client.post(path, json=body, headers=sent))


def _read(answer: httpx2.Response) -> View:
    if not answer.is_success:
        raise StoryError(f"{answer.request.method} answered {answer.status_code}")
    view: View = answer.json()
    return view
