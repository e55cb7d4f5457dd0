"""Each page of the runbook is followed to its end on a running stack, with the fault made."""

import shutil
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio

from runtime.postgres import local_socket_dir, postgres_dsn
from runtime.settings import Settings
from tests.api.calling import new_key
from tests.end_to_end import drill_faults as faults
from tests.end_to_end.drill import URGENT, Drill, drilling
from tests.ports import free_port
from tests.region import EXAMPLE
from tests.smoke.town import read_town

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(sys.platform == "win32", reason="no wheels for Windows"),
]

CREATED, ACCEPTED, DONE, UNAVAILABLE = 201, 202, 200, 503
REFUSED_FOR_GOOD = "554 5.7.1 not from you"
CALLED_UNKNOWN = "550 5.1.1 no such user"
_DEPLOYMENT = ("arende", "deployment")
DEPLOYMENT, GOOD, BAD = "arende", "2026-11-1", "2026-11-2"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def drill() -> AsyncIterator[Drill]:
    """The stack on which all pages are followed, one after the other."""
    async with drilling() as running:
        yield running


async def test_postgresql_away(drill: Drill) -> None:
    before = await drill.queued()
    await drill.stop("postgres")
    async with drill.following("postgresql-away") as page:
        await page.do("See that it is PostgreSQL")
        while_away = await drill.submit()
        assert (while_away.status_code, await drill.inbox(before)) == (CREATED, UNAVAILABLE)
        assert await drill.seen(while_away.json()["case_id"]) == "received"

        await drill.start("postgres")
        await drill.until_state(while_away.json()["case_id"], "queued")
        await page.do("See that all is caught up")
        await page.do("When it is over")


async def test_temporal_away(drill: Drill) -> None:
    before = await drill.queued()
    await drill.stop("temporal")
    async with drill.following("temporal-away") as page:
        assert before in await page.do("See that it is Temporal")
        refused = await drill.submit()
        assert (refused.status_code, await drill.take(before)) == (UNAVAILABLE, UNAVAILABLE)
        assert "Retry-After" in refused.headers
        assert await drill.inbox(before) == DONE

        await drill.start("temporal")
        await page.do("See that cases go on")
        await page.do("When it is over")
    assert await drill.take(before) == DONE


async def test_stuck_case(drill: Drill) -> None:
    unit = drill.town.citizen(len(drill.submitted_by)).listed_unit
    extract = faults.staff_without(Path(drill.variables["WORK"]), unit)
    await drill.printed("arende", "import", "staff", str(extract))
    nowhere = str((await drill.submit()).json()["case_id"])
    await drill.until_state(nowhere, "undeliverable")
    faults.roll_back(drill.stack.database_url, "0004_duplicates.sql")
    refused = str((await drill.submit()).json()["case_id"])
    await drill.until_printed(f"{refused}  quarantined", "arende", "case", "stuck")

    async with drill.following("stuck-case") as page:
        assert f"{nowhere}  undeliverable" in await page.do("Which cases, and why")
        await page.do("`quarantined`")
        assert nowhere in await page.do("`undeliverable`")
        for case_id in (nowhere, refused):
            await drill.until_state(case_id, "queued")
        await page.do("When it is over")


async def test_failed_notices(drill: Drill) -> None:
    drill.mail.data_replies[:] = [REFUSED_FOR_GOOD] * 1_000
    await drill.queued(URGENT)
    await drill.printed("arende", "notices", "send")
    drill.mail.rcpt_replies[:] = [CALLED_UNKNOWN] * 1_000
    await drill.queued(URGENT)
    await drill.printed("arende", "notices", "send")
    async with drill.following("failed-notices") as page:
        failed = await page.do("See what failed")
        assert "mail_refused" in failed
        assert "mail_address_unknown" in failed
        drill.mail.data_replies.clear()
        drill.mail.rcpt_replies.clear()
        taken = len(drill.mail.messages)
        await page.do("Mend the channel")
        assert not (await page.do("Take back stops")).startswith("0 ")
        await page.do("Let them leave again")
        await page.do("When it is over")
    assert len(drill.mail.messages) > taken


async def test_yearly_calendar(drill: Drill) -> None:
    calendar = Path(drill.variables["PROFILE"]) / "calendar.toml"
    last = faults.shorten_years(calendar, datetime.now(UTC).date())
    old = await drill.until_state(await drill.queued(), "queued")
    promised = old.projection.first_response_by
    assert promised is not None
    async with drill.following("yearly-calendar", YEAR=str(last + 10)) as page:
        assert f"end of {last}" in await page.do("how far the calendar reaches")
        await page.do("what open cases were promised")
        await page.do("Extend the years")
        faults.close_on(calendar, promised.date())
        await page.do("the region's own days")
        await drill.stop("api", "worker")
        await drill.start("worker", "api")
        await page.do("When it is over")
    new = await drill.until_state(await drill.queued(), "queued")
    assert new.projection.first_response_by is not None
    assert new.projection.first_response_by.date() > promised.date()
    assert await drill.row(old.submission.case_id) == old


