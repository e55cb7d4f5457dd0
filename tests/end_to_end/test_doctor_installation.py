"""`arende doctor` looks at a real installation; each thing is broken in turn and found."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import asyncpg
import pytest
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError
from typer.testing import CliRunner

from cli import app
from commands.checkup.findings import Severity
from commands.checkup.installation.faults import Fault, Part
from commands.checkup.installation.whole import check_installation
from domain.submission import CaseMemo
from runtime.postgres import postgres_dsn
from runtime.schedules import RECONCILE, SCHEDULES, SEND_NOTICES, ensure_schedules
from runtime.settings import Settings, load_settings
from runtime.temporal import connect
from runtime.temporal_server import SEARCH_ATTRIBUTES
from tests.end_to_end.outside import Outside, outside
from tests.end_to_end.production import make_namespace
from tests.ports import free_port
from tests.region import ROOT, SHIPPED

RUNNER = CliRunner()
NAMESPACE = "arende"


class Said(NamedTuple):
    """How a command ended, and what it printed."""

    exit_code: int
    stdout: str


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def temporal_address(temporal_port: int, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A Temporal whose namespace the script of compose has made, run twice as an upgrade would."""
    address, home = f"127.0.0.1:{temporal_port}", tmp_path_factory.mktemp("home")
    for _ in range(2):
        make_namespace(address, home)
    return address


@pytest.fixture
async def around(tmp_path: Path) -> AsyncIterator[Outside]:
    """An issuer and a mail server."""
    async with outside(tmp_path) as servers:
        yield servers


