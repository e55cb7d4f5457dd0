"""An import that gives a case somewhere to go is heard by the case at once."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.region import SHIPPED
from tests.workflows.command import arende
from tests.workflows.people import PHYSICIAN_ROLE, STROMSBRO
from tests.workflows.renewal import RENEWAL
from tests.workflows.running import Handle, RunningCases, submission_of

UNLISTED, AT_UNSTAFFED, UNSTAFFED = "197910129985", "196806309800", "SE5560000000-TEST004"
TODAY = datetime.now(UTC).date().isoformat()
NEW_PHYSICIAN = (
    "SE5560000000-TEST990,Alva Ny,physician,full,false,,SE5560000000-TESTC990,"
    f"{UNSTAFFED},SE5560000000-TEST000,care,{TODAY},,{PHYSICIAN_ROLE},true,{TODAY},,"
)


async def stuck(cases: RunningCases, identity: str) -> Handle:
    """Start a case that nobody can take, received the day before what mends it."""
    yesterday = cases.now - timedelta(days=1)
    submission = submission_of("prescription_renewal", RENEWAL, identity, yesterday)
    handle = await cases.start(submission)
    await cases.until_state(handle, "undeliverable")
    return handle


def extract(folder: Path, register: str, line: str) -> Path:
    """Write the shipped extract of a register with one more line; return where."""
    shipped = (SHIPPED / f"{register}.csv").read_text("utf-8").rstrip("\n").split("\n")
    kept = [row for row in shipped if not (register == "listing" and row.startswith(UNLISTED))]
    file = folder / f"{register}.csv"
    file.write_text("\n".join([*kept, line, ""]), encoding="utf-8")
    return file


class Mended(NamedTuple):
    """A case with nowhere to go, the line of an extract that mends it, and where it lies then."""

    identity: str
    register: str
    line: str
    unit: str


ROLE_HELD = Mended(AT_UNSTAFFED, "staff", NEW_PHYSICIAN, UNSTAFFED)
PATIENT_LISTED = Mended(
    UNLISTED, "listing", f"{UNLISTED},Ny Listad,false,true,{STROMSBRO},{TODAY},", STROMSBRO
)


@pytest.mark.parametrize(
    "mended",
    [
        pytest.param(ROLE_HELD, id="the role gets a holder today"),
        pytest.param(PATIENT_LISTED, id="the patient gets listed today"),
    ],
)
async def test_import_gives_the_case_a_place(
    cases: RunningCases, temporal_address: str, region_url: str, tmp_path: Path, mended: Mended
) -> None:
    handle = await stuck(cases, mended.identity)
    file = extract(tmp_path, mended.register, mended.line)

    command = ("import", mended.register, str(file), "--json")
    ended = await arende(temporal_address, tmp_path, *command, database_url=region_url)

    assert ended.code == 0
    assert json.loads(ended.said)["undeliverable"] == {"found": 1, "asked": 1}
    row = await cases.until_state(handle, "queued")
    assert (row.projection.unit, row.projection.role) == (mended.unit, PHYSICIAN_ROLE)


async def test_import_succeeds_while_temporal_is_away(
    cases: RunningCases, region_url: str, tmp_path: Path
) -> None:
    await stuck(cases, AT_UNSTAFFED)
    file = extract(tmp_path, "staff", NEW_PHYSICIAN)

    command = ("import", "staff", str(file), "--json")
    ended = await arende("127.0.0.1:1", tmp_path, *command, database_url=region_url)

    assert ended.code == 0
    told = json.loads(ended.said)
    assert told["registers"][0]["added"] > 0
    assert told["undeliverable"] == {"found": 1, "asked": 0}
