"""A whole stack for the canary run: real processes, receivers of all that leaves, and faults."""

import asyncio
import base64
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import asyncpg
import httpx2

from runtime.application import _polls
from runtime.local import LocalStack, Service
from runtime.processes import Child, Program, launch
from runtime.settings import Settings
from runtime.temporal import connect
from tests.end_to_end.canary_calls import Front
from tests.end_to_end.canary_words import CORE
from tests.ports import free_port
from tests.region import ROOT
from tests.unit.http_sink import HttpSink, listening
from tests.unit.mail_sink import SENDER, MailSink
from tests.unit.mail_sink import serving as serving_mail

METRICS = (
    "ARENDE_WORKER_METRICS_PORT",
    "ARENDE_API_METRICS_PORT",
    "ARENDE_SDK_METRICS_PORT",
    "ARENDE_API_SDK_METRICS_PORT",
)
_SERVICES: tuple[Service, ...] = ("postgres", "temporal", "api", "codec")
_PATIENCE_SECONDS = 60
_READY_WITHIN = timedelta(seconds=60)
_WEBHOOK_SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
_REFUSE = """
CREATE FUNCTION refuse_case() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'cannot keep % of %', NEW.answers, NEW.patient
        USING ERRCODE = '22023', DETAIL = NEW.answers::text, HINT = NEW.patient;
END $$;
CREATE TRIGGER refuse_case BEFORE INSERT ON cases FOR EACH ROW
    WHEN (NEW.patient = '{identity}') EXECUTE FUNCTION refuse_case();
"""
_LEAVE_NOW = "UPDATE notices SET at = now(); UPDATE deliveries SET due_at = now()"
_REFUSE_NO_MORE = "DROP TRIGGER refuse_case ON cases; DROP FUNCTION refuse_case"


@dataclass(frozen=True)
class Receivers:
    """Who takes what leaves: spans, the app's events, text messages and mail."""

    spans: HttpSink
    news: HttpSink
    texts: HttpSink
    mail: MailSink
    variables: dict[str, str]

    def places(self) -> dict[str, bytes]:
        """Return all that was handed over; a text message may hold its own number."""
        return {
            "traces": _taken(self.spans),
            "the app's events": _taken(self.news),
            "text messages": _taken(self.texts),
            "mail": b"\n".join([*self.mail.messages, *map(str.encode, self.mail.recipients)]),
        }


def _taken(sink: HttpSink) -> bytes:
    return b"\n".join(
        repr((one.path, sorted(one.headers.items()))).encode() + one.body for one in sink.taken
    )


@asynccontextmanager
async def receiving() -> AsyncIterator[Receivers]:
    """Listen for everything until the block ends; the first mail comes back with a patient's name.

    The metrics ports are given as well.
    """
    mail = MailSink()
    mail.rcpt_replies = [f"550 5.1.1 <{CORE}.dead@region.example> of {CORE} is unknown"]
    async with AsyncExitStack() as stack:
        spans, spans_url = await stack.enter_async_context(listening(lambda _: 204))
        news, news_url = await stack.enter_async_context(listening(lambda _: 204))
        texts, texts_url = await stack.enter_async_context(listening(lambda _: 204))
        server = stack.enter_context(serving_mail(mail))
        variables = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": spans_url.removesuffix("/hook"),
            "ARENDE_SMTP_HOST": server.host,
            "ARENDE_SMTP_PORT": str(server.port),
            "ARENDE_SMTP_SECURITY": "none",
            "ARENDE_SMTP_SENDER": SENDER,
            "ARENDE_WEBHOOK_URL": news_url,
            "ARENDE_WEBHOOK_SECRETS": _WEBHOOK_SECRET,
            "ARENDE_SMS_URL": texts_url,
            "ARENDE_SMS_USER": "arende",
            "ARENDE_SMS_PASSWORD": "correct horse",
            "ARENDE_SMS_SENDER": "Region",
            **{name: str(free_port()) for name in METRICS},
        }
        yield Receivers(spans, news, texts, mail, variables)


@dataclass(frozen=True)
class Running:
    """The stack and its worker, which breaks at first."""

    stack: LocalStack
    settings: Settings
    front: Front
    worker: Child

    @property
    def pids(self) -> list[int]:
        """The processes that are ours."""
        return [*(self.stack.pid(name) for name in self.stack.services), self.worker.pid]

    async def signal(self, case_id: str, name: str, *given: object) -> None:
        """Send a raw signal, sealed as our own are."""
        client = await connect(self.settings)
        await client.get_workflow_handle(f"case-{case_id}").signal(name, args=given)

    async def until(self, query: str, *given: object) -> None:
        """Wait until a query says yes."""
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while not await self._ask(query, *given):
                pass

    async def _ask(self, query: str, *given: object) -> object:
        conn = await asyncpg.connect(self.stack.database_url)
        try:
            return await conn.fetchval(query, *given)
        finally:
            await conn.close()

    async def until_logged(self, event: bytes) -> None:
        """Wait until the worker's log tells of *event*."""
        log = self.worker.program.log
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while event not in await asyncio.to_thread(log.read_bytes):
                pass

    async def change(self, statements: str) -> None:
        """Run statements on the database as its owner."""
        conn = await asyncpg.connect(self.stack.database_url)
        try:
            await conn.execute(statements)
        finally:
            await conn.close()

    async def let_leave(self) -> None:
        """Make everything due that waits for opening hours or for more to gather."""
        await self.change(_LEAVE_NOW)

    @asynccontextmanager
    async def refusing(self, identity: str) -> AsyncIterator[None]:
        """Let PostgreSQL refuse this patient's cases, quoting them, until the block ends."""
        await self.change(_REFUSE.format(identity=identity))
        yield
        await self.change(_REFUSE_NO_MORE)

    async def crash(self) -> None:
        """Abort worker and API as a fault in native code would; their last words are in logs."""
        os.kill(self.worker.pid, signal.SIGABRT)
        os.kill(self.stack.pid("api"), signal.SIGABRT)
        await self.worker.ended()


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Running]:
    """Run the stack with the worker that breaks at first, until the block ends."""
    async with (
        LocalStack(settings, lambda _: None, _SERVICES) as stack,
        _worker(settings, stack) as worker,
        httpx2.AsyncClient(base_url=stack.api_url, trust_env=False, timeout=30) as client,
    ):
        yield Running(stack, settings, Front(client, settings), worker)


@asynccontextmanager
async def _worker(settings: Settings, stack: LocalStack) -> AsyncIterator[Child]:
    program = Program(
        name="worker",
        command=(sys.executable, "-X", "faulthandler", "-m", "tests.end_to_end.canary_worker"),
        environment=stack.environment | {"PYTHONPATH": str(ROOT)},
        log=settings.data_dir.resolve() / "logs" / "worker.log",
    )

    child = await launch(program, _polls(stack.temporal_address), _READY_WITHIN)
    try:
        yield child
    finally:
        await child.stop()
