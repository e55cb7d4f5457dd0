"""Nothing a patient or a member of staff writes lies readable in Temporal's database files."""

import base64
import sys
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import asyncpg
import pytest
from asyncpg.pool import PoolConnectionProxy
from pydantic import JsonValue
from temporalio.client import Client
from typing_extensions import override

from runtime.region import load_region
from runtime.temporal import data_converter
from runtime.temporal_server import NAMESPACE
from tests.ports import free_port
from tests.region import SHIPPED
from tests.temporal import temporal_on
from tests.workflows import saying
from tests.workflows.people import PATIENT, PHYSICIAN
from tests.workflows.renewal import RENEWAL
from tests.workflows.running import RunningCases, next_queue, quiet_monday, submission_of
from tests.workflows.valve import PoolValve
from worker import case_worker
from workflows.case import CaseWorkflow

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no wheels for Windows")

KEYS = {"canary": bytes(range(32))}
CANARY = "KANARIEFÅGEL"
IN_CLEAR = (b"ops: ", b"CaseState", b"prescription_renewal")


class BreakingPool(PoolValve):
    """A pool whose first loan fails with a text that must not be kept."""

    @override
    def acquire(
        self, *, timeout: float | None = None
    ) -> AbstractAsyncContextManager[PoolConnectionProxy]:
        if self.turned_away == 0:
            self.turned_away += 1
            raise RuntimeError(f"{CANARY} in a failure")
        return super().acquire(timeout=timeout)


def answers() -> dict[str, JsonValue]:
    """Return answers with a canary in every field that is free text."""
    item: dict[str, JsonValue] = {
        "not_found_text": f"{CANARY} not_found_text",
        "dose_now": f"{CANARY} dose_now",
        "taken_as_prescribed": False,
        "effect": "none",
        "side_effects": True,
        "side_effects_text": f"{CANARY} side_effects_text",
        "supply_left_days": 20,
    }
    return RENEWAL | {
        "items": [item],
        "prescribed_by": "other_unit",
        "prescribed_by_name": f"{CANARY} prescribed_by_name",
        "message": f"{CANARY} message",
    }


async def live(cases: RunningCases) -> None:
    """Let a case say everything that can be said, by update, by signal and by query."""
    submission = submission_of("prescription_renewal", answers(), PATIENT, cases.now)
    handle = await cases.start(submission)
    await cases.until_state(handle, "queued")
    take = saying.take().model_copy(update={"reason": f"{CANARY} reason"})
    await cases.act(handle, take)
    await cases.refusal(
        handle,
        saying.resolve(text=None).model_copy(
            update={
                "text": f"{CANARY} refused",
                "actor": PHYSICIAN.model_copy(update={"id": "SE1"}),
            }
        ),
    )
    await handle.signal(CaseWorkflow.note, saying.note(f"{CANARY} note"))
    await handle.signal("note", {"action_id": f"{CANARY}", "text": f"{CANARY} malformed"})
    await handle.signal(CaseWorkflow.mark_urgent, saying.urgent())
    await cases.act(handle, saying.ask(f"{CANARY} question"))
    await cases.act(handle, saying.answer(f"{CANARY} answer"))
    await cases.act(handle, saying.reply(f"{CANARY} reply"))
    view = await cases.view(handle)
    assert sum(CANARY in str(event.detail) for event in view.events) == 5
    await cases.act(handle, saying.resolve(text=f"{CANARY} outcome"))
    await cases.pass_time(handle, timedelta(days=15))
    await handle.result()


async def test_no_word_of_a_case_lies_readable_in_the_files_of_temporal(
    region_pool: asyncpg.Pool, tmp_path: Path
) -> None:
    database, port = tmp_path / "temporal.db", free_port()
    server = await temporal_on(port, tmp_path, database)
    try:
        client = await Client.connect(
            f"127.0.0.1:{port}", data_converter=data_converter(KEYS, NAMESPACE)
        )
        region, now, queue = load_region(SHIPPED), datetime.now(UTC), next_queue()
        valve, monday = BreakingPool(region_pool), quiet_monday(region.calendars.default, now)
        cases = RunningCases(client, region_pool, queue, now, monday, valve)
        async with case_worker(client, cast("asyncpg.Pool", valve), region, queue):
            await live(cases)
            kept = bytes_in(tmp_path)
    finally:
        await server.stop()

    kept += bytes_in(tmp_path)
    assert valve.turned_away == 1
    assert all(text in kept for text in IN_CLEAR)
    for private in (CANARY, PATIENT, PHYSICIAN.id, "+46701740605", "Henrik Gullstrand"):
        for form in forms_of(private):
            assert form not in kept


def bytes_in(folder: Path) -> bytes:
    """Return every file of *folder*, the write-ahead log included."""
    return b"".join(file.read_bytes() for file in sorted(folder.iterdir()))


def forms_of(text: str) -> list[bytes]:
    """Return *text* as it may lie in a file: plain, escaped in JSON, and in base64."""
    plain = text.encode()
    escaped = text.encode("ascii", "backslashreplace")
    shifted = [base64.b64encode(b"\0" * shift + plain)[4:-4] for shift in range(3)]
    return [plain, escaped, text.encode("utf-16-le"), *shifted]
