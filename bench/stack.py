"""What every measurement runs on: PostgreSQL, an in-memory Temporal and the shipped region."""

import csv
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from temporalio.client import Client

from domain.region import Region
from runtime.application import import_region
from runtime.local import LocalStack
from runtime.region import load_region
from runtime.settings import Settings
from runtime.temporal import data_converter
from runtime.temporal_server import NAMESPACE
from store.people import CitizenPerson, Person, StaffPerson, list_people
from store.pool import open_pool


@dataclass(frozen=True, slots=True)
class Bench:
    """A running stack without worker and API; `start` on *stack* adds those."""

    stack: LocalStack
    settings: Settings
    client: Client
    region: Region
    citizens: tuple[CitizenPerson, ...]
    physicians: dict[str, StaffPerson]
    """By the unit where they hold the role that renews prescriptions."""
    npl_ids: tuple[str, ...]
    """Of the products in the region's register."""


@asynccontextmanager
async def bench_stack(say: Callable[[str], None]) -> AsyncIterator[Bench]:
    """Start the servers in a folder of their own, on free ports; all of it is gone afterwards."""
    with TemporaryDirectory(prefix="arende-bench-") as folder:
        http, temporal, ui = free_ports(3)
        settings = Settings(
            mode="local",
            data_dir=Path(folder) / "data",
            http_port=http,
            temporal_port=temporal,
            ui_port=ui,
        )
        stack = LocalStack(settings, say, ("postgres", "temporal"), keep_cases=False)
        async with stack:
            await import_region(settings, stack.environment)
            yield await _bench(stack, settings)


def free_ports(count: int) -> list[int]:
    """Return ports that were free a moment ago, all different."""
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]


async def _bench(stack: LocalStack, settings: Settings) -> Bench:
    region = load_region(settings.region_dir)
    people = await _people(settings, region)
    renewal = region.catalogue.find_service("prescription_renewal")
    role = renewal.handling.role if renewal else ""
    converter = data_converter(settings.payload_key_ring(), NAMESPACE)
    return Bench(
        stack=stack,
        settings=settings,
        client=await Client.connect(stack.temporal_address, data_converter=converter),
        region=region,
        citizens=tuple(person for person in people if isinstance(person, CitizenPerson)),
        physicians={
            person.unit: person
            for person in people
            if isinstance(person, StaffPerson) and person.unit and role in person.roles
        },
        npl_ids=_npl_ids(settings.region_dir / "medicines.csv"),
    )


def _npl_ids(path: Path) -> tuple[str, ...]:
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(row["npl_id"] for row in csv.DictReader(file))


async def _people(settings: Settings, region: Region) -> list[Person]:
    async with await open_pool(settings.database_url, 1) as pool, pool.acquire() as conn:
        return await list_people(
            conn,
            special=False,
            service_roles=region.catalogue.routed_roles(),
            leading_roles=tuple(region.catalogue.system_roles.model_dump().values()),
            on=region.calendars.default.local_day(datetime.now(UTC)),
        )
