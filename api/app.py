"""The API as one application: its routes, what stands around them, and what they hold."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib.metadata import version
from typing import Any

import asyncpg
from fastapi import FastAPI
from opentelemetry.trace import TracerProvider
from temporalio.client import Client
from typing_extensions import override

from api.access import Gate
from api.access_texts import AccessTexts, AccessTextsError, load_access_texts
from api.allowed_methods import methods_at
from api.edge import STANDARD_LIMITS, EdgeGuard, NewId, new_request_id
from api.edge_limits import EdgeLimits
from api.engine import Engine
from api.issuers import keys_of, verifier_of
from api.limits import Budget, Limits
from api.limits_in_flight import InFlight
from api.login import routes as login
from api.login.configuration import login_of
from api.openapi import describe
from api.problem_texts import ProblemTextsError, load_problem_texts
from api.problems import Problem, install_problem_handlers
from api.request_log import RequestLog
from api.routes import (
    access_log,
    cases,
    coverage,
    events,
    inbox,
    messages,
    products,
    reviews,
    search,
    service_state,
    services,
    tasks,
)
from api.security_headers import headers_of
from api.state import Desk
from api.view_texts import ViewTexts, ViewTextsError, load_view_texts
from domain.region import Region
from runtime.errors import OperatorError
from runtime.issuer_client import issuer_client
from runtime.region import load_region
from runtime.settings import Settings
from runtime.telemetry.process import ApiTelemetry, api_telemetry
from runtime.temporal import QUICK, connect
from store.pool import open_pool

_ROUTES = (
    services,
    products,
    cases,
    events,
    messages,
    inbox,
    search,
    tasks,
    coverage,
    access_log,
    reviews,
    service_state,
    login,
)
_CLOSING_SECONDS = 2

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known before anything is connected."""

    region: Region
    texts: ViewTexts
    accesses: AccessTexts
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
    edge: EdgeLimits = STANDARD_LIMITS,
) -> FastAPI:
    """Return the API; it starts while PostgreSQL or Temporal is away, and finds them later.

    Raises `OperatorError` when the region's files cannot be used.
    """
    region, folder = load_region(settings.region_dir), settings.region_dir / "texts"
    try:
        problems = load_problem_texts(folder / "problems.toml")
        views = load_view_texts(folder / "views.toml")
        accesses = load_access_texts(folder / "access.toml")
    except (OSError, ProblemTextsError, ViewTextsError, AccessTextsError) as error:
        raise OperatorError(str(error)) from None
    telemetry = api_telemetry(settings)
    known = Known(region, views, accesses, now, telemetry)
    app = bare_app(_lifespan(settings, known), telemetry.traces.provider)
    install_problem_handlers(app, problems)
    app.add_middleware(InFlight, texts=problems, most=settings.limit_in_flight)
    app.add_middleware(
        EdgeGuard,
        texts=problems,
        limits=edge,
        new_id=new_id,
        headers=headers_of(is_local=settings.mode == "local"),
        methods_at=partial(methods_at, app),
    )
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
            http = await stack.enter_async_context(issuer_client(settings.oidc_ca_file))
            keys = keys_of(settings, http)
            app.state.login = login_of(settings, keys, http)
            sessions = app.state.login.sessions if app.state.login else None
            secret = settings.case_id_secret.get_secret_value().encode()
            limits = _limits(settings, secret)
            app.state.gate = Gate(verifier_of(settings, keys), known.now, limits, sessions)
            app.state.desk = Desk(
                secret=secret,
                pool=pool,
                engine=Engine(await _client(settings, known.telemetry)),
                region=known.region,
                texts=known.texts,
                accesses=known.accesses,
                now=known.now,
                former_secrets=settings.former_case_id_secrets(),
                limits=limits,
            )
            yield

    return hold


async def _client(settings: Settings, telemetry: ApiTelemetry) -> Client:
    return await connect(settings, lazy=True, retry_config=QUICK, observed=telemetry.observed())


def _limits(settings: Settings, secret: bytes) -> Limits:
    def budget(most: int, per: timedelta) -> Budget | None:
        return Budget(most, per) if most else None

    minute, hour = timedelta(minutes=1), timedelta(hours=1)
    return Limits(
        secret,
        requests=budget(settings.limit_requests_per_minute, minute),
        submits=budget(settings.limit_submits_per_hour, hour),
        messages=budget(settings.limit_messages_per_minute, minute),
    )


async def _close(pool: asyncpg.Pool) -> None:
    """Close the pool; connections that PostgreSQL does not let go are cut off."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_CLOSING_SECONDS):
            await pool.close()
