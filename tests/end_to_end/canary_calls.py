"""People who call a real API over HTTP; every answer they get is kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

import httpx2

from runtime.issuer import LocalIssuer
from runtime.settings import Settings
from tests.api.people import Employee

Json = Any
_numbers = count(1)


@dataclass(frozen=True)
class Front:
    """The API from outside. `refusals` are the answers that nobody may learn a value from."""

    client: httpx2.AsyncClient
    settings: Settings
    refusals: list[bytes] = field(default_factory=list)

    def citizen_token(self, identity: str) -> str:
        """Return a token for the citizen with this identity."""
        return LocalIssuer(self.settings).citizen_token(identity, datetime.now(UTC))

    def staff_token(self, person: Employee) -> str:
        """Return a token for a member of staff in one commission."""
        issuer = LocalIssuer(self.settings)
        return issuer.staff_token(person.hsa_id, person.commission, datetime.now(UTC))

    async def get(self, token: str, path: str) -> httpx2.Response:
        """Read something."""
        return await self.call("GET", path, {"Authorization": f"Bearer {token}"})

    async def post(self, token: str, path: str, body: Json) -> httpx2.Response:
        """Send JSON under a key of its own."""
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"key-{next(_numbers)}"}
        return await self.call("POST", path, headers, json=body)

    async def call(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str | bytes],
        *,
        content: bytes | None = None,
        json: Json = None,
    ) -> httpx2.Response:
        """Send whatever is given; an answer of 400 or above is kept with its headers."""
        sent = {name.encode(): _encoded(value) for name, value in headers.items()}
        request = self.client.build_request(method, path, headers=sent, content=content, json=json)
        answer = await self.client.send(request)
        if answer.status_code >= 400:
            self.refusals.append(repr(answer.headers.raw).encode() + answer.content)
        return answer


def _encoded(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode()
