"""A production installation as docker-compose.yml lays it out, as processes of this machine."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx2

from runtime.postgres import _binaries, local_socket_dir, remove_socket_dir, start_postgres
from runtime.processes import Child, Probe, Program, launch, run_to_end
from tests.end_to_end.outside import Outside
from tests.ports import free_port
from tests.region import ROOT
from tests.temporal import temporal_on
from tests.unit.compose_file import environment_of, load_compose
from tests.unit.env_example import compose_values

BINARIES = Path(sys.executable).parent
_PASSWORDS = {
    "POSTGRES_PASSWORD": "c41d",
    "GRAFANA_PASSWORD": "5e80",
    "DATABASE_PASSWORD": "f3a1",
    "SERVICE_DATABASE_PASSWORD": "7d2e",
    "ENGINE_DATABASE_PASSWORD": "09bc",
}
_READY_WITHIN = timedelta(seconds=90)
_SERVICES = load_compose().services


@dataclass(frozen=True)
class Machine:
    """The two servers, and the env file that `docker compose` would be given."""

    folder: Path
    given: Mapping[str, str]
    socket_dir: Path
    temporal_address: str

    def environment(self, service: str, **ports: int) -> dict[str, str]:
        """Return what compose gives *service*, with the addresses of this machine for its own."""
        said = environment_of(_SERVICES[service], self.given)
        here = {
            "ARENDE_DATABASE_URL": self.database_url(said["ARENDE_DATABASE_URL"]),
            "ARENDE_HTTP_HOST": "127.0.0.1",
            "ARENDE_METRICS_HOST": "127.0.0.1",
            "TEMPORAL_ADDRESS": self.temporal_address,
        }
        known = {name: value for name, value in here.items() if name in said}
        moved = {
            name: str(ports.get(name, 0) or free_port())
            for name in said
            if name.endswith("_PORT") and name != "ARENDE_SMTP_PORT"
        }
        return said | known | moved | {"PATH": f"{BINARIES}{os.pathsep}{os.defpath}"}

    def database_url(self, of_compose: str) -> str:
        """Return the address here for the login, password and database of an address in compose."""
        said = urlsplit(of_compose)
        login = said.netloc.rpartition("@")[0]
        return f"postgres://{login}@{said.path}?host={quote(str(self.socket_dir))}&sslmode=disable"

    async def run(self, service: str, *arguments: str) -> None:
        """Run a service that does one thing, by its command in compose or by *arguments*."""
        await run_to_end(self._program(service, service, self.environment(service), arguments))

    async def start(self, service: str, name: str, probe_port: str) -> tuple[Child, int]:
        """Start a service and wait for its health at *probe_port*; return it and that port."""
        port = free_port()
        environment = self.environment(service, **{probe_port: port})
        program = self._program(service, name, environment)
        return await launch(program, is_ready(port), _READY_WITHIN), port

    def _program(
        self,
        service: str,
        name: str,
        environment: Mapping[str, str],
        arguments: tuple[str, ...] = (),
    ) -> Program:
        command = arguments or tuple(_SERVICES[service].command)
        return Program(
            name=name,
            command=(str(BINARIES / "arende"), *command),
            environment=environment,
            log=self.folder / f"{name}.log",
            grace=_SERVICES[service].stop_grace_period,
        )


def is_ready(port: int) -> Probe:
    """Ask what compose asks: whether `/health/ready` says yes."""

    async def probe(_: Child) -> bool:
        try:
            async with httpx2.AsyncClient(trust_env=False) as client:
                answer = await client.get(f"http://127.0.0.1:{port}/health/ready", timeout=5)
        except httpx2.TransportError:
            return False
        return answer.is_success

    return probe


@asynccontextmanager
async def machine(folder: Path, around: Outside) -> AsyncIterator[Machine]:
    """Start PostgreSQL and Temporal and prepare both with compose's own scripts."""
    async with AsyncExitStack() as stack:
        server = await start_postgres(folder)
        stack.callback(remove_socket_dir, folder)
        stack.push_async_callback(server.stop)
        socket_dir = local_socket_dir(folder)
        await asyncio.to_thread(make_databases, socket_dir)
        port = free_port()
        engine = await temporal_on(port, folder)
        stack.push_async_callback(engine.stop)
        address = f"127.0.0.1:{port}"
        await asyncio.to_thread(make_namespace, address, folder)
        given = compose_values() | _PASSWORDS | around.variables
        yield Machine(folder, given, socket_dir, address)


def make_databases(socket_dir: Path) -> None:
    """Run the script with which compose makes users and databases in a new PostgreSQL."""
    environment = {"PGHOST": str(socket_dir), "POSTGRES_USER": "postgres", **_PASSWORDS}
    _run_script("postgres-databases.sh", _binaries(), environment)


def make_namespace(address: str, home: Path) -> None:
    """Run the script with which compose makes the namespace; safe to repeat."""
    environment = {
        "TEMPORAL_ADDRESS": address,
        "TEMPORAL_NAMESPACE": "arende",
        "HOME": str(home),  # no one's own CLI profile
    }
    _run_script("temporal-namespace.sh", BINARIES, environment)


def _run_script(name: str, programs: Path, environment: Mapping[str, str]) -> None:
    path = f"{programs}{os.pathsep}{os.defpath}"
    subprocess.run(  # noqa: S603 - our own script
        ["/bin/sh", str(ROOT / "compose" / name)],
        env={"PATH": path, **environment},
        check=True,
        capture_output=True,
        timeout=60,
    )
