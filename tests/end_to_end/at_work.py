"""A region at work: its registers in PostgreSQL, a worker and the API in this process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from temporalio.client import Client

from domain.region import Region
from runtime.region import load_region
from runtime.settings import Settings
from runtime.temporal import connect
from store.people import CitizenPerson, StaffPerson, list_people
from store.pool import open_pool
from tests.api.calling import Api, Caller, new_key, serving
from tests.api.people import Employee
from tests.region import load_region as load_registers
from worker import case_worker

_PATIENCE_SECONDS = 30

View = dict[str, Any]


@dataclass(frozen=True)
class AtWork:
    """A running region, and the ordinary people of its registers."""

    settings: Settings
    region: Region
    api: Api
    client: Client
    citizens: tuple[CitizenPerson, ...]
    staff: tuple[StaffPerson, ...]

    def holder(self, case: View) -> Caller:
        """Return someone who holds the case's role at its unit, a prescriber if there is one."""
        unit, role = case["handled_by"]["unit"]["hsa_id"], case["handled_by"]["role"]["code"]
        holders = [one for one in self.staff if one.unit == unit and role in one.roles]
        chosen = max(holders, key=lambda one: one.prescriber)
        return self.api.staff(Employee(chosen.hsa_id, chosen.commission))

    async def example(self, service: str, index: int = 0) -> View:
        """Return an example of answers as the API gives it."""
        form = await self.api.nobody().get(f"/v1/services/{service}")
        answers: View = form.json()["examples"][index]
        return answers

    async def submitted(self, citizen: Caller, body: View) -> View:
        """Submit and wait until the case lies with a role; return its view."""
        answer = await citizen.post("/v1/cases", body, idempotency_key=new_key())
        assert answer.status_code == 201, answer.text
        case = await citizen.until_recorded(answer.json()["case_id"])
        assert case["state"] == "queued"
        return case

    async def until_event(self, citizen: Caller, case: View, kind: str) -> View:
        """Wait until the case's row tells of an event of this kind; return its view."""
        path = f"/v1/cases/{case['case_id']}"
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while True:
                events = (await citizen.get(f"{path}/events")).json()["items"]
                if kind in {event["kind"] for event in events}:
                    told: View = (await citizen.get(path)).json()
                    return told


def settings_for(profile: Path, data_dir: Path, database_url: str, temporal_port: int) -> Settings:
    """Return the settings of a local stack with the region of the folder *profile*."""
    return Settings(
        _env_file=None,
        mode="local",
        data_dir=data_dir,
        database_url=database_url,
        temporal_port=temporal_port,
        region_dir=profile,
    )


@asynccontextmanager
async def at_work(settings: Settings) -> AsyncIterator[AtWork]:
    """Load the region's registers into a migrated database and work until the end of the block."""
    region = load_region(settings.region_dir)
    await load_registers(settings.database_url, settings.region_dir)
    client = await connect(settings)
    async with await open_pool(settings.database_url, 4) as pool:
        async with pool.acquire() as conn:
            people = await list_people(
                conn,
                special=False,
                service_roles=region.catalogue.routed_roles(),
                leading_roles=tuple(region.catalogue.system_roles.model_dump().values()),
                on=region.calendars.default.local_day(datetime.now(UTC)),
            )
        async with case_worker(client, pool, region), serving(settings) as api:
            yield AtWork(
                settings=settings,
                region=region,
                api=api,
                client=client,
                citizens=tuple(one for one in people if isinstance(one, CitizenPerson)),
                staff=tuple(one for one in people if isinstance(one, StaffPerson)),
            )
