"""Our own processes as children of a local stack: region import, worker and API."""

import os
import sys
from collections.abc import Mapping
from datetime import timedelta

import httpx2
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError

from runtime.postgres import local_socket_dir, postgres_dsn
from runtime.processes import Child, Probe, Program, launch, run_to_end
from runtime.settings import Settings
from runtime.temporal_server import NAMESPACE

_TASK_QUEUE = "cases"
_NO_BYTECODE = "PYTHONDONTWRITEBYTECODE"  # without bytecode the sandbox compiles for each case
_READY_WITHIN = timedelta(seconds=60)
_PROBE_TIMEOUT = timedelta(seconds=2)
_WORKER_GRACE = timedelta(seconds=35)  # the worker gives its activities 30 s


def child_environment(settings: Settings) -> dict[str, str]:
    """Return what our own children see: this stack's addresses, nobody else's Temporal."""
    inherited = {
        name: value
        for name, value in os.environ.items()  # noqa: TID251 - handed on, not read
        if not name.startswith("TEMPORAL_") and name != _NO_BYTECODE
    }
    return inherited | {
        "ARENDE_MODE": "local",
        "ARENDE_DATA_DIR": str(settings.data_dir.resolve()),
        "ARENDE_REGION_DIR": str(settings.region_dir.resolve()),
        "ARENDE_DATABASE_URL": postgres_dsn(local_socket_dir(settings.data_dir)),
        "ARENDE_HTTP_HOST": settings.http_host,
        "ARENDE_HTTP_PORT": str(settings.http_port),
        "ARENDE_TEMPORAL_PORT": str(settings.temporal_port),
        "ARENDE_UI_PORT": str(settings.ui_port),
        "ARENDE_CODEC_HOST": "127.0.0.1",
        "ARENDE_CODEC_PORT": str(settings.codec_port),
        "TEMPORAL_ADDRESS": f"127.0.0.1:{settings.temporal_port}",
        "TEMPORAL_NAMESPACE": NAMESPACE,
        "TEMPORAL_CONFIG_FILE": os.devnull,
        "PYTHONUNBUFFERED": "1",
    }


async def import_region(settings: Settings, environment: Mapping[str, str]) -> None:
    """Load the region profile with `arende import all`."""
    await run_to_end(_command(settings, environment, "import", "all"))


async def start_worker(settings: Settings, environment: Mapping[str, str]) -> Child:
    """Start a worker and wait until it polls the case queue."""
    program = _command(settings, environment, "worker", grace=_WORKER_GRACE)
    return await launch(program, _polls(f"127.0.0.1:{settings.temporal_port}"), _READY_WITHIN)


async def start_api(settings: Settings, environment: Mapping[str, str]) -> Child:
    """Start the API and wait until it says it is ready."""
    url = f"http://{settings.http_host}:{settings.http_port}/health/ready"
    return await launch(_command(settings, environment, "api"), _is_ready(url), _READY_WITHIN)


async def start_codec_server(settings: Settings, environment: Mapping[str, str]) -> Child:
    """Start the codec server and wait until it answers."""
    url = f"http://127.0.0.1:{settings.codec_port}/health/live"
    program = _command(settings, environment, "codec-server")
    return await launch(program, _is_ready(url), _READY_WITHIN)


def _command(
    settings: Settings,
    environment: Mapping[str, str],
    *arguments: str,
    grace: timedelta = timedelta(seconds=15),
) -> Program:
    name = arguments[0]
    return Program(
        name=name,
        command=(sys.executable, "-m", "cli", *arguments),
        environment=environment,
        log=settings.data_dir.resolve() / "logs" / f"{name}.log",
        grace=grace,
    )


def _polls(address: str) -> Probe:
    """Ask Temporal for pollers; the SDK names each by the process that polls."""
    request = DescribeTaskQueueRequest(
        namespace=NAMESPACE,
        task_queue=TaskQueue(name=_TASK_QUEUE),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    )

    async def probe(child: Child) -> bool:
        try:
            client = await Client.connect(address)
            queue = await client.workflow_service.describe_task_queue(
                request, timeout=_PROBE_TIMEOUT
            )
        except (RPCError, RuntimeError):
            return False
        return any(poller.identity.startswith(f"{child.pid}@") for poller in queue.pollers)

    return probe


def _is_ready(url: str) -> Probe:
    async def probe(_: Child) -> bool:
        try:
            async with httpx2.AsyncClient(trust_env=False) as client:
                answer = await client.get(url, timeout=_PROBE_TIMEOUT.total_seconds())
        except httpx2.TransportError:
            return False
        return answer.is_success

    return probe
