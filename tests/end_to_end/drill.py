"""A local stack to make faults on: its people, what they do over HTTP, and a reader's shell."""

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import httpx2

from domain.projection import Snapshot
from domain.submission import CaseId
from runtime.local import LocalStack, Service
from runtime.postgres import _binaries, local_socket_dir, postgres_dsn
from runtime.settings import Settings
from store.case_views import find_case
from store.people import CitizenPerson, Person
from store.pool import open_pool
from tests.api.calling import RENEWAL, new_key
from tests.end_to_end.runbook import Walk, following
from tests.ports import free_port
from tests.region import SHIPPED
from tests.smoke.town import Town, read_town
from tests.unit.mail_sink import MailSink
from tests.unit.mail_sink import serving as serving_mail

URGENT = RENEWAL | {"items": [RENEWAL["items"][0] | {"supply_left_days": 1}]}
"""Answers whose notice leaves at any hour."""

_PATIENCE_SECONDS = 60
_PAUSE_SECONDS = 0.1


@dataclass
class Drill:
    """A stack on which the runbook is followed; `variables` are what the reader's shell has."""

    stack: LocalStack
    settings: Settings
    town: Town
    http: httpx2.AsyncClient
    mail: MailSink
    variables: dict[str, str]
    submitted_by: dict[str, CitizenPerson] = field(default_factory=dict)

    def following(self, page: str, **more: str) -> AbstractAsyncContextManager[Walk]:
        """Follow a page in the reader's shell, with more variables in it."""
        return following(page, self.variables | more)

    async def submit(self, answers: object = RENEWAL) -> httpx2.Response:
        """Submit a renewal for somebody who has no other case."""
        citizen = self.town.citizen(len(self.submitted_by))
        body = {"service": "prescription_renewal", "answers": answers}
        headers = self._headers(citizen) | {"Idempotency-Key": new_key()}
        answer = await self.http.post("/v1/cases", json=body, headers=headers)
        if answer.is_success:
            self.submitted_by[answer.json()["case_id"]] = citizen
        return answer

    async def queued(self, answers: object = RENEWAL) -> str:
        """Submit, and wait until the case lies with a role; return its id."""
        answer = await self.submit(answers)
        assert answer.status_code == 201, answer.text
        case_id = str(answer.json()["case_id"])
        await self.until_state(case_id, "queued")
        return case_id

    async def take(self, case_id: str) -> int:
        """Let a physician take the case; return the status."""
        physician = self.town.physicians_of(self.submitted_by[case_id])[0]
        answer = await self.http.post(
            f"/v1/cases/{case_id}/take",
            json={},
            headers=self._headers(physician) | {"Idempotency-Key": new_key()},
        )
        return answer.status_code

    async def inbox(self, case_id: str) -> int:
        """Let a physician look at the inbox where the case belongs; return the status."""
        physician = self.town.physicians_of(self.submitted_by[case_id])[0]
        return (await self.http.get("/v1/inbox", headers=self._headers(physician))).status_code

    async def seen(self, case_id: str) -> str:
        """Return the state that the citizen sees."""
        headers = self._headers(self.submitted_by[case_id])
        return str((await self.http.get(f"/v1/cases/{case_id}", headers=headers)).json()["state"])

    async def until_state(self, case_id: str, state: str) -> Snapshot:
        """Wait until the row is in *state*; return it."""
        return await self.until_row(case_id, lambda row: row.projection.state == state)

    async def until_row(self, case_id: str, is_so: Callable[[Snapshot], bool]) -> Snapshot:
        """Wait until the row is as *is_so* wants it; return it."""
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while True:
                row = await self.row(case_id)
                if row is not None and is_so(row):
                    return row
                await asyncio.sleep(_PAUSE_SECONDS)

    async def row(self, case_id: str) -> Snapshot | None:
        async with await open_pool(self.stack.database_url, 1) as pool, pool.acquire() as conn:
            return await find_case(conn, CaseId(case_id))

    async def execute(self, statement: str) -> None:
        conn = await asyncpg.connect(self.stack.database_url)
        try:
            await conn.execute(statement)
        finally:
            await conn.close()

    async def until_printed(self, wanted: str, *command: str) -> None:
        """Wait until a command prints *wanted*, as a reader who looks again."""
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while wanted not in await self.printed(*command):
                pass

    async def until_gone(self, unwanted: str, *command: str) -> None:
        """Wait until a command prints *unwanted* no more."""
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while unwanted in await self.printed(*command):
                pass

    async def printed(self, *command: str) -> str:
        """Run a command in the reader's shell; return what it printed."""
        process = await asyncio.create_subprocess_exec(
            *command, env=self.variables, stdout=asyncio.subprocess.PIPE
        )
        return (await process.communicate())[0].decode()

    async def stop(self, *services: Service) -> None:
        """Kill services, in the order they are named."""
        for service in services:
            await self.stack.kill(service)

    async def start(self, *services: Service) -> None:
        """Start services, in the order they are named; each is ready before the next."""
        for service in services:
            await self.stack.start(service)

    def _headers(self, person: Person) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.town.token(person)}"}


@asynccontextmanager
async def drilling() -> AsyncIterator[Drill]:
    """Run a stack with a profile of its own and a mail server, until the end of the block."""
    with TemporaryDirectory(prefix="arende-drill-") as name, _mail() as (mail, smtp):
        folder = Path(name)
        shutil.copytree(SHIPPED, folder / "region")
        settings = Settings(
            _env_file=None,
            mode="local",
            data_dir=folder / "data",
            region_dir=folder / "region",
            http_port=free_port(),
            temporal_port=free_port(),
            ui_port=free_port(),
        )
        stack = LocalStack(settings, print)
        stack.environment.update(smtp)
        async with stack, httpx2.AsyncClient(base_url=stack.api_url, trust_env=False) as http:
            town, shell = await read_town(settings), _shell(stack, settings, folder)
            yield Drill(stack, settings, town, http, mail, shell)


def _shell(stack: LocalStack, settings: Settings, folder: Path) -> dict[str, str]:
    binaries = (Path(sys.executable).parent, _binaries())
    work = folder / "work"
    work.mkdir()
    return stack.environment | {
        "PATH": os.pathsep.join([*map(str, binaries), os.defpath]),
        "HOME": str(work),
        "WORK": str(work),
        "API": stack.api_url,
        "BACKUP": str(work / "arende.dump"),
        "PROOFS": str(work / "proofs.json"),
        "MAINTENANCE_URL": postgres_dsn(local_socket_dir(settings.data_dir), "postgres"),
        "PROFILE": str(settings.region_dir),
        "REGISTERS": str(SHIPPED),
    }


@contextmanager
def _mail() -> Iterator[tuple[MailSink, dict[str, str]]]:
    sink = MailSink()
    with serving_mail(sink) as server:
        yield (
            sink,
            {
                "ARENDE_SMTP_HOST": server.host,
                "ARENDE_SMTP_PORT": str(server.port),
                "ARENDE_SMTP_SECURITY": server.security,
                "ARENDE_SMTP_SENDER": server.sender,
            },
        )
