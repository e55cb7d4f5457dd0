"""The whole stack on one machine, without Docker: starts it in order and leaves nothing behind."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Any, Final, Literal, NoReturn, Self

from runtime.application import (
    child_environment,
    import_region,
    start_api,
    start_codec_server,
    start_worker,
)
from runtime.data_folder import claimed
from runtime.migrations import migrate
from runtime.ports import check_ports
from runtime.postgres import (
    local_socket_dir,
    postgres_dsn,
    remove_socket_dir,
    start_postgres,
)
from runtime.processes import Child, ChildDiedError
from runtime.settings import Settings
from runtime.temporal_server import find_temporal_command, start_temporal

Service = Literal["postgres", "temporal", "worker", "api", "codec"]
SERVICES: Final[tuple[Service, ...]] = ("postgres", "temporal", "worker", "api")
WITH_CODEC: Final[tuple[Service, ...]] = (*SERVICES, "codec")
_LABELS: Final[dict[Service, str]] = {
    "postgres": "PostgreSQL",
    "temporal": "Temporal",
    "worker": "Worker",
    "api": "API",
    "codec": "Codec server",
}


class LocalStack:
    """Supervises the services of a local stack; `async with` starts and stops them.

    *say* gets one line of progress a step. *services* may leave some out. With *keep_cases*
    false Temporal keeps its state in memory, which measures faster and forgets at the end.
    """

    def __init__(
        self,
        settings: Settings,
        say: Callable[[str], None],
        services: tuple[Service, ...] = SERVICES,
        *,
        keep_cases: bool = True,
    ) -> None:
        self.temporal_address = f"127.0.0.1:{settings.temporal_port}"
        self.api_url = f"http://{settings.http_host}:{settings.http_port}"
        self.codec_url = f"http://127.0.0.1:{settings.codec_port}"
        self.ui_url = f"http://127.0.0.1:{settings.ui_port}"
        self.database_url = postgres_dsn(local_socket_dir(settings.data_dir))
        self.environment = child_environment(settings)
        self._settings = settings
        self._say = say
        self.services = services
        self._keep_cases = keep_cases
        self._children: dict[Service, Child] = {}
        self._claim = ExitStack()

    async def __aenter__(self) -> Self:
        started = False
        try:
            await self._start_all()
            started = True
        finally:
            if not started:
                await self.stop()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()

    async def start(self, name: Service) -> None:
        """Start one service and wait until it is ready; its port and data are as before.

        Raises:
            OperatorError: it could not be started.
        """
        with self._step(f"{_LABELS[name]} ready"):
            self._children[name] = await self._launch(name)

    async def kill(self, name: Service) -> None:
        """End one service at once, as a crash would; `start` brings it back."""
        await self._children.pop(name).kill()

    def pid(self, name: Service) -> int:
        """Return the process id of a running service."""
        return self._children[name].pid

    async def stop(self) -> None:
        """Stop what runs, last started first; safe to repeat."""
        for name in reversed(WITH_CODEC):
            child = self._children.get(name)
            if child is not None:
                await child.stop()
                del self._children[name]
                if name == "postgres":
                    remove_socket_dir(self._settings.data_dir)
        self._claim.close()

    def kill_now(self) -> None:
        """Send SIGKILL to every service without waiting, for whoever cannot wait."""
        for child in self._children.values():
            child.kill_now()

    async def watch(self) -> NoReturn:
        """Wait until a service ends that should not.

        Raises:
            ChildDiedError: always; says which and where its log is.
        """
        ends = {asyncio.create_task(child.ended()): child for child in self._children.values()}
        try:
            done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for end in ends:
                end.cancel()
        first = done.pop()
        raise ChildDiedError(ends[first], first.result())

    async def _start_all(self) -> None:
        check_ports("127.0.0.1", self._ports())
        self._claim.enter_context(claimed(self._settings))
        await self._start("postgres", "temporal")
        if "postgres" in self.services:
            with self._step("Database migrated"):
                await asyncio.to_thread(migrate, self.database_url, self._settings.migrations_dir)
        if "worker" in self.services or "api" in self.services:
            with self._step("Region profile loaded"):
                await import_region(self._settings, self.environment)
        await self._start("worker", "api", "codec")

    async def _start(self, *names: Service) -> None:
        await _together([self.start(name) for name in names if name in self.services])

    async def _launch(self, name: Service) -> Child:
        match name:
            case "postgres":
                return await start_postgres(self._settings.data_dir)
            case "temporal":
                return await self._launch_temporal()
            case "worker":
                return await start_worker(self._settings, self.environment)
            case "api":
                return await start_api(self._settings, self.environment)
            case "codec":
                return await start_codec_server(self._settings, self.environment)

    async def _launch_temporal(self) -> Child:
        settings, folder = self._settings, self._settings.data_dir.resolve()
        return await start_temporal(
            command=find_temporal_command(settings.temporal_cli_path),
            port=settings.temporal_port,
            ui_port=settings.ui_port,
            log=folder / "logs" / "temporal.log",
            database=folder / "temporal.db" if self._keep_cases else None,
            codec=self.codec_url if "codec" in self.services else None,
        )

    def _ports(self) -> dict[str, int]:
        settings = self._settings
        ports = {
            "temporal": {
                "ARENDE_TEMPORAL_PORT": settings.temporal_port,
                "ARENDE_UI_PORT": settings.ui_port,
            },
            "api": {"ARENDE_HTTP_PORT": settings.http_port},
            "codec": {"ARENDE_CODEC_PORT": settings.codec_port},
        }
        return {
            variable: port
            for service in self.services
            for variable, port in ports.get(service, {}).items()
        }

    @contextmanager
    def _step(self, label: str) -> Iterator[None]:
        clock = asyncio.get_running_loop().time
        begun = clock()
        yield
        self._say(f"{label:<22} {clock() - begun:5.1f} s")


async def _together(steps: list[Coroutine[Any, Any, None]]) -> None:
    """Run steps side by side; when one fails the others are cancelled and waited for."""
    tasks = [asyncio.create_task(step) for step in steps]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