async def test_restore(drill: Drill) -> None:
    data, work = drill.settings.data_dir, Path(drill.variables["WORK"])
    older = await drill.queued()
    async with drill.following("restore") as page:
        await page.do("Taking a copy")
        newer = await drill.queued()
        assert await drill.take(older) == DONE
        await drill.execute("DROP TABLE cases CASCADE")
        await drill.stop("api", "worker")
        await page.do("Keep what is there")
        await page.do("Restore the database")
        assert (await drill.until_state(older, "queued")).projection.assigned_to is None
        await drill.start("worker")
        await page.do("bring open cases back")
        await drill.until_state(older, "assigned")
        await drill.until_state(newer, "queued")

        await drill.stop("worker", "temporal")
        copied = faults.copy_engine(data, work / "older")
        await drill.start("temporal", "worker", "api")
        assert await drill.take(newer) == DONE
        await drill.until_state(newer, "assigned")
        await drill.stop("api", "worker", "temporal")
        latest = faults.copy_engine(data, work / "latest")
        faults.put_engine_back(data, copied)
        await drill.start("temporal", "worker")
        await page.do("The engine is older")
        assert (await drill.until_state(newer, "assigned")).projection.assigned_to is not None

        await drill.stop("worker", "temporal")
        faults.put_engine_back(data, latest)
        await drill.start("temporal", "worker", "api")
        await page.do("When it is over")


async def test_new_region(drill: Drill) -> None:
    work, port = Path(drill.variables["WORK"]), str(free_port())
    socket, profile = local_socket_dir(drill.settings.data_dir), work / "north"
    own = {
        "API": f"http://127.0.0.1:{port}",
        "ARENDE_DATABASE_URL": postgres_dsn(socket, "north"),
        "ARENDE_DATA_DIR": str(work / "north-data"),
        "ARENDE_HTTP_PORT": port,
        "ARENDE_REGION_DIR": str(profile),
        "PROFILE": str(profile),
        "TEMPORAL_NAMESPACE": "north",
    }
    shell = drill.variables | own
    settings = Settings(
        _env_file=None,
        mode="local",
        data_dir=work / "north-data",
        database_url=own["ARENDE_DATABASE_URL"],
        region_dir=profile,
    )
    async with drill.following("new-region", **own) as page:
        await page.do("Make the profile")
        shutil.rmtree(profile)
        shutil.copytree(EXAMPLE, profile)
        await page.do("Look at it until no error stands")
        await page.do("Prepare the servers")
        async with (
            faults.running("worker", shell, "ARENDE_WORKER_HEALTH_PORT", work / "worker.log"),
            faults.running("api", shell, "ARENDE_HTTP_PORT", work / "api.log") as url,
        ):
            await page.do("Ask it what it offers")
            await _submit_in(settings, url)
            await replace(drill, variables=shell).until_printed("queued", "arende", "case", "list")
            await page.do("When it is over")


async def test_bad_deploy(drill: Drill) -> None:
    work, health = Path(drill.variables["WORK"]), "ARENDE_WORKER_HEALTH_PORT"
    shell = drill.variables | {"ARENDE_WORKER_DEPLOYMENT": DEPLOYMENT}
    good = shell | {"ARENDE_WORKER_BUILD_ID": GOOD}
    bad = shell | {"ARENDE_WORKER_BUILD_ID": BAD}
    tree = faults.broken_tree(work / "broken")
    async with faults.running("worker", good, health, work / "good.log"):
        await drill.until_printed("is current", *_current(GOOD))
        await drill.stop("worker")
        case_id = await drill.queued()
        async with faults.running("worker", bad, health, work / "bad.log", tree):
            await drill.until_printed("is current", *_current(BAD))
            await drill.until_gone("not settled", *_DEPLOYMENT, "show", "--name", DEPLOYMENT)
            assert await drill.take(case_id) == ACCEPTED
            await drill.until_printed(f"{case_id}  task_failing", "arende", "case", "stuck")
            build = {"ARENDE_WORKER_DEPLOYMENT": DEPLOYMENT, "ARENDE_WORKER_BUILD_ID": GOOD}
            async with drill.following("bad-deploy", LAST_GOOD=GOOD, **build) as page:
                assert f"current     {BAD}" in await page.do("See which build has the tasks")
                assert f"current     {GOOD}" in await page.do("Give the tasks back")
                row = await drill.until_state(case_id, "assigned")
                await drill.until_gone(case_id, "arende", "case", "stuck")
                await page.do("When it is over")
        kinds = [str(event.kind) for event in row.events]
        assert kinds.count("taken") == 1


def _current(build: str) -> tuple[str, ...]:
    return (*_DEPLOYMENT, "current", build, "--name", DEPLOYMENT)


async def _submit_in(settings: Settings, url: str) -> None:
    """Let an ordinary citizen of a new region submit an example of a renewal."""
    town, service = await read_town(settings), "prescription_renewal"
    token = town.token(town.citizen(0))
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": new_key()}
    async with httpx2.AsyncClient(base_url=url, trust_env=False) as http:
        form = (await http.get(f"/v1/services/{service}")).json()
        body = {"service": service, "answers": form["examples"][0]}
        answer = await http.post("/v1/cases", json=body, headers=headers)
    assert answer.status_code == CREATED, answer.text
