"""A word planted in each kind of place, to show that whoever looks there finds one."""

import asyncio
import smtplib
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from temporalio.client import Client

from runtime.loopback_server import serving
from tests.end_to_end.canary_calls import Front
from tests.end_to_end.canary_places import run_command
from tests.end_to_end.canary_run import Said
from tests.end_to_end.canary_stack import Receivers, Running
from tests.ports import free_port

WORD = "Plantkorn"
"""Never sought as a leak: it stands in every place on purpose."""

_PATIENCE_SECONDS = 30

PLACES = (
    "Temporal's database files",
    "histories without keys",
    "the list of workflows",
    "column units.municipality",
    "metrics",
    "cmdline of a process",
    "environ of a process",
    "output of commands",
    "refusals",
    "file logs/worker.log",
    "file postgres/postgres.log",
    "file names",
    "files in the outbox",
    "traces",
    "the app's events",
    "text messages",
    "mail",
)


@dataclass(frozen=True)
class Planted:
    """A process and a metrics port that show the word, beside those of the stack."""

    pid: int
    port: int


@asynccontextmanager
async def planted(running: Running, receivers: Receivers, said: Said) -> AsyncIterator[Planted]:
    """Plant the word everywhere by the way that real words would take."""
    port = free_port()
    async with serving(_echo(), "127.0.0.1", port, "no setting"):
        await _plant_in_stores(running)
        await _plant_in_files(running.settings.data_dir)
        await _send(receivers)
        echoed = await run_command(("/bin/echo", WORD), {})
        said.printed.append(echoed.output)
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http:
            front = Front(http, running.settings, running.front.refusals)
            await front.call("GET", "/refusal", {})
        sleeper = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", "import time; time.sleep(600)", WORD), env={"A": WORD}
        )
        try:
            yield Planted(sleeper.pid, port)
        finally:
            sleeper.kill()
            await sleeper.wait()


def _echo() -> Starlette:
    async def metrics(_: Request) -> PlainTextResponse:
        return PlainTextResponse(WORD)

    async def refusal(_: Request) -> PlainTextResponse:
        return PlainTextResponse(WORD, 400)

    return Starlette(routes=[Route("/metrics", metrics), Route("/refusal", refusal)])


async def _plant_in_stores(running: Running) -> None:
    """As a process without the codec would, a careless writer, and a chatty database."""
    client = await Client.connect(running.stack.temporal_address)
    await client.start_workflow(
        "Planted", WORD, id="planted", task_queue="nobody", memo={"of": WORD}, static_summary=WORD
    )
    await running.change(f"UPDATE units SET municipality = '{WORD}'")  # noqa: S608 - our own word
    await running.change(f"DO $$ BEGIN RAISE LOG '{WORD}'; END $$")
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while (await client.count_workflows("WorkflowId = 'planted'")).count == 0:
            pass


async def _plant_in_files(data_dir: Path) -> None:
    with (data_dir / "logs" / "worker.log").open("a", encoding="utf-8") as log:
        log.write(WORD)
    (data_dir / "outbox").mkdir(exist_ok=True)
    (data_dir / "outbox" / f"{WORD}.json").write_text(WORD, encoding="utf-8")


async def _send(receivers: Receivers) -> None:
    said = receivers.variables
    spans = f"{said['OTEL_EXPORTER_OTLP_ENDPOINT']}/v1/traces"
    async with httpx2.AsyncClient(trust_env=False) as http:
        for url in (spans, said["ARENDE_WEBHOOK_URL"], said["ARENDE_SMS_URL"]):
            await http.post(url, content=WORD.encode())
    await asyncio.to_thread(_mail, said["ARENDE_SMTP_HOST"], int(said["ARENDE_SMTP_PORT"]))


def _mail(host: str, port: int) -> None:
    with smtplib.SMTP(host, port) as server:
        server.sendmail("a@region.example", ["b@region.example"], f"Subject: {WORD}\r\n\r\n")
