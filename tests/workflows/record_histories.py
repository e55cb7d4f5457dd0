"""Records the lives of `lives` as histories: `python -m tests.workflows.record_histories`.

With names after it, those lives only. Run it by hand for a release whose commands differ from the
last one's, and keep the old files under a name of their own: open cases still have such histories.
"""

import asyncio
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from socket import gethostname
from tempfile import TemporaryDirectory
from typing import cast

import asyncpg
from temporalio.client import Client

from runtime.migrations import migrate
from runtime.postgres import local_socket_dir, postgres_dsn, start_postgres
from runtime.region import load_region as load_rules
from runtime.temporal import data_converter
from runtime.temporal_server import NAMESPACE
from store.pool import open_pool
from tests.ports import free_port
from tests.region import ROOT, SHIPPED, load_region
from tests.temporal import temporal_on
from tests.workflows.conftest import TEST_KEYS
from tests.workflows.lives import LIVES, SHORT_RUN
from tests.workflows.running import Handle, RunningCases, next_queue, quiet_monday
from tests.workflows.valve import PoolValve
from worker import case_worker
from workflows import options

HISTORIES = ROOT / "tests" / "histories"


async def main() -> None:
    """Start the servers, live every life and write its runs, one file each."""
    with TemporaryDirectory(prefix="arende-histories-") as folder:
        data_dir = Path(folder)
        postgres = await start_postgres(data_dir)
        port = free_port()
        temporal = await temporal_on(port, data_dir)
        try:
            await _record_all(postgres_dsn(local_socket_dir(data_dir), "histories"), port)
        finally:
            await temporal.stop()
            await postgres.stop()


async def _record_all(database_url: str, port: int) -> None:
    await asyncio.to_thread(migrate, database_url, ROOT / "migrations")
    await load_region(database_url)
    client = await Client.connect(
        f"127.0.0.1:{port}",
        data_converter=data_converter(TEST_KEYS, NAMESPACE),
        identity="recorder",
    )
    async with await open_pool(database_url, 4) as pool:
        for name in sys.argv[1:] or LIVES:
            options.CONTINUE_AT_EVENTS = SHORT_RUN if name == "continued" else 1_000
            await _record(client, pool, name)


async def _record(client: Client, pool: asyncpg.Pool, name: str) -> None:
    region = load_rules(SHIPPED)
    queue, now = next_queue(), datetime.now(UTC)
    valve, monday = PoolValve(pool), quiet_monday(region.calendars.default, now)
    cases = RunningCases(client, pool, queue, now, monday, valve)
    async with case_worker(client, cast("asyncpg.Pool", valve), region, queue):
        handle = await LIVES[name](cases, region)
        for number, history in enumerate(await _runs_of(client, handle)):
            file = HISTORIES / f"{name}{f'_{number}' if number else ''}.json"
            text = json.dumps(history, separators=(",", ":")) + "\n"
            file.write_text(
                text.replace(f'"name":"{gethostname()}-', '"name":"recorder-'), encoding="utf-8"
            )


async def _runs_of(client: Client, handle: Handle) -> list[dict[str, object]]:
    """Return the histories of the case's runs, the first one first."""
    run_id, runs = handle.first_execution_run_id, []
    while run_id:
        history = await client.get_workflow_handle(handle.id, run_id=run_id).fetch_history()
        runs.append(history.to_json_dict())
        last = history.events[-1]
        run_id = last.workflow_execution_continued_as_new_event_attributes.new_execution_run_id
    return runs


if __name__ == "__main__":
    asyncio.run(main())
