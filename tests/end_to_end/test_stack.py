"""The local stack: starts, survives crashes, leaves nothing behind."""

import asyncio
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest
from temporalio.client import Client

from runtime.data_folder import FolderInUseError
from runtime.local import LocalStack, Service
from runtime.migrations import migrate
from runtime.ports import PortTakenError
from runtime.postgres import local_socket_dir
from runtime.processes import ChildDiedError
from runtime.settings import Settings

MakeSettings = Callable[[str], Settings]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no wheels for Windows")
linux_only = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux ties a child to its parent"
)


@pytest.fixture
def free_port() -> Callable[[], int]:
    """Give a port that was free a moment ago, another one each time."""
    given: set[int] = set()

    def find() -> int:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if port in given:
            return find()
        given.add(port)
        return port

    return find


@pytest.fixture
def folder() -> Iterator[Path]:
    """Give a folder that PostgreSQL's user can reach also while other pytest sessions start.

    Each session closes pytest's own temporary folders to other users again.
    """
    with tempfile.TemporaryDirectory(prefix="arende-test-") as path:
        yield Path(path)


@pytest.fixture
def make_settings(folder: Path, free_port: Callable[[], int]) -> MakeSettings:
    """Make settings for one stack a name, on ports of its own."""
    migrations = folder / "migrations"
    migrations.mkdir()
    (migrations / "0001_words.sql").write_text(
        "-- migrate:up\nCREATE TABLE words (word text);\n-- migrate:down\nDROP TABLE words;\n",
        encoding="utf-8",
    )

    def make(name: str) -> Settings:
        return Settings(
            mode="local",
            data_dir=folder / name,
            migrations_dir=migrations,
            http_port=free_port(),
            temporal_port=free_port(),
            ui_port=free_port(),
        )

    return make


async def words(stack: LocalStack) -> list[str]:
    connection = await asyncpg.connect(stack.database_url)
    rows = await connection.fetch("SELECT word FROM words")
    await connection.close()
    return [row["word"] for row in rows]


async def add_word(stack: LocalStack, word: str) -> None:
    connection = await asyncpg.connect(stack.database_url)
    await connection.execute("INSERT INTO words (word) VALUES ($1)", word)
    await connection.close()


async def test_stack_answers_and_migrates_twice(make_settings: MakeSettings) -> None:
    settings = make_settings("one")
    said: list[str] = []
    async with LocalStack(settings, said.append, ("postgres", "temporal")) as stack:
        migrate(stack.database_url, settings.migrations_dir)
        assert await words(stack) == []
        client = await Client.connect(stack.temporal_address)
        assert await client.count_workflows() is not None
    assert [line.split("  ")[0] for line in said[-1:]] == ["Database migrated"]
    assert len(said) == 3


async def test_killed_database_comes_back_with_its_data(make_settings: MakeSettings) -> None:
    async with LocalStack(make_settings("one"), print, ("postgres",)) as stack:
        await add_word(stack, "kvar")
        await stack.kill("postgres")
        await stack.start("postgres")
        assert await words(stack) == ["kvar"]


async def test_killed_temporal_comes_back(make_settings: MakeSettings) -> None:
    async with LocalStack(make_settings("one"), print, ("temporal",)) as stack:
        await stack.kill("temporal")
        await stack.start("temporal")
        await Client.connect(stack.temporal_address)


async def test_data_is_kept_between_runs(make_settings: MakeSettings) -> None:
    settings = make_settings("one")
    async with LocalStack(settings, print, ("postgres",)) as stack:
        await add_word(stack, "kvar")
    async with LocalStack(settings, print, ("postgres",)) as stack:
        assert await words(stack) == ["kvar"]


async def test_two_stacks_run_side_by_side(make_settings: MakeSettings) -> None:
    services: tuple[Service, ...] = ("postgres", "temporal")
    one = LocalStack(make_settings("one"), print, services, keep_cases=False)
    two = LocalStack(make_settings("two"), print, services, keep_cases=False)
    async with one, two:
        await add_word(one, "bara här")
        assert await words(two) == []


async def test_long_data_folder_gets_a_short_socket(make_settings: MakeSettings) -> None:
    settings = make_settings("lång-" * 30)
    async with LocalStack(settings, print, ("postgres",)) as stack:
        assert await words(stack) == []
    assert not local_socket_dir(settings.data_dir).exists()


async def test_taken_port_is_said_before_anything_starts(make_settings: MakeSettings) -> None:
    settings = make_settings("one")
    stack = LocalStack(settings, print, ("postgres", "temporal"))
    taken = socket.create_server(("127.0.0.1", settings.ui_port))
    with taken, pytest.raises(PortTakenError) as caught:
        await stack.__aenter__()
    assert str(caught.value) == (
        f"Cannot start: port {settings.ui_port} is taken (set ARENDE_UI_PORT)"
    )
    assert not (settings.data_dir / "postgres").exists()


async def test_second_stack_on_one_data_folder_is_refused(make_settings: MakeSettings) -> None:
    settings = make_settings("one")
    async with LocalStack(settings, print, ("postgres",)):
        with pytest.raises(FolderInUseError):
            await LocalStack(settings, print, ("postgres",)).__aenter__()


async def test_service_that_ends_by_itself_is_named(make_settings: MakeSettings) -> None:
    async with LocalStack(make_settings("one"), print, ("postgres",)) as stack:
        os.kill(stack.pid("postgres"), signal.SIGTERM)
        with pytest.raises(ChildDiedError, match=r"^postgres ended with 0; see .*postgres\.log"):
            await stack.watch()


@linux_only
async def test_nothing_outlives_a_killed_supervisor(make_settings: MakeSettings) -> None:
    settings = make_settings("one")
    supervisor, children = await supervise(settings)
    supervisor.kill()
    await supervisor.wait()
    for pid in children:
        await gone(pid)
    async with LocalStack(settings, print, ("postgres", "temporal")) as stack:
        assert await words(stack) == []


@linux_only
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_interrupted_supervisor_stops_its_services(
    make_settings: MakeSettings, number: signal.Signals
) -> None:
    settings = make_settings("one")
    supervisor, children = await supervise(settings)
    supervisor.send_signal(number)
    assert await supervisor.wait() == 0
    for pid in children:
        await gone(pid)
    log = settings.data_dir / "postgres" / "postgres.log"
    assert "database system is shut down" in log.read_text(encoding="utf-8")


async def supervise(settings: Settings) -> tuple[asyncio.subprocess.Process, list[int]]:
    """Start a supervisor in a process of its own; returns it with its services' ids."""
    supervisor = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _SUPERVISOR, settings.model_dump_json(exclude=_SECRETS)),
        stdout=asyncio.subprocess.PIPE,
    )
    assert supervisor.stdout is not None
    return supervisor, [int(pid) for pid in (await supervisor.stdout.readline()).split()]


async def gone(pid: int) -> None:
    """Wait until a process that is not our child has ended; the test's timeout is the limit."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(descriptor, ended.set)
    await ended.wait()
    loop.remove_reader(descriptor)
    os.close(descriptor)


_SECRETS = {"case_id_secret", "payload_keys", "local_issuer_key"}
_SUPERVISOR = """
import asyncio, json, sys
from runtime.interrupts import until_interrupted
from runtime.local import LocalStack
from runtime.settings import Settings

settings = Settings(**json.loads(sys.argv[1]))
stack = LocalStack(settings, lambda line: None, ("postgres", "temporal"))

async def run():
    async with stack:
        print(stack.pid("postgres"), stack.pid("temporal"), flush=True)
        await stack.watch()

asyncio.run(until_interrupted(run(), stack.kill_now))
"""
