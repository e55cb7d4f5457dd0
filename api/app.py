"""The API as one application: its routes, what stands around them, and what they hold."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import asyncpg
from fastapi import FastAPI
from opentelemetry.trace import TracerProvider
from temporalio.client import Client
from typing_extensions import override

from api.access import Gate
from api.edge import EdgeGuard, NewId, new_request_id
from api.engine import Engine
from api.issuer_keys import key_source
from api.openapi import describe
from api.problem_texts import ProblemTextsError, load_problem_texts
from api.problems import Problem, install_problem_handlers
from api.request_log import RequestLog
from api.routes import (
    cases,
    coverage,
    events,
    inbox,
    messages,
    products,
    service_state,
    services,
    tasks,
)
from api.state import Desk
from api.tokens import TokenVerifier
from api.view_texts import ViewTexts, ViewTextsError, load_view_texts
from domain.region import Region
from runtime.errors import OperatorError
from runtime.region import load_region
from runtime.settings import Settings
from runtime.telemetry.process import ApiTelemetry, api_telemetry
from runtime.temporal import QUICK, connect
from store.pool import open_pool

_ROUTES = (services, products, cases, events, messages, inbox, tasks, coverage, service_state)
_CLOSING_SECONDS = 2

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known before anything is connected."""

    region: Region
    texts: ViewTexts
    now: Callable[[], datetime]
    telemetry: ApiTelemetry


class Application(FastAPI):
    """FastAPI whose document says all of our contract."""

    @override
    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            self.openapi_schema = describe(self)
        return self.openapi_schema


def utc_now() -> datetime:
    """Return the present instant."""
    return datetime.now(UTC)


def create_app(
    settings: Settings,
    now: Callable[[], datetime] = utc_now,
    new_id: NewId = new_request_id,
) -> FastAPI:
    """Return the API; it starts while PostgreSQL or Temporal is away, and finds them later.

    Raises `OperatorError` when the region's files cannot be used.
    """
    region, folder = load_region(settings.region_dir), settings.region_dir / "texts"
    try:
        problems = load_problem_texts(folder / "problems.toml")
        views = load_view_texts(folder / "views.toml")
    except (OSError, ProblemTextsError, ViewTextsError) as error:
        raise OperatorError(str(error)) from None
    telemetry = api_telemetry(settings)
    known = Known(region, views, now, telemetry)
    app = bare_app(_lifespan(settings, known), telemetry.traces.provider)
    install_problem_handlers(app, problems)
    app.add_middleware(EdgeGuard, texts=problems, new_id=new_id)
    app.add_middleware(RequestLog, note=telemetry.note)
    return app


def bare_app(lifespan: Lifespan | None = None, tracer: TracerProvider | None = None) -> FastAPI:
    """Return the routes alone, which is enough to tell the contract.

    Requests are traced by *tracer* alone: FastAPI would else follow variables of OpenTelemetry and
    send paths, queries and texts of exceptions.
    """
    app = Application(
        title="Arende",
        summary="Durable case processing for the digital services of a health-care region",
        version=version("arende"),
        license_info={"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
        lifespan=lifespan,
        openapi_url=None,
        redirect_slashes=False,
        telemetry={
            "tracing": tracer is not None,
            "tracer_provider": tracer,
            "operation_spans": False,
            "metrics": False,
            "logs": False,
            "auto_configure": False,
        },
        responses={"default": {"model": Problem, "description": "A problem (RFC 9457)."}},
    )
    for routes in _ROUTES:
        app.include_router(routes.router)
    return app


def _lifespan(settings: Settings, known: Known) -> Lifespan:
    @asynccontextmanager
    async def hold(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(known.telemetry.shown())
            pool = await open_pool(settings.database_url, settings.database_pool_size)
            stack.push_async_callback(_close, pool)
            keys = await key_source(settings, stack)
            verifier = TokenVerifier(
                settings.oidc_issuer, settings.oidc_audience, keys, settings.oidc_acr_values
            )
            app.state.gate = Gate(verifier, known.now)
            app.state.desk = Desk(
                secret=settings.case_id_secret.get_secret_value().encode(),
                pool=pool,
                engine=Engine(await _client(settings, known.telemetry)),
                region=known.region,
                texts=known.texts,
                now=known.now,
                former_secrets=settings.former_case_id_secrets(),
            )
            yield

    return hold


async def _client(settings: Settings, telemetry: ApiTelemetry) -> Client:
    return await connect(settings, lazy=True, retry_config=QUICK, observed=telemetry.observed())


async def _close(pool: asyncpg.Pool) -> None:
    """Close the pool; connections that PostgreSQL does not let go are cut off."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_CLOSING_SECONDS):
            await pool.close()
