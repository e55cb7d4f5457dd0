"""`arende notices list|retry|replay|bounced` as an operator meets them, with their exit codes."""

import json
from collections.abc import Callable
from email.mime.multipart import MIMEMultipart
from pathlib import Path

import asyncpg
import pytest

from activities.notices import NoticeCounts
from activities.outbox import RefusedError
from domain.delivery import DeliveryChannel
from domain.notices import Recipient
from runtime.delivery_status import read_bounced_key
from runtime.postgres import postgres_dsn
from tests.store.desk import LATER, arende, stand_in, status_mail
from tests.store.sending import (
    NOON,
    OWNER,
    STROMSBRO,
    MemoryOutbox,
    Sender,
    case_with,
    delivery_states,
    notice,
    owned_case,
)

KEY = "ab" * 20


@pytest.fixture(autouse=True)
def operator(region_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stand_in(tmp_path, region_url, monkeypatch)


async def test_list_shows_states_and_codes_and_no_person(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender
) -> None:
    await owned_case(region_pool, "resolution_warning_50")
    await case_with(region_pool, notice("outcome", Recipient.CITIZEN), state="resolved")
    outbox.answers[OWNER] = RefusedError("mail_refused")
    await sender.round()

    every = await arende("list", "--json")
    failed = await arende("list", "--state", "failed")

    assert (every.exit_code, failed.exit_code) == (0, 0)
    lines = json.loads(every.stdout)
    assert {(line["channel"], line["state"], line["error"]) for line in lines} == {
        ("mail", "failed", "mail_refused"),
        ("app", "sent", None),
    }
    assert {line["attempts"] for line in lines} == {1}
    [line] = failed.stdout.splitlines()
    assert line.split()[1:5] == ["mail", "failed", "1", "mail_refused"]
    assert OWNER not in every.stdout + failed.stdout
    assert (await arende("list", "--state", "lost")).exit_code == 2


async def test_failed_deliveries_leave_again_in_bulk_under_their_keys(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender
) -> None:
    for _ in range(3):
        await owned_case(region_pool, "marked_urgent", urgent=True)
    outbox.answers[OWNER] = RefusedError("mail_refused")
    assert (await sender.round()).failed == 3
    keys = {row["key"] for row in await region_pool.fetch("SELECT key FROM deliveries")}
    outbox.answers.clear()

    other = await arende("retry", "--channel", "sms")
    others = await arende("retry", "--error", "mail_address_unknown")
    these = await arende("retry", "--channel", "mail", "--error", "mail_refused")

    assert other.stdout == others.stdout == "0 failed deliveries will be tried again\n"
    assert (these.exit_code, these.stdout) == (0, "3 failed deliveries will be tried again\n")
    assert await sender.send(LATER) == NoticeCounts(sent=3)
    assert {one.key for one in outbox.handed} == keys
    assert (await arende("retry", "--channel", "pigeon")).exit_code == 2
    assert (await arende("retry", "--error", "smtp_554")).exit_code == 2


async def test_events_of_the_app_are_replayed_from_an_instant_whatever_became_of_them(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender
) -> None:
    for minute in (0, 30):
        asked = notice("question", Recipient.CITIZEN)
        await case_with(region_pool, asked, state="awaiting_patient")
        await owned_case(region_pool, "resolution_warning_50")
        await sender.round(minute)
    await region_pool.execute("UPDATE cases SET state = 'resolved'")
    events = [one for one in outbox.handed if one.channel is DeliveryChannel.APP]
    outbox.handed.clear()

    result = await arende("replay", "--since", (NOON.replace(minute=15)).isoformat())
    await sender.send(LATER)

    assert (result.exit_code, result.stdout) == (0, "1 events will be sent again\n")
    assert outbox.handed == [events[1]]


@pytest.mark.parametrize("since", ["yesterday", "2026-11-23T12:00:00"])
async def test_unclear_instant_is_explained(since: str) -> None:
    result = await arende("replay", "--since", since)

    assert result.exit_code == 1
    assert "with its zone" in result.stderr


async def test_bounce_fails_the_delivery_stops_the_mail_and_opens_a_task(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender
) -> None:
    await owned_case(region_pool, "resolution_warning_50")
    await sender.round()
    mail = status_mail(outbox.handed[0].key).as_bytes()

    first = await arende("bounced", stdin=mail)
    second = await arende("bounced", stdin=mail)

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert first.stdout == "1 delivery bounced\n"
    assert await delivery_states(region_pool) == {("failed", "bounced"): 1}
    tasks = await region_pool.fetch("SELECT kind, unit, person FROM staff_tasks")
    assert [tuple(task) for task in tasks] == [("contact_lost", STROMSBRO, OWNER)]
    assert await region_pool.fetchval("SELECT person FROM stopped_channels") == OWNER


async def test_bounce_of_a_delivery_that_is_not_ours_ends_with_3() -> None:
    for mail in (status_mail(KEY).as_bytes(), b"", b"Subject: hello\n\nI am on leave."):
        result = await arende("bounced", stdin=mail)
        assert result.exit_code == 3
        assert "no delivery of ours" in result.stderr


@pytest.mark.parametrize("returned", ["message/rfc822", "text/rfc822-headers"])
def test_key_is_read_from_whatever_part_came_back(returned: str) -> None:
    assert read_bounced_key(status_mail(KEY, returned=returned).as_bytes()) == KEY


Change = Callable[[bytes], bytes]


@pytest.mark.parametrize(
    "mail",
    [
        pytest.param(status_mail(KEY, action="delayed", status="4.4.1"), id="only late"),
        pytest.param(status_mail(KEY, action="delivered", status="2.0.0"), id="delivered"),
        pytest.param(status_mail(KEY, status="4.2.2"), id="not final"),
        pytest.param(status_mail("Ab/../x"), id="no key of ours"),
    ],
)
def test_other_mails_are_no_bounce(mail: MIMEMultipart) -> None:
    assert read_bounced_key(mail.as_bytes()) is None


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda mail: mail[:300], id="cut off"),
        pytest.param(lambda mail: mail.replace(b"\n", b"\xff\x00\n"), id="no text"),
        pytest.param(lambda mail: mail.replace(b"boundary", b"border"), id="no boundary"),
    ],
)
def test_broken_mails_are_no_bounce(change: Change) -> None:
    assert read_bounced_key(change(status_mail(KEY).as_bytes())) is None


@pytest.mark.parametrize(
    "arguments", [["list"], ["retry"], ["replay", "--since", NOON.isoformat()]]
)
async def test_database_that_is_away_or_empty_is_explained(
    monkeypatch: pytest.MonkeyPatch, socket_dir: Path, arguments: list[str]
) -> None:
    for url, said in (
        ("postgres://nobody@127.0.0.1:1/none", "does not answer"),
        (postgres_dsn(socket_dir, "postgres"), "arende migrate"),
    ):
        monkeypatch.setenv("ARENDE_DATABASE_URL", url)
        result = await arende(*arguments)
        assert result.exit_code == 1
        assert said in result.stderr
