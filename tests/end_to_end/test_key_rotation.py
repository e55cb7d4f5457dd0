"""Keys are changed while people work: no task fails, no message is lost, nothing is in clear."""

import asyncio
import os
import sys
from itertools import count
from typing import Any

import httpx2
import pytest

from domain.submission import workflow_id_for
from runtime.settings import Settings
from tests.end_to_end.canary_places import folder_places, run_command, temporal_places
from tests.end_to_end.canary_words import CORE, forms_of, found_in
from tests.end_to_end.rotating import Rotating, rotating
from tests.ports import free_port
from tests.smoke.caller import Caller
from tests.smoke.evidence import failed_tasks, settled_evidence
from tests.smoke.invariants import broken
from tests.smoke.ledger import Ledger
from tests.smoke.lives import CANARY, Lives, _Case
from tests.smoke.town import read_town

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no wheels for Windows")

_CASES = int(os.environ.get("ROTATION_CASES", "24"))
_AT_ONCE = 4
_ENGINES_OWN = "UNHANDLED_COMMAND"


@pytest.mark.timeout(max(300, _CASES))
async def test_rotation_under_traffic_fails_no_task_and_loses_nothing(
    stack_settings: Settings,
) -> None:
    with Ledger(stack_settings.data_dir.parent / "ledger.jsonl") as ledger:
        async with rotating(stack_settings, "a", workers=2) as rotation:
            town = await read_town(rotation.settings_now)
            async with httpx2.AsyncClient(
                base_url=rotation.stack.api_url, trust_env=False, timeout=20
            ) as client:
                lives = Lives(town, client, ledger)
                waiting = await submitted(lives)
                async with asyncio.TaskGroup() as group:
                    traffic = Traffic(lives)
                    group.create_task(traffic.flow())
                    await rotate(rotation)
                    traffic.is_over.set()
                await taken(lives, waiting)
            expected = [town.case_id(town.citizen(n), f"life-{n}") for n in range(traffic.led)]
            address = rotation.stack.temporal_address
            evidence = await settled_evidence(rotation.settings_now, address, expected)
            failures = await failed_tasks(rotation.settings_now, address)
            left = folder_places(stack_settings.data_dir) | await temporal_places(address)

    assert {name for name, found in broken(expected, ledger, evidence).items() if found} <= {
        "one row and one workflow a submission"  # a case that goes on has a run more
    }
    assert evidence.rows.keys() == set(expected)
    assert evidence.runs.keys() == {workflow_id_for(case_id) for case_id in expected}
    assert failures.total() - failures[_ENGINES_OWN] == 0
    assert missed_in(rotation.log()) == []
    assert [name for name, kept in left.items() if found_in(kept, {CANARY: forms_of(CANARY)})] == []
    sys.stdout.write(f"{_CASES} open cases, {traffic.led - _CASES} beside, {dict(failures)}\n")


class Traffic:
    """People who go on submitting, taking, asking and answering meanwhile."""

    def __init__(self, lives: Lives) -> None:
        self._lives = lives
        self._numbers = count(_CASES)
        self.led = _CASES
        self.is_over = asyncio.Event()

    async def flow(self) -> None:
        """Lead one whole life after the other until it is over."""
        while not self.is_over.is_set():
            await self._lives.live(next(self._numbers))
            self.led += 1


async def submitted(lives: Lives) -> list[str]:
    """Submit the cases that are open during the rotation; return their ids."""
    turns = asyncio.Semaphore(_AT_ONCE)

    async def submit(number: int) -> str:
        async with turns:
            return await lives._submit(lives.town.citizen(number), number)

    return list(await asyncio.gather(*(submit(number) for number in range(_CASES))))


async def taken(lives: Lives, case_ids: list[str]) -> None:
    """Let each of them be taken, which needs everything it was told before."""
    turns = asyncio.Semaphore(_AT_ONCE)

    async def take(number: int, case_id: str) -> None:
        async with turns:
            physicians = lives.town.physicians_of(lives.town.citizen(number))
            await lives._taken_by(_Case(number, case_id, twice=False), physicians)

    await asyncio.gather(*(take(number, case_id) for number, case_id in enumerate(case_ids)))


async def rotate(rotation: Rotating) -> None:
    """Go from key a to key b as docs/keys.md says, and look at each step."""
    await rotation.give("ab")
    await rotation.give("ba")
    before = await rotation.key_status()
    early = await rotation.command("keys", "retire", "a")
    moved = await rotation.command("keys", "rekey")
    after = await rotation.key_status()
    late = await rotation.command("keys", "retire", "a")
    first = await rotation.command("keys", "retire", "b")
    await rotation.give("b")

    assert before["a"]["open_cases"] >= _CASES
    assert (early.exit_code, b"open cases" in early.output) == (1, True), early.output
    assert moved.exit_code == 0, moved.output
    assert after["a"] == before["a"] | {"open_cases": 0, "schedules": 0, "other_runs": 0}
    assert after["b"]["open_cases"] >= _CASES
    assert (late.exit_code, first.exit_code) == (0, 1)


