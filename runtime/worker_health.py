"""Tells whoever watches a worker whether it lives and whether it takes tasks."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta

import asyncpg
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError

from runtime.codec import EncryptionCodec
from runtime.loopback_server import serving
from runtime.settings import Settings
from store.pool import DATABASE_ERRORS

_LOOK = timedelta(milliseconds=800)
_UNAVAILABLE = 503
_NO_STORE = {"Cache-Control": "no-store"}


class WorkerHealth:
    """What a worker knows of itself, for `/health/live` and `/health/ready`.

    *queue* and *identity* name the poller that Temporal must know; it does so until some minutes
    after the last poll, so `polling` is also false at once when the worker begins to stop.
    """

    def __init__(self, pool: asyncpg.Pool, client: Client, queue: str, identity: str) -> None:
        self._pool = pool
        self._client = client
        self._queue = queue
        self._identity = identity
        self._takes_tasks = False

    @contextmanager
    def taking_tasks(self) -> Iterator[None]:
        """Say so until the end of the block, which is where the worker begins to stop."""
        self._takes_tasks = True
        try:
            yield
        finally:
            self._takes_tasks = False

    def app(self) -> Starlette:
        """Return the application that answers; a request needs no token and changes nothing."""
        return Starlette(
            routes=[
                Route("/health/live", self._live),
                Route("/health/ready", self._ready),
            ]
        )

    async def _live(self, _: Request) -> JSONResponse:
        return JSONResponse({"status": "live"}, headers=_NO_STORE)

    async def _ready(self, _: Request) -> JSONResponse:
        postgresql, temporal, polling = await asyncio.gather(
            self._has_database(), self._has_temporal(), self._is_polling()
        )
        states = {
            "postgresql": postgresql,
            "temporal": temporal,
            "polling": polling,
            "payload_keys": self._has_keys(),
        }
        ready = all(states.values())
        body = {
            "status": "ready" if ready else "not_ready",
            "components": {name: "up" if up else "down" for name, up in states.items()},
        }
        return JSONResponse(body, 200 if ready else _UNAVAILABLE, headers=_NO_STORE)

    async def _has_database(self) -> bool:
        seconds = _LOOK.total_seconds()
        try:
            async with asyncio.timeout(seconds), self._pool.acquire(timeout=seconds) as conn:
                return bool(await conn.fetchval("SELECT true"))
        except DATABASE_ERRORS:
            return False

    async def _has_temporal(self) -> bool:
        try:
            return await self._client.service_client.check_health(timeout=_LOOK)
        except RPCError:
            return False

    def _has_keys(self) -> bool:
        """Whether the ring had every key it was asked for in the last quarter of an hour."""
        codec = self._client.data_converter.payload_codec
        return not (isinstance(codec, EncryptionCodec) and codec.missing.recent())

    async def _is_polling(self) -> bool:
        if not self._takes_tasks:
            return False
        request = DescribeTaskQueueRequest(
            namespace=self._client.namespace,
            task_queue=TaskQueue(name=self._queue),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        )
        try:
            queue = await self._client.workflow_service.describe_task_queue(request, timeout=_LOOK)
        except RPCError:
            return False
        return any(poller.identity == self._identity for poller in queue.pollers)


@asynccontextmanager
async def answering(settings: Settings, health: WorkerHealth) -> AsyncIterator[WorkerHealth]:
    """Answer on the worker's health port until the end of the block, if it has one."""
    if settings.worker_health_port is None:
        yield health
        return
    host, port = settings.worker_health_host, settings.worker_health_port
    async with serving(health.app(), host, port, "ARENDE_WORKER_HEALTH_PORT"):
        yield health
