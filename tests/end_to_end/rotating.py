"""A stack whose processes are given rings of payload keys, and replaced one after the other."""

import asyncio
import base64
import json
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from runtime.application import import_region, start_api, start_worker
from runtime.local import LocalStack
from runtime.processes import Child
from runtime.settings import Settings
from tests.end_to_end.canary_places import CommandRun, run_command

_KEYS = {name: base64.b64encode(name.encode() * 32).decode() for name in "abc"}


def ring_of(names: str) -> str:
    """Return the variable for a ring of the keys named by single letters, in their order."""
    return json.dumps({name: _KEYS[name] for name in names})


@dataclass
class Rotating:
    """PostgreSQL and Temporal, with workers and an API on a ring that changes."""

    settings: Settings
    stack: LocalStack
    names: str
    workers: list[Child] = field(default_factory=list)
    apis: list[Child] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """What a process is given now."""
        return self.stack.environment | {"ARENDE_PAYLOAD_KEYS": ring_of(self.names)}

    @property
    def settings_now(self) -> Settings:
        """The settings of whoever holds the present ring."""
        return Settings.model_validate(
            self.settings.model_dump() | {"payload_keys": ring_of(self.names)}
        )

    async def give(self, names: str) -> None:
        """Replace every process by one with another ring, as a rolling deployment does."""
        self.names = names
        for old in list(self.workers):
            self.workers.append(await start_worker(self.settings, self.environment))
            await old.stop()
            self.workers.remove(old)
        for api in list(self.apis):
            await api.stop()
            self.apis.remove(api)
            self.apis.append(await start_api(self.settings, self.environment))

    async def stop(self) -> None:
        """Stop every process of ours."""
        await asyncio.gather(*(child.stop() for child in [*self.apis, *self.workers]))

    async def command(self, *arguments: str) -> CommandRun:
        """Run `arende` with the present ring."""
        return await run_command((sys.executable, "-m", "cli", *arguments), self.environment)

    async def key_status(self) -> dict[str, dict[str, Any]]:
        """Return what `arende keys status` tells, by the name of the key."""
        told = await self.command("keys", "status", "--json")
        return {each["name"]: each for each in json.loads(told.output)["keys"]}

    def log(self) -> list[dict[str, Any]]:
        """Return the lines of all workers."""
        lines = (self.settings.data_dir / "logs" / "worker.log").read_bytes().splitlines()
        return [json.loads(line) for line in lines if line.startswith(b"{")]


@asynccontextmanager
async def rotating(settings: Settings, names: str, workers: int) -> AsyncIterator[Rotating]:
    """Run a stack on a ring until the end of the block."""
    async with AsyncExitStack() as at_end:
        local = LocalStack(settings, lambda _: None, ("postgres", "temporal"))
        stack = await at_end.enter_async_context(local)
        rotation = Rotating(settings, stack, names)
        at_end.push_async_callback(rotation.stop)
        await import_region(settings, rotation.environment)
        for _ in range(workers):
            rotation.workers.append(await start_worker(settings, rotation.environment))
        rotation.apis.append(await start_api(settings, rotation.environment))
        yield rotation