async def test_missing_key_stops_work_aloud_until_it_is_back(stack_settings: Settings) -> None:
    health = free_port()
    async with rotating(stack_settings, "a", workers=1) as rotation:
        rotation.stack.environment["ARENDE_WORKER_HEALTH_PORT"] = str(health)
        town = await read_town(rotation.settings_now)
        async with httpx2.AsyncClient(
            base_url=rotation.stack.api_url, trust_env=False, timeout=20
        ) as client:
            with Ledger(stack_settings.data_dir.parent / "ledger.jsonl") as ledger:
                lives = Lives(town, client, ledger)
                citizen = town.citizen(0)
                case_id = await lives._submit(citizen, 0)
                physician = lives._caller(town.physicians_of(citizen)[0])
                await physician.read_until(f"/v1/cases/{case_id}", "queued")

                await rotation.give("c")
                note = await message(client, physician, case_id, "note")
                take = await message(client, physician, case_id, "take")
                await until_missed(rotation)
                ready = await client.get(f"http://127.0.0.1:{health}/health/ready")
                doctor = await rotation.command("doctor", "--installation")
                status = await rotation.command("keys", "status")
                stuck = await temporal_places(rotation.stack.temporal_address)

                del rotation.stack.environment["ARENDE_WORKER_HEALTH_PORT"]  # its holder lives on
                await rotation.give("ac")
                await physician.read_until(f"/v1/cases/{case_id}", "assigned")
                events = await client.get(
                    f"/v1/cases/{case_id}/events",
                    headers={"Authorization": f"Bearer {physician.token}"},
                )
        left = folder_places(stack_settings.data_dir)

    assert (note.status_code, take.status_code) == (202, 202)
    missed = missed_in(rotation.log())
    assert {line["key_name"] for line in missed} == {"a"}
    assert {line["level"] for line in missed} == {"error"}
    assert (ready.status_code, ready.json()["components"]["payload_keys"]) == (503, "down")
    assert doctor.exit_code == 1
    assert b"an open case is sealed with a key that is not in the ring" in doctor.output
    assert (status.exit_code, b"a: 1 open cases" in status.output) == (3, True), status.output
    assert b"NOT IN THE RING" in status.output
    kinds = [event["kind"] for event in events.json()["items"]]
    assert sorted(kinds[-2:]) == ["noted", "taken"]
    words = {"a text": forms_of(CORE), CANARY: forms_of(CANARY)}
    assert [name for name, kept in (stuck | left).items() if found_in(kept, words)] == []


async def message(
    client: httpx2.AsyncClient, physician: Caller, case_id: str, name: str
) -> httpx2.Response:
    """Send a message once, with a text that must not be found."""
    headers = {"Authorization": f"Bearer {physician.token}", "Idempotency-Key": f"missed-{name}"}
    field = "text" if name == "note" else "reason"
    body = {field: f"{CORE} {name}"}
    return await client.post(f"/v1/cases/{case_id}/{name}", json=body, headers=headers)


async def until_missed(rotation: Rotating) -> None:
    """Wait until the worker's log says that a key is missing."""
    async with asyncio.timeout(60):
        while not missed_in(await asyncio.to_thread(rotation.log)):
            pass


def missed_in(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the lines that say that a key is missing."""
    return [line for line in lines if line["event"] == "payload_key_missing"]


@pytest.mark.parametrize(
    "ring",
    [
        pytest.param("{}", id="empty"),
        pytest.param('{"a": "c2hvcnQ="}', id="a short key"),
        pytest.param("", id="nothing"),
    ],
)
@pytest.mark.parametrize("process", ["worker", "api", "codec-server"])
async def test_no_process_starts_without_a_whole_ring(
    stack_settings: Settings, ring: str, process: str
) -> None:
    environment = {"ARENDE_PAYLOAD_KEYS": ring, "ARENDE_MODE": "local"} | {
        "ARENDE_DATA_DIR": str(stack_settings.data_dir)
    }
    done = await run_command((sys.executable, "-m", "cli", process), environment)

    assert done.exit_code == 1
    assert b"ARENDE_PAYLOAD_KEYS" in done.output
    assert b"c2hvcnQ" not in done.output
