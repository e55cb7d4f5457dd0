"""`arende retention` as those who decide meet it: tokens, duties, exit codes and no echo."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import pytest
from typer.testing import CliRunner, Result

from commands.retention import app
from runtime.issuer import LocalIssuer
from runtime.settings import load_settings
from store.pool import Connection, open_pool
from tests.region import SHIPPED
from tests.store.test_retention import recorded

RUNNER = CliRunner()
OPERATIONS = ("SE5560000000-TEST188", "SE5560000000-TESTC188")
REVIEWER = ("SE5560000000-TEST184", "SE5560000000-TESTC184")
OTHER_REVIEWER = ("SE5560000001-TEST185", "SE5560000001-TESTC185")
ANALYST = ("SE5560000000-TEST186", "SE5560000000-TESTC186")
LONG_AGO = datetime(2001, 6, 15, 12, tzinfo=UTC)
DECISION = "--decision=RG-2036-17"

_Done = TypeVar("_Done")
Person = tuple[str, str]


@pytest.fixture(autouse=True)
def archivist(region_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Configure somebody who stands in an empty folder, without a Temporal."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ARENDE_MODE", "local")
    monkeypatch.setenv("ARENDE_DATABASE_URL", region_url)
    monkeypatch.setenv("ARENDE_REGION_DIR", str(SHIPPED))


def in_database(url: str, task: Callable[[Connection], Awaitable[_Done]]) -> _Done:
    async def run() -> _Done:
        async with await open_pool(url, 1) as pool, pool.acquire() as conn:
            return await task(conn)

    return asyncio.run(run())


@pytest.fixture
def due_case(region_url: str) -> str:
    """A closed case whose time is over."""
    case = in_database(region_url, lambda conn: recorded(conn, closed_at=LONG_AGO))
    return case.submission.case_id


def token_of(person: Person) -> str:
    return LocalIssuer(load_settings()).staff_token(*person, datetime.now(UTC))


def retention(*words: str, by: Person | None = None) -> Result:
    """Run the command with a token on standard input, as after a pipe."""
    return RUNNER.invoke(app, list(words), input=f"{token_of(by)}\n" if by else "")


def proposed(by: Person = OTHER_REVIEWER) -> str:
    result = retention("propose", DECISION, "--json", by=by)
    assert result.exit_code == 0, result.output
    run: str = json.loads(result.stdout)["run"]
    return run


def test_plan_names_the_case_and_nobody(due_case: str) -> None:
    plain, told = retention("plan"), retention("plan", "--json")

    assert (plain.exit_code, told.exit_code) == (0, 0)
    plan = json.loads(told.stdout)
    assert plan["counts"] == {"record_support": 1}
    [case] = plan["cases"]
    assert case["case_id"] == due_case
    assert (case["closed_at"], case["until"]) == ("2001-06-15T12:00:00Z", "2011-06-15")
    assert set(case) == {"case_id", "retention_class", "service", "closed_at", "until", "rev"}
    assert plain.stdout.splitlines()[0].startswith(due_case)


def test_plan_does_not_say_what_a_protected_patient_asked_for(
    due_case: str, region_url: str
) -> None:
    before = json.loads(retention("plan", "--json").stdout)
    protect = "UPDATE cases SET protected = true"
    in_database(region_url, lambda conn: conn.execute(protect))

    plan = json.loads(retention("plan", "--json").stdout)

    assert before["cases"][0]["service"] == "prescription_renewal"
    assert plan["cases"] == [before["cases"][0] | {"service": None}]


def test_nothing_due_is_no_run() -> None:
    result = retention("propose", DECISION, "--json", by=REVIEWER)

    assert (result.exit_code, json.loads(result.stdout)) == (0, {"run": None, "counts": {}})


def test_two_duties_approve_what_a_third_proposed(due_case: str) -> None:
    run = proposed()

    first = retention("approve", run, "--as", OPERATIONS[0], by=OPERATIONS)
    second = retention("approve", run, "--as", REVIEWER[0], by=REVIEWER)

    assert first.stdout == "approved; still to approve: log_reviewer\n"
    assert second.stdout == "approved; still to approve: nobody\n"


@pytest.mark.parametrize(
    ("person", "said_to_be", "complaint"),
    [
        pytest.param(OTHER_REVIEWER, OTHER_REVIEWER[0], "proposed", id="the proposer"),
        pytest.param(REVIEWER, OPERATIONS[0], "somebody else", id="in another's name"),
        pytest.param(ANALYST, ANALYST[0], "role", id="without a duty"),
        pytest.param((REVIEWER[0], ANALYST[1]), REVIEWER[0], "not valid", id="other's commission"),
    ],
)
def test_whoever_may_not_approve_is_told_why(
    due_case: str, person: Person, said_to_be: str, complaint: str
) -> None:
    result = retention("approve", proposed(), "--as", said_to_be, by=person)

    assert result.exit_code == 1
    assert complaint in result.stderr


def test_one_duty_is_not_two(due_case: str) -> None:
    run = proposed(by=OPERATIONS)

    approvals = [
        retention("approve", run, "--as", person[0], by=person)
        for person in (REVIEWER, REVIEWER, OTHER_REVIEWER)
    ]

    assert [result.exit_code for result in approvals] == [0, 1, 1]


def test_role_that_was_taken_away_approves_nothing(due_case: str, region_url: str) -> None:
    run = proposed()
    in_database(
        region_url,
        lambda conn: conn.execute("DELETE FROM staff_roles WHERE commission = $1", REVIEWER[1]),
    )

    assert retention("approve", run, "--as", REVIEWER[0], by=REVIEWER).exit_code == 1


def test_list_that_was_changed_can_not_be_approved(due_case: str, region_url: str) -> None:
    run = proposed()

    async def add(conn: Connection) -> None:
        await conn.execute(
            "INSERT INTO retention_run_cases SELECT run, $1, retention_class, service, closed_at, "
            "until, rev FROM retention_run_cases",
            uuid4(),
        )

    in_database(region_url, add)

    result = retention("approve", run, "--as", REVIEWER[0], by=REVIEWER)
    assert result.exit_code == 1
    assert "not the one" in result.stderr


def test_nobody_signs_without_a_token(due_case: str) -> None:
    assert retention("hold", due_case, DECISION).exit_code == 1
    forged = RUNNER.invoke(app, ["hold", due_case, DECISION], input="SECRET.SECRET.SECRET")
    assert forged.exit_code == 1
    assert "SECRET" not in forged.output


def test_citizen_signs_nothing(due_case: str) -> None:
    token = LocalIssuer(load_settings()).citizen_token("191212121212", datetime.now(UTC))

    assert RUNNER.invoke(app, ["hold", due_case, DECISION], input=token).exit_code == 1


def test_held_case_leaves_the_plan_until_released(due_case: str) -> None:
    held = retention("hold", due_case, DECISION, by=REVIEWER)
    during = json.loads(retention("plan", "--json").stdout)
    again = retention("hold", due_case, DECISION, by=OPERATIONS)
    released = retention("release", due_case, DECISION, by=OPERATIONS)
    after = json.loads(retention("plan", "--json").stdout)

    assert (held.exit_code, again.exit_code, released.exit_code) == (0, 1, 0)
    assert (len(during["cases"]), len(after["cases"])) == (0, 1)
    assert retention("release", due_case, DECISION, by=REVIEWER).exit_code == 1
    assert retention("hold", str(uuid4()), DECISION, by=REVIEWER).exit_code == 1


@pytest.mark.parametrize(
    "words",
    [
        ["hold", "SECRET", DECISION],
        ["hold", str(uuid4())],
        ["hold", str(uuid4()), "--decision=19121212-1212"],
        ["hold", str(uuid4()), "--decision=SECRET\x00"],
        ["approve", str(uuid4()), "--as", "SECRET"],
        ["replay"],
    ],
)
def test_wrong_usage_is_exit_code_two(words: list[str]) -> None:
    result = retention(*words, by=REVIEWER)

    assert result.exit_code == 2
    assert "1912" not in result.output


def test_login_of_the_api_decides_nothing(
    due_case: str, region_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    role = f"api_{uuid4().hex[:8]}"
    in_database(
        region_url, lambda conn: conn.execute(f"CREATE ROLE {role} LOGIN IN ROLE arende_app")
    )
    monkeypatch.setenv("ARENDE_DATABASE_URL", region_url.replace("postgres@", f"{role}@", 1))

    result = retention("hold", due_case, DECISION, by=REVIEWER)

    assert result.exit_code == 1
    assert "login that migrates" in result.stderr


def test_database_that_is_away_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARENDE_DATABASE_URL", "postgres://127.0.0.1:1/none")

    result = retention("plan")

    assert result.exit_code == 1
    assert "does not answer" in result.stderr
