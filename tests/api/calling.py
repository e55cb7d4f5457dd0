"""A small client of the API that tests speak through."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from typing import Any

from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient, Response

from api.app import create_app
from runtime.issuer import LocalIssuer
from runtime.settings import Settings
from tests.api.people import Employee

_numbers = count(1)
_PATIENCE_SECONDS = 30
_LOOK_EVERY = 0.02

RENEWAL: dict[str, Any] = {
    "items": [
        {
            "npl_id": "20001103000015",
            "dose_now": "1 tablet in the morning",
            "taken_as_prescribed": True,
            "effect": "good",
            "side_effects": False,
            "supply_left_days": 20,
        }
    ],
    "addictive_declared": False,
    "prescribed_by": "this_unit",
    "contact_phone": "+46701740605",
}
DECIDED = {"documented_in_record": "yes", "qualified_contact": False}


def new_key() -> str:
    """Return an idempotency key that no other test uses."""
    return f"key-{next(_numbers)}"


class Caller:
    """Someone who calls the API with a token of their own."""

    def __init__(self, http: AsyncClient, token: str | None) -> None:
        self._http = http
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def get(self, path: str, **headers: str) -> Response:
        return await self._http.get(path, headers=self._headers | _named(headers))

    async def all_items(self, path: str) -> list[dict[str, Any]]:
        """Return what a list at *path*, which has parameters, holds: page by page."""
        items: list[dict[str, Any]] = []
        following = ""
        while True:
            answer = await self.get(path + following)
            assert answer.status_code == 200, answer.text
            page = answer.json()
            items += page["items"]
            if page["next"] is None:
                return items
            following = f"&cursor={page['next']}"

    async def post(self, path: str, body: object = None, **headers: str) -> Response:
        return await self._http.post(path, json=body, headers=self._headers | _named(headers))

    async def send(
        self, case_id: str, message: str, body: object = None, **headers: str
    ) -> Response:
        """Send a message to a case."""
        return await self.post(f"/v1/cases/{case_id}/{message}", body or {}, **headers)

    async def submit(
        self,
        answers: object = None,
        *,
        key: str | None = None,
        prefer: str = "",
        **fields: str | list[str],
    ) -> Response:
        """Submit a renewal, or what *fields* say; insists that it repeats no other case."""
        body = {"service": "prescription_renewal", "answers": answers or RENEWAL} | fields
        headers = {"idempotency_key": key or new_key()} | ({"prefer": prefer} if prefer else {})
        answer = await self.post("/v1/cases", body, **headers)
        while others := answer.json().get("duplicates"):  # one more may have been admitted since
            answer = await self.post("/v1/cases", body | {"not_duplicate_of": others}, **headers)
        return answer

    async def submit_admitted(
        self,
        answers: object = None,
        *,
        key: str | None = None,
        becomes: str = "queued",
        **fields: str | list[str],
    ) -> dict[str, Any]:
        """Submit and wait until the case's row says that it *becomes* so; return its view."""
        answer = await self.submit(answers, key=key, prefer="wait=2", **fields)
        assert answer.status_code == 201, answer.text
        view: dict[str, Any] = answer.json()
        if view["state"] == "received":  # a slow machine needed more than the two seconds
            view = await self.until_recorded(view["case_id"])
        assert view["state"] == becomes
        return view

    async def until_recorded(self, case_id: str) -> dict[str, Any]:
        """Wait until lists show that one's own case was admitted; return its view.

        The view itself is no proof of it: before there is a row, the workflow tells it.
        """
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while True:
                if case_id in await self._recorded():
                    view: dict[str, Any] = (await self.get(f"/v1/cases/{case_id}")).json()
                    return view
                await asyncio.sleep(_LOOK_EVERY)

    async def _recorded(self) -> set[str]:
        newest = (await self.get("/v1/cases?limit=100")).json()["items"]
        return {case["case_id"] for case in newest if case["state"] != "received"}


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


class Api:
    """An application with its clients."""

    def __init__(self, app: FastAPI, http: AsyncClient, settings: Settings) -> None:
        self.app = app
        self.settings = settings
        self._http = http
        self._issuer = LocalIssuer(settings)

    def citizen(self, identity: str) -> Caller:
        return Caller(self._http, self._issuer.citizen_token(identity, datetime.now(UTC)))

    def staff(self, person: Employee) -> Caller:
        token = self._issuer.staff_token(person.hsa_id, person.commission, datetime.now(UTC))
        return Caller(self._http, token)

    def nobody(self) -> Caller:
        return Caller(self._http, None)

    def caller_with(self, token: str) -> Caller:
        return Caller(self._http, token)


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[Api]:
    """Serve the API in this process, from start-up to shutdown."""
    app = create_app(settings)
    transport = ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        AsyncClient(transport=transport, base_url="http://test") as http,
    ):
        yield Api(app, http, settings)
