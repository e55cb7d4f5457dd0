"""What the API says of itself: which one it is, whether it lives, whether it can serve."""

import asyncio
from importlib.metadata import version
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.access import GuardedRoute
from api.answers import json_answer
from api.database import QUICK, DatabaseAwayError, database
from api.schemas.service_state import ApiInfo, Component, Components, Live, Ready
from api.state import Desk, TheDesk

OPENAPI_PATH = "/openapi.json"

_UNAVAILABLE = 503
_RETRY_AFTER = {"Retry-After": "2"}

router = APIRouter(tags=["service state"], route_class=GuardedRoute)


@router.get("/v1/api-info")
async def read_api_info() -> ApiInfo:
    """Say which API this is."""
    return ApiInfo(name="arende", version=version("arende"), documentation=OPENAPI_PATH)


@router.get("/health/live")
async def check_life() -> Live:
    """Answer as long as the process serves at all."""
    return Live()


@router.get(
    "/health/ready",
    response_model=Ready,
    responses={_UNAVAILABLE: {"model": Ready, "description": "A part is down."}},
)
async def check_readiness(desk: TheDesk) -> Response:
    """Say whether PostgreSQL and Temporal answer; a part that is down does not stop every route."""
    postgresql, temporal = await asyncio.gather(_has_database(desk), desk.engine.is_up())
    components = Components(postgresql=_component(postgresql), temporal=_component(temporal))
    if postgresql and temporal:
        return json_answer(Ready(status="ready", components=components))
    not_ready = Ready(status="not_ready", components=components)
    return json_answer(not_ready, _UNAVAILABLE, _RETRY_AFTER)


@router.get(OPENAPI_PATH, include_in_schema=False)
async def read_openapi(request: Request) -> dict[str, Any]:
    """Return the contract of this API."""
    document: dict[str, Any] = request.app.openapi()
    return document


async def _has_database(desk: Desk) -> bool:
    try:
        async with database(desk.pool, QUICK) as conn:
            return bool(await conn.fetchval("SELECT true"))
    except DatabaseAwayError:
        return False


def _component(is_up: bool) -> Component:
    return Component.UP if is_up else Component.DOWN