@pytest.fixture
async def installation(
    around: Outside, region_url: str, temporal_address: str, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """The settings of an installation with nothing wrong; its namespace as compose makes it."""
    monkeypatch.chdir(ROOT)
    variables = around.variables | {
        "ARENDE_DATABASE_URL": region_url,
        "ARENDE_REGION_DIR": str(SHIPPED),
        "TEMPORAL_ADDRESS": temporal_address,
        "TEMPORAL_NAMESPACE": NAMESPACE,
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    await ensure_schedules(await connect(settings))
    return settings


async def found(settings: Settings) -> set[tuple[Part, str]]:
    """Return what the doctor finds."""
    faults = await check_installation(settings, now)
    assert all(fault.remedy.endswith(".") for fault in faults)
    return {(fault.part, fault.text) for fault in faults}


def changed(settings: Settings, **values: object) -> Settings:
    return settings.model_copy(update=values)


async def execute(url: str, *statements: str) -> None:
    conn = await asyncpg.connect(url)
    try:
        for statement in statements:
            await conn.execute(statement)
    finally:
        await conn.close()


async def test_nothing_is_wrong_with_a_right_installation(installation: Settings) -> None:
    assert await found(installation) == set()


async def test_database_that_does_not_answer(installation: Settings) -> None:
    away = f"postgres://arende@127.0.0.1:{free_port()}/arende"

    settings = changed(installation, database_url=away)

    assert (Part.POSTGRESQL, "the server does not answer") in await found(settings)


async def test_database_that_is_not_there(installation: Settings, socket_dir: Path) -> None:
    settings = changed(installation, database_url=postgres_dsn(socket_dir, "nowhere"))

    assert await found(settings) == {(Part.POSTGRESQL, "there is no such database")}


async def test_user_that_the_server_refuses(installation: Settings, socket_dir: Path) -> None:
    url = f"postgres://stranger@/arende?host={quote(str(socket_dir))}&sslmode=disable"

    settings = changed(installation, database_url=url)

    assert (Part.POSTGRESQL, "the server refuses the user or the password") in await found(settings)


async def test_database_that_was_never_migrated(installation: Settings, socket_dir: Path) -> None:
    settings = changed(installation, database_url=postgres_dsn(socket_dir, "postgres"))

    texts = {text for part, text in await found(settings) if part is Part.MIGRATIONS}

    assert len(texts) == len(list((ROOT / "migrations").glob("*.sql")))
    assert "migration 0001 is not applied" in texts


async def test_migrations_that_differ_from_this_release(installation: Settings) -> None:
    await execute(
        installation.database_url,
        "DELETE FROM schema_migrations WHERE version = '0002'",
        "INSERT INTO schema_migrations VALUES ('9999')",
    )

    assert await found(installation) == {
        (Part.MIGRATIONS, "migration 0002 is not applied"),
        (Part.MIGRATIONS, "the database has migration 9999, which this release does not know"),
    }


async def test_folder_without_migrations(installation: Settings, tmp_path: Path) -> None:
    settings = changed(installation, migrations_dir=tmp_path)

    assert (Part.MIGRATIONS, "there is no migration in the folder of migrations") in await found(
        settings
    )


async def test_server_in_another_time_zone(installation: Settings) -> None:
    name = installation.database_url.partition("?")[0].rpartition("/")[2]
    await execute(
        installation.database_url, f"ALTER DATABASE {name} SET timezone = 'Europe/Stockholm'"
    )

    [(part, text)] = await found(installation)

    assert part is Part.POSTGRESQL
    assert "time zone is not UTC" in text


@pytest.mark.parametrize(
    ("shift", "side"),
    [
        pytest.param(timedelta(minutes=1), "ahead of", id="fast"),
        pytest.param(-timedelta(minutes=1), "behind", id="slow"),
    ],
)
async def test_clock_that_is_wrong_here(
    installation: Settings, shift: timedelta, side: str
) -> None:
    faults = await check_installation(installation, lambda: now() + shift)

    texts = [fault.text for fault in faults if fault.part is Part.CLOCK]
    assert len(texts) == 2
    assert all(f"s {side} that of" in text for text in texts)
    assert {text.rpartition(" ")[2] for text in texts} == {"PostgreSQL", "Temporal"}


async def test_temporal_that_does_not_answer(
    installation: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", f"127.0.0.1:{free_port()}")

    text = "the server does not answer, or refuses this client"
    assert await found(installation) == {(Part.TEMPORAL, text)}


async def test_temporal_that_wants_another_certificate(
    installation: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEMPORAL_TLS", "true")

    [(part, _)] = await found(installation)

    assert part is Part.TEMPORAL


async def test_certificate_file_that_is_not_there(
    installation: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TEMPORAL_TLS_SERVER_CA_CERT_PATH", str(tmp_path / "none.pem"))

    [(part, _)] = await found(installation)

    assert part is Part.TEMPORAL


async def test_namespace_that_is_not_there(
    installation: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEMPORAL_NAMESPACE", "nowhere")

    assert await found(installation) == {(Part.NAMESPACE, "there is no namespace nowhere")}


async def test_namespace_that_nobody_prepared(
    installation: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make_bare_namespace(await connect(installation), "bare")
    monkeypatch.setenv("TEMPORAL_NAMESPACE", "bare")

    texts = await found(installation)

    assert (
        Part.NAMESPACE,
        "closed cases are forgotten after 1 day, 0:00:00, sooner than 7 days",
    ) in texts
    assert (Part.SEARCH_ATTRIBUTES, "CaseState is not of type Keyword") in texts
    missing = {text for part, text in texts if part is Part.SEARCH_ATTRIBUTES}
    assert {f"{name} is missing" for name in SEARCH_ATTRIBUTES if name != "CaseState"} <= missing
    assert {f"{name} is missing, so nothing starts its workflow" for name in SCHEDULES} == {
        text for part, text in texts if part is Part.SCHEDULES
    }


async def make_bare_namespace(client: Client, name: str) -> None:
    """Make a namespace with a day of retention and one attribute of a wrong type."""
    request = RegisterNamespaceRequest(namespace=name)
    request.workflow_execution_retention_period.FromTimedelta(timedelta(days=1))
    await client.workflow_service.register_namespace(request)
    text = IndexedValueType.INDEXED_VALUE_TYPE_TEXT
    wrong = AddSearchAttributesRequest(namespace=name, search_attributes={"CaseState": text})
    async with asyncio.timeout(30):
        while True:  # the server learns of a new namespace a moment late
            try:
                await client.operator_service.add_search_attributes(wrong)
            except RPCError:
                await asyncio.sleep(0.1)
            else:
                return


async def test_schedules_that_stand_still(installation: Settings) -> None:
    client = await connect(installation)
    sending = client.get_schedule_handle(SEND_NOTICES)
    await sending.pause()
    await client.get_schedule_handle(RECONCILE).delete()
    try:
        assert await found(installation) == {
            (Part.SCHEDULES, f"{SEND_NOTICES} is paused"),
            (Part.SCHEDULES, f"{RECONCILE} is missing, so nothing starts its workflow"),
        }
    finally:
        await sending.unpause()


async def test_open_case_that_the_keys_do_not_open(
    installation: Settings, around: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    memo = CaseMemo(fingerprint="f", owners=("o",), received_at=now(), service="certificate")
    client = await connect(installation)
    handle = await client.start_workflow(
        "CaseWorkflow", id="case-sealed", task_queue="nobody", memo={"case": memo}
    )
    ring = json.loads(around.variables["ARENDE_PAYLOAD_KEYS"])
    try:
        await until_listed(client)
        assert await found(installation) == set()

        other = {"2027-01": next(iter(ring.values()))}
        monkeypatch.setenv("ARENDE_PAYLOAD_KEYS", json.dumps(other))
        text = "an open case is sealed with a key that is not in the ring"
        assert await found(load_settings()) == {(Part.SECRETS, text)}

        monkeypatch.setenv("ARENDE_PAYLOAD_KEYS", json.dumps(other | ring))
        assert await found(load_settings()) == set()
    finally:
        await handle.terminate()


async def until_listed(client: Client) -> None:
    async with asyncio.timeout(30):
        while True:  # the list follows a moment late
            async for _ in client.list_workflows('WorkflowType="CaseWorkflow"'):
                return
            await asyncio.sleep(0.1)


async def test_issuer_without_usable_keys(installation: Settings, around: Outside) -> None:
    answers = {
        (500, b""): "the issuer's keys cannot be fetched (status 500)",
        (200, b"<html>"): "what the issuer's address answers is not JSON",
        (200, b'{"keys": []}'): "what the issuer's address answers has no RSA or EC signing key",
    }
    for answer, text in answers.items():
        around.issuer.answer = answer

        assert await found(installation) == {(Part.OIDC, text)}


async def test_issuer_that_is_away(installation: Settings) -> None:
    url = f"http://127.0.0.1:{free_port()}/jwks"

    settings = changed(installation, oidc_jwks_url=url)

    text = "the issuer's keys cannot be fetched (ConnectError)"
    assert await found(settings) == {(Part.OIDC, text)}


async def test_issuer_with_a_certificate_that_is_not_believed(
    installation: Settings, tmp_path: Path
) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_bytes(b"")

    strange = await found(changed(installation, oidc_ca_file=None))
    unreadable = await found(changed(installation, oidc_ca_file=empty))

    assert strange == {(Part.OIDC, "the issuer's keys cannot be fetched (ConnectError)")}
    text = "ARENDE_OIDC_CA_FILE holds no certificate that can be read"
    assert unreadable == {(Part.OIDC, text)}


@pytest.mark.parametrize(
    ("change", "word"),
    [
        pytest.param({"smtp_port": 1}, "mail_unreachable", id="away"),
        pytest.param({"smtp_ca_file": None}, "mail_tls", id="not trusted"),
        pytest.param({"smtp_user": "stranger"}, "mail_credentials", id="wrong login"),
    ],
)
async def test_mail_server_that_does_not_take_us(
    installation: Settings, change: dict[str, object], word: str
) -> None:
    [(part, text)] = await found(changed(installation, **change))

    assert part is Part.MAIL
    assert word in text


async def test_command_tells_a_person_and_a_program(
    installation: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARENDE_CASE_ID_SECRET", "example-for-trying-out-only-replace-me")

    plain, as_json = await asyncio.to_thread(invoke), await asyncio.to_thread(invoke, "--json")

    assert (plain.exit_code, as_json.exit_code) == (1, 1)
    assert "secrets: error: ARENDE_CASE_ID_SECRET is an example" in plain.stdout
    assert plain.stdout.splitlines()[-1] == "1 errors, 0 warnings"
    said = json.loads(as_json.stdout)
    assert (said["profile"], said["errors"], said["warnings"]) == (None, 1, 0)
    faults = [Fault.model_validate(fault) for fault in said["installation"]]
    assert [fault.severity for fault in faults] == [Severity.ERROR]


def invoke(*options: str) -> Said:
    ran = RUNNER.invoke(app, ["doctor", "--installation", *options])
    return Said(ran.exit_code, ran.stdout)
